"""POST /v1/audio/transcriptions and /v1/audio/diarizations."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from inference.errors import InferenceError, ModelFailed
from inference.routes.audio_form import (
    TranscriptionForm,
    open_form,
    parse_diarization,
    parse_flag,
    parse_transcription,
    read_samples,
)
from inference.routes.request import read_priority, run_until_disconnect
from inference.scheduler import Scheduler
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.subtitles import render_srt, render_vtt
from inference.types import Diarization, Progress, Segment, Transcription

logger = logging.getLogger(__name__)

Event = dict[str, Any]


async def create_transcription(request: Request) -> Response:
    """OpenAI's transcription; `stream=true` sends each segment as it is decoded."""
    request.app.state.readiness.require()
    priority = read_priority(request)
    engine = request.app.state.engines.whisper
    async with open_form(request) as form:
        wanted = parse_transcription(form)
        engine.check(wanted.request)
        samples = await read_samples(request, form)
    work = _timed(
        request,
        lambda: engine.transcribe(samples, wanted.request),
        task="transcription",
        samples=samples.size,
    )
    scheduler: Scheduler = request.app.state.scheduler
    if wanted.stream:
        return _stream(scheduler.stream(work, priority=priority), TranscriptEvents())
    pieces = await run_until_disconnect(request, scheduler.run(work, priority=priority))
    return render_transcription(pieces, wanted)


async def create_diarization(request: Request) -> Response:
    """Who spoke when; `stream=true` sends progress first."""
    request.app.state.readiness.require()
    priority = read_priority(request)
    engine = request.app.state.engines.diarization
    async with open_form(request) as form:
        wanted = parse_diarization(form)
        stream = parse_flag(form, "stream")
        samples = await read_samples(request, form)
    work = _timed(request, lambda: engine.diarize(samples, wanted), task="diarization", samples=samples.size)
    scheduler: Scheduler = request.app.state.scheduler
    if stream:
        return _stream(scheduler.stream(work, priority=priority), diarization_events)
    pieces = await run_until_disconnect(request, scheduler.run(work, priority=priority))
    return JSONResponse(next(piece for piece in pieces if isinstance(piece, Diarization)).to_json())


def render_transcription(pieces: list[Any], wanted: TranscriptionForm) -> Response:
    """All pieces in the form that was asked for."""
    segments = [piece for piece in pieces if isinstance(piece, Segment)]
    end = next(piece for piece in pieces if isinstance(piece, Transcription))
    text = " ".join(segment.text for segment in segments)
    match wanted.response_format:
        case "text":
            return PlainTextResponse(text + "\n")
        case "srt":
            return PlainTextResponse(render_srt(segments), media_type="application/x-subrip")
        case "vtt":
            return PlainTextResponse(render_vtt(segments), media_type="text/vtt")
        case "json":
            return JSONResponse({"text": text})
    content: Event = {
        "task": "transcribe",
        "language": end.language,
        "duration": end.duration,
        "text": text,
        "segments": [segment.to_json() for segment in segments],
    }
    if wanted.with_words:
        content["words"] = [word for segment in content["segments"] for word in segment["words"]]
    return JSONResponse(content)


class TranscriptEvents:
    """Pieces of one transcription → events; keeps the text for the last one."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def __call__(self, piece: Segment | Progress | Transcription) -> Iterator[Event]:
        if isinstance(piece, Segment):
            delta = piece.text if not self._texts else f" {piece.text}"
            self._texts.append(piece.text)
            yield {"type": "transcript.text.segment", **piece.to_json()}
            yield {"type": "transcript.text.delta", "delta": delta}
        elif isinstance(piece, Progress):
            yield {"type": "transcript.progress", "position": piece.position, "duration": piece.duration}
        else:
            done = {"text": " ".join(self._texts), "language": piece.language, "duration": piece.duration}
            yield {"type": "transcript.text.done", **done}


def diarization_events(piece: Progress | Diarization) -> Iterator[Event]:
    if isinstance(piece, Progress):
        yield {"type": "diarization.progress", "position": piece.position, "duration": piece.duration}
    else:
        yield {"type": "diarization.done", **piece.to_json()}


def _timed(
    request: Request, work: Callable[[], Iterator[Any]], *, task: str, samples: int
) -> Callable[[], Iterator[Any]]:
    """`work` that tells the metrics its real-time factor when it was done to the end."""

    def timed() -> Iterator[Any]:
        started_at = time.monotonic()
        yield from work()
        elapsed_s = time.monotonic() - started_at
        request.app.state.metrics.audio_done(task=task, audio_s=samples / SAMPLE_RATE_HZ, elapsed_s=elapsed_s)

    return timed


def _stream(pieces: AsyncIterator[Any], to_events: Callable[[Any], Iterator[Event]]) -> StreamingResponse:
    return StreamingResponse(
        _send_events(pieces, to_events),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _send_events(
    pieces: AsyncIterator[Any], to_events: Callable[[Any], Iterator[Event]]
) -> AsyncIterator[str]:
    """Server-sent events. When the client goes away Starlette cancels this, and the work stops at its next pause point."""
    try:
        async with aclosing(pieces) as open_pieces:
            async for piece in open_pieces:
                for event in to_events(piece):
                    yield _to_line(event)
    except InferenceError as error:
        yield _to_line({"type": "error", **error.to_envelope()})
        return
    except Exception as error:  # the status is sent already: an event is the only way left to tell
        logger.error("audio work failed: %s", type(error).__name__)
        yield _to_line({"type": "error", **ModelFailed("The speech model failed.").to_envelope()})
        return
    yield "data: [DONE]\n\n"


def _to_line(event: Event) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n"


routes = [
    Route("/v1/audio/transcriptions", create_transcription, methods=["POST"]),
    Route("/v1/audio/diarizations", create_diarization, methods=["POST"]),
]
