"""What the model server answers, in our own words: typed, in milliseconds, clamped to what the rows allow.

The parsers raise LookupError, TypeError, ValueError or AttributeError for an answer that is not what it should be;
`inference_client` turns those into its own error.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How much of the recording is done."""

    done_ms: int
    total_ms: int


@dataclass(frozen=True, kw_only=True)
class TranscribedSegment:
    """A stretch of speech. `words`: `[{"s": ms, "e": ms, "w": text, "p": 0..1}]` as in `models.Segment`; `confidence` 0..1. `gate_reason`,
    `gate_score`: why a native text did not hold, and how well it fits (0..1); "" and None where none was written."""

    start_ms: int
    end_ms: int
    text: str
    words: list[dict]
    confidence: float
    engine: str = "whisper"
    gate_reason: str = ""
    gate_score: float | None = None


@dataclass(frozen=True, kw_only=True)
class TranscriptDone:
    """The last piece of a transcription."""

    language: str
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One voice from `start_ms` to `end_ms`; `confidence` 0..1."""

    start_ms: int
    end_ms: int
    speaker: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Diarization:
    """Who spoke when: labels in order of first word, turns by start. `overlaps`: stretches (start_ms, end_ms) in which two people speak."""

    duration_ms: int
    speakers: list[str]
    turns: list[Turn]
    overlaps: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class HeardVoice:
    """What one person sounds like. `vector`: float32, shape (n,), length 1; None where nothing was said. Only vectors of the same `embedder` may be
    compared."""

    embedder: str
    vector: np.ndarray | None
    speech_ms: int


@dataclass(frozen=True, kw_only=True)
class ChatAnswer:
    """`logprobs`: natural logarithms of the first token's alternatives, when `top_logprobs` asked for them.

    `stopped_by` says why our server stopped: "end", "stop", "max_tokens", "context", "grammar", or "repetition" when it stopped a loop
    (`finish_reason` is then "length"). Other servers do not say it.
    """

    text: str
    finish_reason: str
    model: str = ""
    usage: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    logprobs: dict[str, float] = field(default_factory=dict)
    stopped_by: str = ""


def _ms(seconds: float) -> int:
    return max(0, round(float(seconds) * 1000))


def parse_progress(event: dict) -> Progress:
    return Progress(done_ms=_ms(event["position"]), total_ms=_ms(event["duration"]))


def parse_segment(event: dict) -> TranscribedSegment:
    words = [
        {
            "s": _ms(word["start"]),
            "e": _ms(word["end"]),
            "w": word["word"].strip(),
            "p": round(_share(word.get("probability", 0.0)), 3),
        }
        for word in event.get("words") or []
    ]
    start_ms = _ms(event["start"])
    return TranscribedSegment(
        start_ms=start_ms,
        end_ms=max(start_ms, _ms(event["end"])),
        text=event["text"].strip(),
        words=words,
        confidence=round(_share(event.get("confidence") or 0.0), 4),
        engine=event.get("engine") or "whisper",
        gate_reason=str(event.get("gate_reason") or ""),
        gate_score=None if event.get("gate_score") is None else _share(event["gate_score"]),
    )


def parse_transcript_done(event: dict) -> TranscriptDone:
    return TranscriptDone(language=event.get("language") or "", duration_ms=_ms(event.get("duration", 0)))


def parse_diarization(event: dict) -> Diarization:
    turns = [
        Turn(
            start_ms=_ms(turn["start"]),
            end_ms=_ms(turn["end"]),
            speaker=str(turn["speaker"]),
            confidence=_share(turn.get("confidence", 0.0)),
        )
        for turn in event.get("turns") or []
    ]
    overlaps = [(_ms(start), _ms(end)) for start, end in event.get("overlaps") or []]
    return Diarization(
        duration_ms=_ms(event.get("duration", 0)),
        speakers=list(event.get("speakers") or []),
        turns=turns,
        overlaps=overlaps,
    )


def parse_voice(answer: dict) -> HeardVoice:
    vector = np.asarray(answer["vector"], dtype="<f4")
    length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or (vector.size and not 0.99 < length < 1.01):
        raise ValueError("not a vector of length 1")
    return HeardVoice(
        embedder=str(answer["embedder"])[:120],
        vector=vector if vector.size else None,
        speech_ms=_ms(answer["speech"]),
    )


def parse_answer(answer: dict) -> ChatAnswer:
    choice = answer["choices"][0]
    first = ((choice.get("logprobs") or {}).get("content") or [{}])[0]
    return ChatAnswer(
        text=choice["message"].get("content") or "",
        finish_reason=choice.get("finish_reason") or "",
        model=answer.get("model") or "",
        usage=answer.get("usage") or {},
        timings=answer.get("timings") or {},
        logprobs={item["token"]: item["logprob"] for item in first.get("top_logprobs") or []},
        stopped_by=choice.get("stopped_by") or answer.get("stopped_by") or "",
    )


def _share(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
