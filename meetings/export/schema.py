"""The format `minutebook/1` as types: what the JSON download and `process_recording --output` write, and what an import takes.

`docs/minutebook-1.schema.json` is made from these classes (`render_schema`); a test holds the two together. Within /1 fields may be
added, never changed or taken away, so a reader must ignore what it does not know.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meetings.schemas import WrittenSlide

FORMAT = "minutebook/1"

Milliseconds = Annotated[int, Field(ge=0, description="From the start of the recording.")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=64)]


class _Part(BaseModel):
    """Any part of the document; unknown fields are allowed, so that /1 may grow."""

    model_config = ConfigDict(extra="allow")


class MeetingPart(_Part):
    id: Identifier
    title: str
    held_on: Day
    language: str = Field(description="ISO 639-1; empty when nothing was said.")
    duration_ms: Milliseconds
    attendees: list[str]


class RecordingPart(_Part):
    sha256: str = Field(description="Of the bytes as they were given; empty when there is no recording.")
    size_bytes: int = Field(ge=0)
    channels: int = Field(ge=0)


class SpeakerPart(_Part):
    id: Identifier
    name: str = Field(description='The given name, else "Speaker 1".')
    suggested_name: str | None = Field(
        default=None, description="Heard in the meeting, not confirmed by anybody."
    )


class WordPart(_Part):
    start_ms: Milliseconds
    end_ms: Milliseconds
    text: str
    confidence: Share


class SegmentPart(_Part):
    id: Identifier
    start_ms: Milliseconds
    end_ms: Milliseconds
    speaker: Identifier | None
    text: str
    engine: Literal["native", "whisper", "live", "human"]
    confidence: Share
    edited: bool
    words: list[WordPart]


class SlidePart(_Part):
    id: Identifier
    shown_at_ms: Milliseconds | None
    title: str
    text: str
    source: Literal["video", "screen", "upload", "deck"]
    confidence: Share | None = Field(
        default=None,
        description="Of a time that was matched to what was said; null where it was seen or given.",
    )
    engine: str = Field(
        default="", description="What read it: text_layer, ocr, vision; empty when nothing has."
    )
    description: WrittenSlide | None = Field(
        default=None,
        description="What a model that sees made of it; null where none was asked, or it gave nothing usable.",
    )
    described_by: str = Field(default="", description="That model, and the version of its prompt.")
    width: int = Field(
        default=0, ge=0, description="Of the picture, in pixels; the picture itself is not in the document."
    )
    height: int = Field(default=0, ge=0)


class SegmentCitation(_Part):
    segment: Identifier


class SlideCitation(_Part):
    slide: Identifier


class OwnNoteCitation(_Part):
    own_note: Identifier


class OwnNotePart(_Part):
    """A line somebody typed during the meeting, or a moment they marked (no text)."""

    id: Identifier
    at_ms: Milliseconds
    kind: Literal["note", "mark"]
    text: str
    by: str | None = None


class ItemPart(_Part):
    id: Identifier
    text: str
    citations: list[SegmentCitation | SlideCitation | OwnNoteCitation]
    edited: bool


class ActionItemPart(ItemPart):
    owner: str | None
    owner_speaker: Identifier | None = Field(default=None, description="The voice that took it.")
    due_on: Day | None
    due_text: str = Field(description="The words the date was computed from.")
    state: Literal["suggested", "open", "done", "dropped"]


class TopicPart(_Part):
    id: Identifier
    title: str
    start_ms: Milliseconds
    items: list[ItemPart]


class NotesPart(_Part):
    language: str
    coverage: Share = Field(description="Share of the speech, by time, that the chat model read.")
    covered: list[tuple[Milliseconds, Milliseconds]] = Field(
        default=[], description="The stretches of the recording that the chat model read: [start_ms, end_ms]."
    )
    reviewed_by: str | None
    summary: list[ItemPart]
    decisions: list[ItemPart]
    questions: list[ItemPart]
    risks: list[ItemPart]
    topics: list[TopicPart]
    action_items: list[ActionItemPart]


class TimingsPart(_Part):
    """Clock time spent on each step over all attempts; null: the step did not run."""

    ingest: Milliseconds | None
    transcribe: Milliseconds | None
    diarize: Milliseconds | None
    slides: Milliseconds | None
    draft: Milliseconds | None
    ground: Milliseconds | None
    publish: Milliseconds | None = None
    live_notes: Milliseconds | None = None
    total: Milliseconds


class ProvenancePart(_Part):
    """Which models and prompts made it; empty objects where a step has not run."""

    asr: dict[str, Any]
    chat: dict[str, Any]
    diarization: dict[str, Any]
    dropped_items: int = Field(ge=0, description="Lines that their sources did not support.")
    dropped_reasons: dict[str, int] = Field(default={}, description="How many were dropped for which reason.")
    timings_ms: TimingsPart


class ExportDocument(_Part):
    format: Literal["minutebook/1"]
    meeting: MeetingPart
    recording: RecordingPart
    speakers: list[SpeakerPart]
    segments: list[SegmentPart]
    slides: list[SlidePart]
    own_notes: list[OwnNotePart] = []
    notes: NotesPart
    provenance: ProvenancePart


def render_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the format."""
    schema = ExportDocument.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "description": "A meeting as Minutebook exports it. Fields may be added within /1: ignore what you do not know.",
        **{key: value for key, value in schema.items() if key not in ("title", "description")},
    }
