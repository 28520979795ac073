"""The words speech work speaks in: what engines give and routes send. Times are seconds from the start of the audio."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Word:
    """One spoken word with the punctuation that belongs to it and its leading space, as whisper writes it."""

    start: float
    end: float
    word: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A sentence or a part of one, at most about 15 s.

    `avg_logprob`, `no_speech_prob`, `compression_ratio` and `temperature` are those of the decoded window the segment
    was cut from, as OpenAI defines them; `confidence` (0…1) is the segment's own, see `speech.segmentation`. `engine`: "whisper" or
    "native", who wrote it; `gate_reason`: why the native text of this window did not hold (`speech.gate`), `gate_score`: how well whisper
    found it to fit; both None where no native text was written.
    """

    id: int
    start: float
    end: float
    text: str
    words: tuple[Word, ...]
    tokens: tuple[int, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    temperature: float
    confidence: float
    language: str
    engine: str = "whisper"
    gate_reason: str | None = None
    gate_score: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A stretch of speech by one speaker. `confidence` (0…1): how clearly nearer this voice is than the next."""

    start: float
    end: float
    speaker: str
    confidence: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How much audio is done, in seconds; `position` never falls and reaches `duration` at the end."""

    position: float
    duration: float


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """The end of a transcription: what is known only when all was heard."""

    language: str
    duration: float


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What one person sounds like. `vector`: length 1, empty when nothing was said; `speech`: seconds of speech it rests on. `embedder` names the
    network and its front end: vectors of two embedders have nothing to do with each other."""

    embedder: str
    vector: tuple[float, ...]
    speech: float
    duration: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Diarization:
    """Who spoke when. `speakers` in order of first word; `overlaps`: start and end of stretches in which two speak, when a model for that is here."""

    duration: float
    speakers: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = field(default=())
    overlaps: tuple[tuple[float, float], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
