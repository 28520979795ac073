"""What people changed about who said what, kept so that it can be taken back."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class SpeakerChange(models.Model):
    """One change by a person.

    ::

        made ──undo, once──▶ undone

    `kept` is what `voices.undo` needs, ids and earlier values: `names`, `moved` (lines by the voice they had), `fresh` (lines nobody had
    touched before), `owners`, `texts`, `made` and `gone` (voices), `split`. It is written and read only there and in `voices.change`.
    """

    class Kind(models.TextChoices):
        RENAME = "rename", "renamed"
        MERGE = "merge", "made one voice"
        ASSIGN = "assign", "given to another voice"
        SPLIT = "split", "split"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="speaker_changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before = models.CharField(max_length=250)
    after = models.CharField(max_length=250)
    line_count = models.PositiveIntegerField(default=0)
    kept = models.JSONField(default=dict)
    voice_match = models.ForeignKey(
        "meetings.VoiceMatch",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="changes",
        help_text="Made because a voice was known, and not confirmed: gone with the profile. Nobody made it where `made_by` is empty.",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"change {self.pk} of speakers in {self.meeting_id}"

    @property
    def is_by_voice(self) -> bool:
        """The program's doing: a voice was known."""
        return self.voice_match_id is not None and self.made_by_id is None

    @property
    def sentence(self) -> str:
        """What happened, for a short message."""
        lines = "1 line" if self.line_count == 1 else f"{self.line_count} lines"
        match self.kind:
            case self.Kind.RENAME:
                return f"{self.before} is now {self.after}."
            case self.Kind.MERGE:
                return f"{self.before} and {self.after} are one voice now."
            case self.Kind.ASSIGN:
                return f"{lines} given to {self.after}."
            case _:
                return "The line is split."

    def mark_undone(self, *, by) -> bool:
        """False: somebody was faster, nothing changed."""
        now = timezone.now()
        rows = type(self).objects.filter(pk=self.pk, undone_at=None)
        if marked := rows.update(undone_at=now, undone_by=by) == 1:
            self.undone_at, self.undone_by = now, by
        return marked
