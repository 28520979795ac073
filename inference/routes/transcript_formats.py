"""What a transcription request may ask for, and the shapes it is answered in: JSON, verbose JSON, plain text, SRT, WebVTT, events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from inference.errors import InvalidRequest, ModelNotFound, UnsupportedParameter
from inference.speech.diarization import DiarizationRequest
from inference.speech.whisper import TranscriptionRequest
from inference.types import Progress, Segment, Transcription

FORMATS = ("json", "text", "srt", "vtt", "verbose_json")
MAX_HOTWORDS = 200
MAX_SPEAKERS = 64


@dataclass(frozen=True, kw_only=True)
class TranscriptionForm:
    """`response_format`: one of FORMATS; `with_words`: also the flat list of words in verbose JSON, as OpenAI gives it."""

    request: TranscriptionRequest
    response_format: str
    stream: bool
    with_words: bool


def parse_transcription_form(form: FormData, *, model_name: str) -> TranscriptionForm:
    """Raises InvalidRequest, UnsupportedParameter or ModelNotFound; `param` names the field."""
    # OpenAI's own name of the model is taken as "the one you have", so that its clients work unchanged.
    if _text(form, "model", "auto") not in ("auto", "whisper", "whisper-1", model_name):
        raise ModelNotFound("There is no speech model of that name here.", param="model")
    response_format = _text(form, "response_format", "json")
    if response_format not in FORMATS:
        raise UnsupportedParameter(
            f"response_format must be one of {', '.join(FORMATS)}.", param="response_format"
        )
    granularities = {str(one) for one in form.getlist("timestamp_granularities[]")}
    if granularities - {"segment", "word"}:
        raise UnsupportedParameter("Known granularities: segment, word.", param="timestamp_granularities[]")
    hotwords = [word.strip() for word in _text(form, "hotwords", "").split(",") if word.strip()]
    request = TranscriptionRequest(
        language=_text(form, "language", "").lower() or None,
        prompt=_text(form, "prompt", ""),
        hotwords=tuple(hotwords[:MAX_HOTWORDS]),
        temperature=_number(form, "temperature", low=0.0, high=1.0) or 0.0,
    )
    return TranscriptionForm(
        request=request,
        response_format=response_format,
        stream=_flag(form, "stream"),
        with_words="word" in granularities,
    )


def parse_diarization_form(form: FormData) -> tuple[DiarizationRequest, bool]:
    """The request, and whether progress is wanted as events. Raises InvalidRequest."""
    counts = {
        name: _number(form, name, low=1, high=MAX_SPEAKERS)
        for name in ("num_speakers", "min_speakers", "max_speakers")
    }
    request = DiarizationRequest(**{name: None if n is None else int(n) for name, n in counts.items()})
    return request, _flag(form, "stream")


def render_transcript(
    asked: TranscriptionForm, segments: Sequence[Segment], end: Transcription
) -> str | dict[str, Any]:
    """The whole answer: a text, or something to be sent as JSON."""
    text = join_text(segments)
    if asked.response_format == "text":
        return text + "\n"
    if asked.response_format in ("srt", "vtt"):
        return _render_subtitles(segments, is_vtt=asked.response_format == "vtt")
    if asked.response_format == "json":
        return {"text": text}
    answer = {
        "task": "transcribe",
        "language": end.language,
        "duration": round(end.duration, 3),
        "text": text,
        "segments": [segment.to_json() | {"seek": 0} for segment in segments],
    }
    if asked.with_words:
        words = [word for segment in segments for word in segment.to_json()["words"]]
        answer["words"] = [{**word, "word": word["word"].strip()} for word in words]
    return answer


class SegmentWriter:
    """The events of one streamed transcription; it remembers the text for the last of them."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []

    def events(self, piece: Segment | Progress | Transcription) -> Iterator[dict[str, Any]]:
        """OpenAI's event types, and `transcript.progress` of our own."""
        if isinstance(piece, Segment):
            delta = f" {piece.text}" if self._segments else piece.text
            self._segments.append(piece)
            yield {"type": "transcript.text.segment", **piece.to_json()}
            yield {"type": "transcript.text.delta", "delta": delta}
        elif isinstance(piece, Progress):
            position, duration = round(piece.position, 3), round(piece.duration, 3)
            yield {"type": "transcript.progress", "position": position, "duration": duration}
        else:
            yield {
                "type": "transcript.text.done",
                "text": join_text(self._segments),
                "language": piece.language,
                "duration": round(piece.duration, 3),
            }


def join_text(segments: Sequence[Segment]) -> str:
    return " ".join(segment.text for segment in segments)


def _render_subtitles(segments: Sequence[Segment], *, is_vtt: bool) -> str:
    mark = "." if is_vtt else ","
    blocks = [
        ("" if is_vtt else f"{number}\n")
        + f"{_clock(segment.start, mark)} --> {_clock(segment.end, mark)}\n"
        # an arrow inside a cue would end its payload in WebVTT
        + segment.text.replace("-->", "→")
        for number, segment in enumerate(segments, start=1)
    ]
    return ("WEBVTT\n\n" if is_vtt else "") + "\n\n".join(blocks) + ("\n" if blocks else "")


def _clock(seconds: float, mark: str) -> str:
    total_ms = round(seconds * 1000)
    return f"{total_ms // 3_600_000:02}:{total_ms // 60_000 % 60:02}:{total_ms // 1000 % 60:02}{mark}{total_ms % 1000:03}"


def _text(form: FormData, name: str, default: str) -> str:
    value = form.get(name, default)
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a text.", param=name)
    return value.strip() or default


def _flag(form: FormData, name: str) -> bool:
    value = _text(form, name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise InvalidRequest(f"{name} must be true or false.", param=name)
    return value in ("true", "1")


def _number(form: FormData, name: str, *, low: float, high: float) -> float | None:
    text = _text(form, name, "")
    try:
        value = float(text) if text else None
    except ValueError:
        value = float("nan")
    if value is not None and not low <= value <= high:
        raise InvalidRequest(f"{name} must be a number from {low:g} to {high:g}.", param=name)
    return value
