"""How notes are to be written, and who had them written how."""

from typing import Self

from django.conf import settings
from django.db import models


class NotesTemplate(models.Model):
    """A person's own way of writing notes. `sections`: kinds of lines. `instructions` go into the prompt as their writer's wish."""

    class Length(models.TextChoices):
        SHORT = "short", "short: what matters most"
        NORMAL = "normal", "as usual"
        LONG = "long", "long: more lines"

    MAX_INSTRUCTIONS = 500

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes_templates"
    )
    name = models.CharField(max_length=60)
    sections = models.JSONField(default=list)
    length = models.CharField(max_length=6, choices=Length.choices, default=Length.NORMAL)
    language = models.CharField(max_length=8, blank=True, help_text="ISO 639-1; empty: the meeting's own.")
    instructions = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="template_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name


class NotesRunQuerySet(models.QuerySet["NotesRun"]):
    def asked(self) -> Self:
        """Wanted, and not written yet."""
        return self.filter(written_at=None)


class NotesRun(models.Model):
    """One writing of a meeting's notes: who asked for it (nobody: the pipeline), and which model, prompts and template wrote what came of it."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="notes_runs")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    written_at = models.DateTimeField(null=True, blank=True)
    provenance = models.JSONField(default=dict, blank=True)
    kept_lines = models.PositiveIntegerField(default=0)
    dropped_lines = models.PositiveIntegerField(default=0)

    objects = NotesRunQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]

    def __str__(self) -> str:
        return f"notes of {self.meeting_id}, {self.asked_at:%Y-%m-%d %H:%M}"
