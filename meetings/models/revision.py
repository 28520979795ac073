"""What a line of the notes was before a person changed it."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class LineRevision(models.Model):
    """One change of a note item or an action item: who, when, what was done, and the line as it was before.

    `before`: `{"text": …, "cites": [ids of segments]}`; of a note item also `"kind"`, `"topic"` (id) and, of a move, `"place"`; of an action item `"owner_name"`, `"owner_speaker"`
    (id), `"due_on"` (ISO date), `"due_text"`, `"state"`. Old ones have the text alone.
    """

    note_item = models.ForeignKey(
        "meetings.NoteItem", on_delete=models.CASCADE, null=True, blank=True, related_name="revisions"
    )
    action_item = models.ForeignKey(
        "meetings.ActionItem", on_delete=models.CASCADE, null=True, blank=True, related_name="revisions"
    )
    what = models.CharField(
        max_length=12,
        help_text='"edit", "remove", "bring_back", "add", "move", "rewrite", or a move of an action item.',
    )
    before = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(note_item__isnull=False, action_item__isnull=True)
                | Q(note_item__isnull=True, action_item__isnull=False),
                name="line_revision_belongs_to_one_line",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"
