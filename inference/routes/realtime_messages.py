"""The words of `WS /v1/realtime`, as JSON; `docs/model-server.md` lists them."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.errors import InferenceError, InvalidRequest
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.captions import Draft, Final
from inference.speech.endpointing import Utterance
from inference.speech.whisper import TranscriptionRequest

MAX_OFFSET_MS = 7 * 24 * 3600 * 1000
MAX_TEXT_BYTES = 64 << 10
Message = dict[str, Any]
Term = Annotated[str, Field(max_length=100)]


class Command(Enum):
    FLUSH = "flush"
    END = "session.end"


class StartMessage(BaseModel):
    """The first message. `offset_ms` is added to all times; `vocabulary` are names and terms to expect."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["session.start"]
    language: str | None = Field(default=None, max_length=16)
    vocabulary: list[Term] = Field(default=[], max_length=200)
    offset_ms: int = Field(default=0, ge=0, le=MAX_OFFSET_MS)

    def to_request(self) -> TranscriptionRequest:
        words = tuple(word.strip() for word in self.vocabulary if word.strip())
        language = self.language.strip().lower() if self.language else None
        return TranscriptionRequest(language=language or None, hotwords=words)


def parse_start(text: str) -> StartMessage:
    """Raises InvalidRequest; its sentence names the field and repeats nothing of what was sent."""
    _check_length(text)
    try:
        return StartMessage.model_validate_json(text)
    except ValidationError as error:
        place = error.errors(include_input=False)[0]["loc"]
        param = str(place[0]) if place else "type"
        raise InvalidRequest(
            "The first message must be a session.start that can be read; a field is missing or wrong.",
            param=param if param in StartMessage.model_fields else "type",
        ) from None


def parse_command(text: str) -> Command:
    """Raises InvalidRequest."""
    _check_length(text)
    try:
        return Command(json.loads(text)["type"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidRequest(
            "A message in a running session is flush or session.end, or sound.", param="type"
        ) from None


def render_partial(draft: Draft, utterance: Utterance, *, offset_ms: int) -> Message:
    return {
        "type": "caption.partial",
        "utterance": utterance.number,
        "start_ms": offset_ms + to_ms(utterance.start),
        "end_ms": offset_ms + to_ms(utterance.end),
        "text": draft.text,
        "stable_chars": draft.settled_chars,
    }


def render_final(final: Final, utterance: Utterance, *, offset_ms: int) -> Message:
    """From the first to the last word; an utterance without words keeps the times of its sound."""
    words = [
        {
            "word": word.word,
            "start_ms": offset_ms + round(word.start * 1000),
            "end_ms": offset_ms + round(word.end * 1000),
            "probability": word.probability,
        }
        for word in final.words
    ]
    return {
        "type": "caption.final",
        "utterance": utterance.number,
        "start_ms": words[0]["start_ms"] if words else offset_ms + to_ms(utterance.start),
        "end_ms": words[-1]["end_ms"] if words else offset_ms + to_ms(utterance.end),
        "text": final.text,
        "words": words,
        "language": final.language,
        "speaker_vector": list(final.voice) if final.voice else None,
    }


def render_error(error: InferenceError) -> Message:
    return {
        "type": "error",
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
    }


def to_ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE_HZ


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT_BYTES:
        raise InvalidRequest("The message is too long.", param="type")
