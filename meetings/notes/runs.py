"""What is remembered of a writing of the notes when the next one replaces its lines."""

from django.utils import timezone

from ..models import Meeting, Notes, NotesRun
from .store import DraftStore


def keep_run(meeting: Meeting, store: DraftStore, *, notes: Notes, kept_lines: int) -> None:
    """The run a person asked for, or one of the pipeline's own; the same one again when the step is done twice."""
    run = NotesRun.objects.filter(meeting=meeting, pk=store.get("run")).first()
    run = run or meeting.notes_runs.asked().first() or NotesRun(meeting=meeting)
    run.written_at, run.provenance = timezone.now(), notes.provenance
    run.kept_lines, run.dropped_lines = kept_lines, notes.dropped_items
    run.save()
    store.put("run", run.pk)
