"""A meeting as its page shows it: lines with their sources, and the one time axis under everything."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Prefetch
from django.urls import reverse

from .models import (
    ActionItem,
    Citation,
    Meeting,
    Mention,
    NoteItem,
    Notes,
    Segment,
    Slide,
    SlideCitation,
    Speaker,
    Topic,
    VoiceMatch,
)

# Sources that follow each other closely are one moment to a listener, so they share a chip.
CHIP_GAP_MS = 4_000
# Speech of one voice with a shorter pause is drawn as one bar; at one pixel a second nothing finer can be seen.
LANE_GAP_MS = 800


@dataclass
class Chip:
    """One citation as a button: where to play from, and what to light up."""

    start_ms: int
    end_ms: int
    segment_ids: list[int]


@dataclass
class Line:
    """A note item or an action item with its sources in order."""

    item: NoteItem | ActionItem
    chips: list[Chip]
    is_stale: bool
    """A source was edited after this line was written."""
    slides: list[Slide] = field(default_factory=list)
    """Those that show the same, or, where the line says so, something else."""
    mentions: list[Mention] = field(default_factory=list)
    """Where it is spoken of in a later meeting of the series."""


@dataclass
class NotesPage:
    frame: Notes | None
    summary: list[Line] = field(default_factory=list)
    decisions: list[Line] = field(default_factory=list)
    questions: list[Line] = field(default_factory=list)
    risks: list[Line] = field(default_factory=list)
    topics: list[tuple[Topic, list[Line]]] = field(default_factory=list)
    actions: list[Line] = field(default_factory=list)
    suggested_count: int = 0
    dropped: list[Line] = field(default_factory=list)
    """Refused or dropped action items, which a person can bring back."""
    removed: list[Line] = field(default_factory=list)
    """Lines a person took out."""

    @property
    def is_empty(self) -> bool:
        return not (
            self.summary or self.decisions or self.questions or self.risks or self.topics or self.actions
        )


def read_notes(meeting: Meeting) -> NotesPage:
    """Everything the notes column shows; ten queries whatever the length."""
    rows = (
        NoteItem.with_removed.filter(meeting=meeting).select_related("own_note").prefetch_related(*sources())
    )
    everything = [make_line(item) for item in rows]
    items = [line for line in everything if line.item.removed_at is None]
    known = meeting.action_items.select_related("owner_speaker", "own_note").prefetch_related(*sources())
    lines = [make_line(item) for item in known]
    actions = [line for line in lines if line.item.state != ActionItem.State.DROPPED]
    points: dict[int, list[Line]] = {}
    for line in items:
        if line.item.kind == NoteItem.Kind.POINT:
            points.setdefault(line.item.topic_id, []).append(line)
    return NotesPage(
        frame=Notes.objects.filter(meeting=meeting).first(),
        summary=[line for line in items if line.item.kind == NoteItem.Kind.SUMMARY],
        decisions=[line for line in items if line.item.kind == NoteItem.Kind.DECISION],
        questions=[line for line in items if line.item.kind == NoteItem.Kind.QUESTION],
        risks=[line for line in items if line.item.kind == NoteItem.Kind.RISK],
        topics=[(topic, points.get(topic.pk, [])) for topic in meeting.topics.all()],
        actions=actions,
        suggested_count=sum(line.item.state == ActionItem.State.SUGGESTED for line in actions),
        dropped=[line for line in lines if line.item.state == ActionItem.State.DROPPED],
        removed=[line for line in everything if line.item.removed_at is not None],
    )


def sources() -> tuple[Prefetch, Prefetch]:
    """Citations with the little of their segments and slides that a chip needs."""
    segments = Segment.objects.only("start_ms", "end_ms", "edited_at", "meeting_id")
    citations = Citation.objects.order_by("segment__start_ms", "id")
    shown = SlideCitation.objects.filter(slide__deleted_at=None).select_related("slide").defer("slide__text")
    return (
        Prefetch("citations", queryset=citations.prefetch_related(Prefetch("segment", queryset=segments))),
        Prefetch("slide_citations", queryset=shown),
    )


def make_line(item: NoteItem | ActionItem) -> Line:
    """Costs no query when `sources()` was prefetched."""
    segments = [citation.segment for citation in item.citations.all()]
    written_at = item.written_at or item.created_at
    is_stale = any(segment.edited_at and segment.edited_at > written_at for segment in segments)
    slides = [citation.slide for citation in item.slide_citations.all() if citation.slide.deleted_at is None]
    return Line(item, make_chips(segments), is_stale, slides)


def make_chips(segments: Iterable[Segment]) -> list[Chip]:
    """Neighbours share a chip."""
    chips: list[Chip] = []
    for segment in sorted(segments, key=lambda segment: (segment.start_ms, segment.pk)):
        if chips and segment.start_ms - chips[-1].end_ms <= CHIP_GAP_MS:
            chips[-1].segment_ids.append(segment.pk)
            chips[-1].end_ms = max(chips[-1].end_ms, segment.end_ms)
        else:
            chips.append(Chip(segment.start_ms, segment.end_ms, [segment.pk]))
    return chips


def describe_axis(meeting: Meeting) -> dict:
    """What lies on the time axis: `lanes` (a voice each, with `bars` [[start_ms, end_ms], …]), `chapters`, what the notes `covered`,
    and the `slides` whose time is known."""
    rows = meeting.segments.order_by("speaker_id", "start_ms").values_list("speaker_id", "start_ms", "end_ms")
    bars = {speaker_id: _join_bars(group) for speaker_id, group in groupby(rows, key=lambda row: row[0])}
    notes = Notes.objects.filter(meeting=meeting).first()
    recording = getattr(meeting, "recording", None)
    return {
        "duration_ms": recording.duration_ms if recording else 0,
        "lanes": [
            {"name": speaker.display_name, "colour": speaker.colour, "bars": bars[speaker.pk]}
            for speaker in meeting.speakers.all()
            if speaker.pk in bars
        ]
        or [{"name": "", "colour": None, "bars": bars.get(None, [])}],
        "chapters": [[topic.start_ms, topic.title] for topic in meeting.topics.all()],
        "slides": [_describe_slide(slide) for slide in meeting.slides.shown().exclude(shown_ms=None)],
        "covered": notes.covered if notes else None,
    }


def _describe_slide(slide: Slide) -> dict:
    """`picture` is empty where only the text is known; `is_sure`: seen, set by a person, or matched without much doubt."""
    return {
        "id": slide.pk,
        "at_ms": slide.shown_ms,
        "title": slide.title,
        "picture": reverse("slide_image", args=[slide.pk]) if slide.image_key else "",
        "is_sure": slide.is_sure,
    }


def list_speakers(meeting: Meeting) -> list[Speaker]:
    """The voices, with how sure a name is that was given by voice. Two queries."""
    speakers = list(meeting.speakers.all())
    VoiceMatch.objects.mark(speakers)
    return speakers


def describe_voices(meeting: Meeting) -> dict:
    """`voices`: {id: {"name", "colour", "sure"}}, `lines`: {id, or "" for nobody: [ids of segments]}. Three queries; 5,000 lines are 40 kB.
    `sure` as in `Speaker`."""
    lines: dict[str, list[int]] = {}
    for speaker_id, pk in meeting.segments.order_by("start_ms", "id").values_list("speaker_id", "pk"):
        lines.setdefault(str(speaker_id or ""), []).append(pk)
    voices = {
        str(speaker.pk): {"name": speaker.display_name, "colour": speaker.colour, "sure": speaker.sure}
        for speaker in list_speakers(meeting)
    }
    return {"voices": voices, "lines": lines}


def _join_bars(rows: Iterable[tuple[int | None, int, int]]) -> list[list[int]]:
    bars: list[list[int]] = []
    for _, start_ms, end_ms in rows:
        if bars and start_ms - bars[-1][1] <= LANE_GAP_MS:
            bars[-1][1] = max(bars[-1][1], end_ms)
        else:
            bars.append([start_ms, end_ms])
    return bars
