"""Publish: the notes are complete; what was only needed to write them goes, and the pages look again."""

from ..carry_over import link_mentions
from ..models import Meeting, Notes
from .context import StepContext


def publish(meeting: Meeting, ctx: StepContext) -> None:
    """Idempotent; touches nothing that is shown."""
    notes = Notes.objects.filter(meeting=meeting).first()
    if notes is not None and notes.draft:
        notes.draft = {}
        with ctx.saving():
            notes.save(update_fields=["draft", "updated_at"])
    with ctx.saving():
        link_mentions(meeting)
    ctx.hint("notes", "meeting")
