"""The shapes a transcription is answered in: JSON, verbose JSON, plain text, SRT, WebVTT, and events while it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from inference.speech.subtitles import render_srt, render_vtt
from inference.types import Diarization, Progress, Segment, Transcription

FORMATS = ("json", "text", "srt", "vtt", "verbose_json")

Event = dict[str, Any]


def render_transcript(
    segments: Sequence[Segment], end: Transcription, *, response_format: str, with_words: bool = False
) -> Response:
    """The whole answer in one of FORMATS. `with_words`: also OpenAI's flat list of words, in verbose JSON."""
    match response_format:
        case "text":
            return PlainTextResponse(join_text(segments) + "\n")
        case "srt":
            return PlainTextResponse(render_srt(segments), media_type="application/x-subrip")
        case "vtt":
            return PlainTextResponse(render_vtt(segments), media_type="text/vtt")
        case "json":
            return JSONResponse({"text": join_text(segments)})
    content: Event = {
        "task": "transcribe",
        "language": end.language,
        "duration": end.duration,
        "text": join_text(segments),
        "segments": [segment.to_json() | {"seek": 0} for segment in segments],
    }
    if with_words:
        words = [word for segment in content["segments"] for word in segment["words"]]
        content["words"] = [word | {"word": word["word"].strip()} for word in words]
    return JSONResponse(content)


class TranscriptEvents:
    """Pieces of one transcription → events: OpenAI's types, and `transcript.progress`. Keeps the text for the last of them."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []

    def __call__(self, piece: Segment | Progress | Transcription) -> Iterator[Event]:
        if isinstance(piece, Segment):
            delta = f" {piece.text}" if self._segments else piece.text
            self._segments.append(piece)
            yield {"type": "transcript.text.segment", **piece.to_json()}
            yield {"type": "transcript.text.delta", "delta": delta}
        elif isinstance(piece, Progress):
            yield {"type": "transcript.progress", "position": piece.position, "duration": piece.duration}
        else:
            end = {"language": piece.language, "duration": piece.duration}
            yield {"type": "transcript.text.done", "text": join_text(self._segments), **end}


def list_diarization_events(piece: Progress | Diarization) -> Iterator[Event]:
    if isinstance(piece, Progress):
        yield {"type": "diarization.progress", "position": piece.position, "duration": piece.duration}
    else:
        yield {"type": "diarization.done", **piece.to_json()}


def join_text(segments: Sequence[Segment]) -> str:
    return " ".join(segment.text for segment in segments)
