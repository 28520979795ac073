"""What meetings are found and kept together by."""

from django.conf import settings
from django.db import models


class Series(models.Model):
    """Meetings that follow each other; belongs to the owner of its meetings. Open action items are carried from one to the next."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="series")
    name = models.CharField(max_length=100)
    notes_template = models.CharField(
        max_length=24, blank=True, help_text="Of meetings that have none of their own."
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "series"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="series_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word on a meeting; everybody who sees the meeting sees it."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["meeting", "name"], name="tag_once_per_meeting")]
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """What was said in a later meeting of the series about an open action item. `said`: "done", "moved" (to `due_on`), or empty."""

    action_item = models.ForeignKey("meetings.ActionItem", on_delete=models.CASCADE, related_name="mentions")
    segment = models.ForeignKey("meetings.Segment", on_delete=models.CASCADE, related_name="mentions")
    said = models.CharField(max_length=10, blank=True)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["segment__start_ms", "id"]
        constraints = [
            models.UniqueConstraint(fields=["action_item", "segment"], name="item_mentioned_once_per_segment")
        ]

    def __str__(self) -> str:
        return f"mention of {self.action_item_id} in segment {self.segment_id}"
