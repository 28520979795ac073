"""Make a meeting from a `minutebook/1` document: everything but the sound, which is not in it."""

import datetime as dt
import re
from typing import Any

import pydantic
from django.db import transaction
from django.utils import timezone

from meetings.errors import MinutebookError
from meetings.models import (
    ActionItem,
    Attendee,
    Citation,
    Job,
    Meeting,
    NoteItem,
    Notes,
    OwnNote,
    Recording,
    Segment,
    Slide,
    SlideCitation,
    Speaker,
    Topic,
    User,
)

from .schema import (
    ActionItemPart,
    ExportDocument,
    ItemPart,
    OwnNoteCitation,
    SegmentCitation,
    SegmentPart,
    SlidePart,
)
from .schema import SlideCitation as SlidePointer

_LABEL = re.compile(r"S\d{1,4}")
_DEFAULT_NAME = re.compile(r"Speaker \d+")
Kind = NoteItem.Kind


class ImportRefused(MinutebookError):
    """The document is not `minutebook/1`, or names things that are not in it. Nothing was made."""

    code = "import_refused"
    text = "This is not a meeting exported by Minutebook, or it is damaged. Nothing was imported."


@transaction.atomic
def import_export(document: dict[str, Any], *, owner: User, title: str = "") -> Meeting:
    """All rows of a finished meeting, in one transaction. Raises ImportRefused (not retryable).

    The recording's row has no bytes behind it yet (its keys are empty). Of slides the text and the time
    are taken over; their pictures, who reviewed it and the history of edits are not. Edited lines stay marked as edited, so that a new run leaves them alone.
    """
    try:
        parsed = ExportDocument.model_validate(document)
    except pydantic.ValidationError as error:
        # The error quotes the document; what was said must not travel in exceptions.
        raise ImportRefused from _without_input(error)
    return _Importer(parsed, owner=owner, title=title).make_meeting()


def _without_input(error: pydantic.ValidationError) -> ValueError:
    places = (
        ".".join(map(str, part["loc"])) for part in error.errors(include_input=False, include_url=False)
    )
    return ValueError("; ".join(places)[:2000])


class _Importer:
    """One document on its way into rows; maps the document's ids to rows as they are made."""

    def __init__(self, document: ExportDocument, *, owner: User, title: str) -> None:
        self.document, self.owner, self.title = document, owner, title
        self.speakers: dict[str, Speaker] = {}
        self.segments: dict[str, Segment] = {}
        self.own_notes: dict[str, OwnNote] = {}
        self.slides: dict[str, Slide] = {}

    def make_meeting(self) -> Meeting:
        part = self.document.meeting
        self.meeting = Meeting.objects.create(
            owner=self.owner,
            title=(self.title or part.title)[:200],
            held_on=_parse_day(part.held_on),
            language=part.language[:8],
        )
        Attendee.objects.bulk_create(
            Attendee(meeting=self.meeting, name=name[:100]) for name in dict.fromkeys(part.attendees)
        )
        self._make_recording()
        self._make_speakers()
        self._make_segments()
        self._make_own_notes()
        self._make_slides()
        self._make_notes()
        self._make_jobs()
        return self.meeting

    def _make_recording(self) -> None:
        part, provenance = self.document.recording, self.document.provenance
        Recording.objects.create(
            meeting=self.meeting,
            sha256=part.sha256[:64],
            size_bytes=part.size_bytes,
            channels=part.channels,
            duration_ms=self.document.meeting.duration_ms,
            provenance={"asr": provenance.asr, "diarization": provenance.diarization},
        )

    def _make_speakers(self) -> None:
        for number, part in enumerate(self.document.speakers):
            if part.id in self.speakers:
                raise ImportRefused
            self.speakers[part.id] = Speaker.objects.create(
                meeting=self.meeting,
                label=part.id if _LABEL.fullmatch(part.id) else f"S{1000 + number}",
                name="" if _DEFAULT_NAME.fullmatch(part.name) else part.name[:100],
                suggested_name=(part.suggested_name or "")[:100],
                colour=number,
            )

    def _make_segments(self) -> None:
        parts = self.document.segments
        rows = Segment.objects.bulk_create([self._build_segment(part) for part in parts], batch_size=500)
        self.segments = {part.id: row for part, row in zip(parts, rows, strict=True)}
        if len(self.segments) != len(parts):
            raise ImportRefused

    def _build_segment(self, part: SegmentPart) -> Segment:
        if part.end_ms < part.start_ms:
            raise ImportRefused
        return Segment(
            meeting=self.meeting,
            speaker=self._get(self.speakers, part.speaker) if part.speaker is not None else None,
            start_ms=part.start_ms,
            end_ms=part.end_ms,
            text=part.text,
            engine=part.engine,
            confidence=part.confidence,
            words=[{"s": w.start_ms, "e": w.end_ms, "w": w.text, "p": w.confidence} for w in part.words],
            **self._mark_edited(part),
        )

    def _make_own_notes(self) -> None:
        """With ids of their own: the document may be imported twice. Who typed them may be nobody here."""
        for part in self.document.own_notes:
            self.own_notes[part.id] = OwnNote.objects.create(
                meeting=self.meeting, kind=part.kind, at_ms=min(part.at_ms, 2**31 - 1), text=part.text[:1000]
            )

    def _make_slides(self) -> None:
        parts = self.document.slides
        rows = [self._build_slide(part, number=number) for number, part in enumerate(parts, 1)]
        self.slides = {part.id: row for part, row in zip(parts, Slide.objects.bulk_create(rows), strict=True)}
        if len(self.slides) != len(parts):
            raise ImportRefused

    def _build_slide(self, part: SlidePart, *, number: int) -> Slide:
        seen = part.source in (Slide.Source.VIDEO, Slide.Source.SCREEN)
        placed = Slide.PlacedBy.FILM if seen else Slide.PlacedBy.PERSON
        placed = placed if part.confidence is None else Slide.PlacedBy.WORDS
        return Slide(
            meeting=self.meeting,
            number=number,
            width=part.width,
            height=part.height,
            text=part.text,
            engine=part.engine if part.engine in Slide.Engine.values else "",
            description=part.description.model_dump() if part.description else None,
            described_by=part.described_by[:120],
            state=Slide.State.READ,
            source=part.source,
            shown_ms=part.shown_at_ms,
            placed_by=placed if part.shown_at_ms is not None else "",
            confidence=part.confidence,
        )

    def _make_notes(self) -> None:
        notes, provenance = self.document.notes, self.document.provenance
        Notes.objects.create(
            meeting=self.meeting,
            language=notes.language[:8],
            coverage=notes.coverage,
            covered=[list(stretch) for stretch in notes.covered],
            dropped_items=provenance.dropped_items,
            dropped_reasons=provenance.dropped_reasons,
            provenance={"chat": provenance.chat},
        )
        lists = (
            (Kind.SUMMARY, notes.summary),
            (Kind.DECISION, notes.decisions),
            (Kind.QUESTION, notes.questions),
            (Kind.RISK, notes.risks),
        )
        for kind, parts in lists:
            self._make_items(kind, parts)
        for part in notes.topics:
            topic = Topic.objects.create(meeting=self.meeting, title=part.title[:200], start_ms=part.start_ms)
            self._make_items(Kind.POINT, part.items, topic=topic)
        for position, part in enumerate(notes.action_items):
            self._make_action_item(part, position=position)

    def _make_items(self, kind: Kind, parts: list[ItemPart], *, topic: Topic | None = None) -> None:
        for position, part in enumerate(parts):
            item = NoteItem.objects.create(
                meeting=self.meeting,
                kind=kind,
                topic=topic,
                text=part.text,
                position=position,
                own_note=self._find_own_note(part),
                **self._mark_edited(part),
            )
            self._make_citations(part, note_item=item)

    def _make_action_item(self, part: ActionItemPart, *, position: int) -> None:
        speaker = self._get(self.speakers, part.owner_speaker) if part.owner_speaker is not None else None
        owner = part.owner or ""
        item = ActionItem.objects.create(
            meeting=self.meeting,
            text=part.text,
            position=position,
            state=part.state,
            owner_speaker=speaker,
            owner_name="" if speaker is not None and owner == speaker.display_name else owner[:100],
            due_on=_parse_day(part.due_on) if part.due_on is not None else None,
            due_text=part.due_text[:100],
            own_note=self._find_own_note(part),
            **self._mark_edited(part),
        )
        self._make_citations(part, action_item=item)

    def _make_citations(self, part: ItemPart, **line: NoteItem | ActionItem) -> None:
        ids = dict.fromkeys(c.segment for c in part.citations if isinstance(c, SegmentCitation))
        Citation.objects.bulk_create(Citation(segment=self._get(self.segments, i), **line) for i in ids)
        ids = dict.fromkeys(c.slide for c in part.citations if isinstance(c, SlidePointer))
        SlideCitation.objects.bulk_create(SlideCitation(slide=self._get(self.slides, i), **line) for i in ids)

    def _find_own_note(self, part: ItemPart) -> OwnNote | None:
        ids = [c.own_note for c in part.citations if isinstance(c, OwnNoteCitation)]
        return self._get(self.own_notes, ids[0]) if ids else None

    def _make_jobs(self) -> None:
        timings, now = self.document.provenance.timings_ms, timezone.now()
        duration_ms = self.document.meeting.duration_ms
        Job.objects.bulk_create(
            Job(
                meeting=self.meeting, step=step, state=Job.State.DONE, finished_at=now,
                done_ms=duration_ms, total_ms=duration_ms, worked_ms=getattr(timings, step) or 0,
            )
            for step in Job.Step.of_uploads()
        )  # fmt: skip

    def _mark_edited(self, part: SegmentPart | ItemPart) -> dict[str, Any]:
        return {"edited_at": timezone.now(), "edited_by": self.owner} if part.edited else {}

    @staticmethod
    def _get(rows: dict, row_id: str):
        try:
            return rows[row_id]
        except KeyError:
            raise ImportRefused from None


def _parse_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ImportRefused from None
