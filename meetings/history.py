"""Who did what with a meeting, and which model wrote what."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from .models import Job, LineRevision, Meeting, Notes, NotesRun, Segment, SegmentRevision, SpeakerChange, User

MAX_EDITS = 200
# Of a revision's `what`, where the word itself does not say it to a person.
WORDS = {
    "edit": "changed",
    "add": "added",
    "remove": "taken out",
    "move": "moved",
    "rewrite": "made again",
    "confirm": "confirmed",
    "refuse": "refused",
    "tick": "done",
    "reopen": "reopened",
    "drop": "dropped",
    "bring_back": "brought back",
    "to_action": "made an action item",
    "to_note": "made a line of the notes",
}


@dataclass(frozen=True)
class Edit:
    made_at: dt.datetime
    made_by: User | None
    what: str
    """"Transcript", "Speakers", or "Notes: moved", "Action item: confirmed" and the like."""
    before: str
    """Empty where the words did not change."""
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
    runs: list[NotesRun]
    """Writings of the notes, the newest first."""

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
        runs=list(meeting.notes_runs.select_related("asked_by")[:MAX_EDITS]),
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
    edits += _list_line_edits(meeting)
    changes = SpeakerChange.objects.filter(meeting=meeting).select_related("made_by", "undone_by")
    edits += [
        Edit(change.made_at, change.made_by, "Speakers", change.before, change.after, change=change)
        for change in changes.defer("kept")[:MAX_EDITS]
    ]
    return sorted(edits, key=lambda edit: edit.made_at, reverse=True)


def _list_line_edits(meeting: Meeting) -> list[Edit]:
    """What people did to lines: `before` and `after` where the words changed, else the words alone."""
    about = Q(note_item__meeting=meeting) | Q(action_item__meeting=meeting)
    revisions = LineRevision.objects.filter(about).select_related("note_item", "action_item", "made_by")
    later: dict[tuple[int | None, int | None], str] = {}
    edits = []
    # The newest first: what a line was before a later change is what it was after this one.
    for revision in revisions[:MAX_EDITS]:
        item = revision.note_item or revision.action_item
        key = (revision.note_item_id, revision.action_item_id)
        after, before = later.get(key, item.text), revision.before.get("text", "")
        later[key] = before
        what = "Notes" if revision.note_item_id else "Action item"
        done = WORDS.get(revision.what, revision.what.replace("_", " "))
        edits.append(
            Edit(
                revision.made_at,
                revision.made_by,
                f"{what}: {done}",
                before if before != after else "",
                after,
            )
        )
    return edits
