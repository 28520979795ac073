"""Everything a document about one meeting is made of, read once, in a fixed number of queries."""

import dataclasses
import functools
from collections.abc import Iterable

from django.db.models import Prefetch

from meetings.models import (
    ActionItem,
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
)


@dataclasses.dataclass(frozen=True)
class MeetingContent:
    """Rows of one meeting; `segments` in order of time, note and action items with their citations loaded."""

    meeting: Meeting
    recording: Recording | None
    notes: Notes | None
    attendees: list[str]
    speakers: list[Speaker]
    segments: list[Segment]
    slides: list[Slide]
    topics: list[Topic]
    note_items: list[NoteItem]
    action_items: list[ActionItem]
    own_notes: list[OwnNote]
    worked_ms: dict[str, int]

    def items_of(self, kind: str, *, topic: Topic | None = None) -> list[NoteItem]:
        """The note items of one kind, for points of one topic."""
        topic_id = topic.pk if topic is not None else None
        return [item for item in self.note_items if item.kind == kind and item.topic_id == topic_id]

    def speaker_of(self, segment: Segment) -> Speaker | None:
        """The voice of a segment, without a query."""
        return self._speakers_by_id.get(segment.speaker_id)

    def speaker_name_of(self, segment: Segment) -> str:
        """The name on a segment; "Unknown speaker" before the voices were told apart."""
        speaker = self.speaker_of(segment)
        return speaker.display_name if speaker is not None else "Unknown speaker"

    def segments_cited_by(self, item: NoteItem | ActionItem) -> list[Segment]:
        """The sources of a line in order of time, without a query."""
        cited = [self._segments_by_id[citation.segment_id] for citation in item.citations.all()]
        return sorted(cited, key=lambda segment: (segment.start_ms, segment.pk))

    def slides_cited_by(self, item: NoteItem | ActionItem) -> list[Slide]:
        """The slides behind a line, without a query."""
        ids = {citation.slide_id for citation in item.slide_citations.all()}
        return [slide for slide in self.slides if slide.pk in ids]

    @functools.cached_property
    def _speakers_by_id(self) -> dict[int, Speaker]:
        return {speaker.pk: speaker for speaker in self.speakers}

    @functools.cached_property
    def _segments_by_id(self) -> dict[int, Segment]:
        return {segment.pk: segment for segment in self.segments}

    @property
    def duration_ms(self) -> int:
        """Of the recording; without one, to the end of what was said."""
        if self.recording is not None and self.recording.duration_ms:
            return self.recording.duration_ms
        return max((segment.end_ms for segment in self.segments), default=0)

    @property
    def named_people(self) -> list[str]:
        """Attendees, then speakers that are not among them, each once."""
        names = [*self.attendees, *(speaker.display_name for speaker in self.speakers)]
        return list(dict.fromkeys(names))


def load_content(meeting: Meeting) -> MeetingContent:
    """Read a meeting for a document; about ten queries, however long the meeting is."""
    return MeetingContent(
        meeting=meeting,
        recording=Recording.objects.filter(meeting=meeting).first(),
        notes=Notes.objects.filter(meeting=meeting).first(),
        attendees=list(meeting.attendees.values_list("name", flat=True)),
        speakers=list(meeting.speakers.all()),
        segments=list(meeting.segments.in_order()),
        slides=list(meeting.slides.shown()),
        topics=list(meeting.topics.all()),
        note_items=list(_with_citations(meeting.note_items.all())),
        action_items=list(_with_citations(meeting.action_items.select_related("owner_speaker"))),
        own_notes=list(meeting.own_notes.select_related("user")),
        worked_ms=dict(meeting.jobs.values_list("step", "worked_ms")),
    )


def _with_citations(items) -> Iterable:
    shown = SlideCitation.objects.filter(slide__deleted_at=None)
    return items.prefetch_related("citations", Prefetch("slide_citations", queryset=shown))
