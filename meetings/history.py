"""Who did what with a meeting, and which model wrote what."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count

from .models import ActionItem, Job, Meeting, NoteItem, Notes, Segment, SegmentRevision, SpeakerChange, User

MAX_EDITS = 200


@dataclass(frozen=True)
class Edit:
    made_at: dt.datetime
    made_by: User | None
    what: str
    """"Transcript", "Speakers", "Notes" or "Action item"."""
    before: str
    """Empty where the earlier text was not kept."""
    after: str
    segment: Segment | None = None
    change: SpeakerChange | None = None
    """A change of speakers, which can be taken back."""


@dataclass(frozen=True)
class History:
    jobs: list[Job]
    edits: list[Edit]
    engines: list[tuple[str, int]]
    """How many segments each engine wrote: [("whisper", 210), …]."""
    provenance: dict
    """{"asr": {…}, "diarization": {…}, "chat": {…}} as far as known."""
    notes: Notes | None

    @property
    def total_worked_ms(self) -> int:
        return sum(job.worked_ms for job in self.jobs)


def list_history(meeting: Meeting) -> History:
    """At most `MAX_EDITS` of each kind of edit, newest first."""
    notes = Notes.objects.filter(meeting=meeting).first()
    recording = getattr(meeting, "recording", None)
    return History(
        jobs=list(meeting.jobs.all()),
        edits=_list_edits(meeting),
        engines=_count_engines(meeting),
        provenance=(recording.provenance if recording else {}) | (notes.provenance if notes else {}),
        notes=notes,
    )


def _count_engines(meeting: Meeting) -> list[tuple[str, int]]:
    rows = meeting.segments.order_by().values_list("engine").annotate(count=Count("pk"))
    return sorted(rows, key=lambda row: -row[1])


def _list_edits(meeting: Meeting) -> list[Edit]:
    revisions = SegmentRevision.objects.filter(segment__meeting=meeting).select_related("segment", "made_by")
    edits = [
        Edit(r.made_at, r.made_by, "Transcript", r.text, r.segment.text, r.segment)
        for r in revisions.defer("words", "segment__words")[:MAX_EDITS]
    ]
    for model, what in ((NoteItem, "Notes"), (ActionItem, "Action item")):
        touched = model.objects.filter(meeting=meeting, edited_at__isnull=False).select_related("edited_by")
        edits += [
            Edit(item.edited_at, item.edited_by, what, "", item.text)
            for item in touched.order_by("-edited_at")[:MAX_EDITS]
        ]
    changes = SpeakerChange.objects.filter(meeting=meeting).select_related("made_by", "undone_by")
    edits += [
        Edit(change.made_at, change.made_by, "Speakers", change.before, change.after, change=change)
        for change in changes.defer("kept")[:MAX_EDITS]
    ]
    return sorted(edits, key=lambda edit: edit.made_at, reverse=True)
