"""POST /v1/audio/transcriptions, /v1/audio/diarizations and /v1/audio/voices."""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.errors import InferenceError, ModelFailed, ModelNotFound
from inference.routes.audio_form import (
    TranscriptionForm,
    open_form,
    parse_diarization,
    parse_flag,
    parse_transcription,
    read_samples,
)
from inference.routes.request import get_engines, read_priority, run_until_disconnect
from inference.routes.streaming import DONE_LINE, EventStream, to_line
from inference.routes.transcript_formats import (
    Event,
    TranscriptEvents,
    list_diarization_events,
    render_transcript,
)
from inference.scheduler import Pieces, Scheduler
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.native import NativeTranscriber
from inference.types import Diarization, Segment, Transcription


async def create_transcription(request: Request) -> Response:
    """OpenAI's transcription; `stream=true` sends each segment as it is decoded."""
    engines = get_engines(request)
    priority = read_priority(request)
    async with open_form(request) as form:
        wanted = parse_transcription(form, model=engines.whisper.name)
        engines.whisper.check(wanted.request)
        transcribe = _choose(request, wanted)
        samples = await read_samples(request, form)
    work = _timed(
        request, lambda: transcribe(samples, wanted.request), task="transcription", samples=samples.size
    )
    scheduler: Scheduler = request.app.state.scheduler
    if wanted.stream:
        return _send_events(scheduler.stream(work, priority=priority), TranscriptEvents())
    pieces = await run_until_disconnect(request, scheduler.run(work, priority=priority))
    return render_transcript(
        [piece for piece in pieces if isinstance(piece, Segment)],
        next(piece for piece in pieces if isinstance(piece, Transcription)),
        response_format=wanted.response_format,
        with_words=wanted.with_words,
    )


def _choose(request: Request, wanted: TranscriptionForm) -> Callable[..., Iterator[Any]]:
    """Whose work it is. Raises ModelNotFound when the chat model is asked for and does not hear."""
    engines = get_engines(request)
    if wanted.by == "whisper" or (wanted.by == "auto" and not engines.chat.can_hear):
        return engines.whisper.transcribe
    if not engines.chat.can_hear:
        raise ModelNotFound("The chat model of this server does not hear.", param="model")
    metrics = request.app.state.metrics
    native = NativeTranscriber(
        engines.chat, engines.whisper, told=lambda why: metrics.fell_back(part="speech", why=why)
    )
    return functools.partial(native.transcribe, is_gated=wanted.by == "auto")


async def create_diarization(request: Request) -> Response:
    """Who spoke when; `stream=true` sends progress first."""
    engine = get_engines(request).diarization
    priority = read_priority(request)
    async with open_form(request) as form:
        wanted = parse_diarization(form)
        stream = parse_flag(form, "stream")
        samples = await read_samples(request, form)
    work = _timed(request, lambda: engine.diarize(samples, wanted), task="diarization", samples=samples.size)
    scheduler: Scheduler = request.app.state.scheduler
    if stream:
        return _send_events(scheduler.stream(work, priority=priority), list_diarization_events)
    pieces = await run_until_disconnect(request, scheduler.run(work, priority=priority))
    return JSONResponse(next(piece for piece in pieces if isinstance(piece, Diarization)).to_json())


async def create_voice(request: Request) -> Response:
    """What one person sounds like, as a vector. Kept nowhere here."""
    engine = get_engines(request).diarization
    priority = read_priority(request)
    async with open_form(request) as form:
        samples = await read_samples(request, form)
    work = _timed(request, lambda: engine.learn_voice(samples), task="voice", samples=samples.size)
    pieces = await run_until_disconnect(request, request.app.state.scheduler.run(work, priority=priority))
    return JSONResponse(pieces[-1].to_json())


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


def _send_events(pieces: Pieces[Any], to_events: Callable[[Any], Iterator[Event]]) -> EventStream:
    return EventStream(pieces, lambda opened: _write_lines(opened, to_events=to_events))


async def _write_lines(
    pieces: Pieces[Any], *, to_events: Callable[[Any], Iterator[Event]]
) -> AsyncIterator[str]:
    try:
        async for piece in pieces:
            for event in to_events(piece):
                yield to_line(event)
    except InferenceError as error:
        yield to_line({"type": "error", **error.to_envelope()})
        return
    except (
        Exception
    ):  # the scheduler has logged it; the status is sent already, an event is the only way left to tell
        yield to_line({"type": "error", **ModelFailed("The speech model failed.").to_envelope()})
        return
    yield DONE_LINE


routes = [
    Route("/v1/audio/transcriptions", create_transcription, methods=["POST"]),
    Route("/v1/audio/diarizations", create_diarization, methods=["POST"]),
    Route("/v1/audio/voices", create_voice, methods=["POST"]),
]
