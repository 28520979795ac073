"""POST /v1/audio/transcriptions and /v1/audio/diarizations."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from anyio import to_thread
from starlette.background import BackgroundTask
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from inference.errors import InferenceError, InvalidRequest, ModelFailed, RequestTooLarge
from inference.routes.request import get_engines, read_priority, run_until_disconnect
from inference.routes.transcript_formats import (
    SegmentWriter,
    TranscriptionForm,
    parse_diarization_form,
    parse_transcription_form,
    render_transcript,
)
from inference.scheduler import Priority
from inference.speech.audio import SAMPLE_RATE_HZ, decoded_audio
from inference.types import Diarization, Progress, Segment, Transcription

Work = Callable[[np.ndarray], Iterator[Any]]


async def create_transcription(request: Request) -> Response:
    """Segments with word times; whole, or as server-sent events while they are decoded."""
    engine, priority = get_engines(request).asr, read_priority(request)
    stack = AsyncExitStack()
    async with _closed_on_error(stack):
        form, path = await stack.enter_async_context(_received(request))
        asked = parse_transcription_form(form, model_name=engine.name)
        engine.check(asked.request)
        samples = await stack.enter_async_context(_decoded(request, path))
        writer = SegmentWriter()

        def work(samples: np.ndarray) -> Iterator[Any]:
            return engine.transcribe(samples, asked.request)

        if asked.stream:
            return _stream(
                request, stack, work, samples, task="transcription", priority=priority, write=writer.events
            )
        pieces = await _run(request, work, samples, task="transcription", priority=priority)
        await stack.aclose()
    return _answer_transcript(asked, pieces)


async def create_diarization(request: Request) -> Response:
    """Turns of speakers; whole, or with progress as server-sent events."""
    engine, priority = get_engines(request).speaker, read_priority(request)
    stack = AsyncExitStack()
    async with _closed_on_error(stack):
        form, path = await stack.enter_async_context(_received(request))
        asked, is_stream = parse_diarization_form(form)
        asked.bounds()
        samples = await stack.enter_async_context(_decoded(request, path))

        def work(samples: np.ndarray) -> Iterator[Any]:
            return engine.diarize(samples, asked)

        if is_stream:
            return _stream(
                request,
                stack,
                work,
                samples,
                task="diarization",
                priority=priority,
                write=_diarization_events,
            )
        pieces = await _run(request, work, samples, task="diarization", priority=priority)
        await stack.aclose()
    result = next(piece for piece in pieces if isinstance(piece, Diarization))
    return JSONResponse(result.to_json())


def _diarization_events(piece: Any) -> Iterator[dict[str, Any]]:
    if isinstance(piece, Progress):
        yield {
            "type": "diarization.progress",
            "position": round(piece.position, 3),
            "duration": round(piece.duration, 3),
        }
    else:
        yield {"type": "diarization.done", **piece.to_json()}


def _answer_transcript(asked: TranscriptionForm, pieces: list[Any]) -> Response:
    segments = [piece for piece in pieces if isinstance(piece, Segment)]
    end = next(piece for piece in pieces if isinstance(piece, Transcription))
    content = render_transcript(asked, segments, end)
    return PlainTextResponse(content) if isinstance(content, str) else JSONResponse(content)


# -- the upload ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _closed_on_error(stack: AsyncExitStack) -> AsyncIterator[None]:
    """Temporary files go at once when the request fails; otherwise the answer's end closes the stack."""
    try:
        yield
    except BaseException:
        await stack.aclose()
        raise


@asynccontextmanager
async def _received(request: Request) -> AsyncIterator[tuple[FormData, Path]]:
    """The form, and its file as a path of ours: what the client called it is never used.

    Raises InvalidRequest or RequestTooLarge.
    """
    limited = Request(request.scope, _limit(request, request.app.state.settings.max_upload_bytes))
    try:
        form = await limited.form(max_files=1, max_fields=50)
    except MultiPartException as error:
        raise InvalidRequest(f"The form cannot be read: {error.message}") from error
    upload = form.get("file")
    with tempfile.TemporaryDirectory(prefix="inference-") as folder:
        try:
            if not isinstance(upload, UploadFile):
                raise InvalidRequest("Send the recording as a file in a multipart form.", param="file")
            path = Path(folder) / "upload"
            await to_thread.run_sync(_copy, upload, path)
        finally:
            await form.close()
        yield form, path


def _copy(upload: UploadFile, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(upload.file, target, 1 << 20)


def _limit(request: Request, max_bytes: int) -> Callable[[], Any]:
    """`receive` that raises RequestTooLarge as soon as too much has come, whatever Content-Length claimed."""
    received = 0

    async def receive() -> Any:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise RequestTooLarge(f"The file is larger than {max_bytes >> 20} MB.")
        return message

    return receive


@asynccontextmanager
async def _decoded(request: Request, path: Path) -> AsyncIterator[np.ndarray]:
    async with decoded_audio(path, max_s=request.app.state.settings.max_audio_s) as samples:
        yield samples


# -- the work -----------------------------------------------------------------------------------------------------------


async def _run(
    request: Request, work: Work, samples: np.ndarray, *, task: str, priority: Priority
) -> list[Any]:
    """All pieces. Stops within a piece when the client goes away; raises ClientDisconnect then."""
    started_at = time.monotonic()
    pieces = await run_until_disconnect(
        request, request.app.state.scheduler.run(lambda: work(samples), priority=priority)
    )
    _count(request, samples, task=task, started_at=started_at)
    return pieces


def _stream(
    request: Request,
    stack: AsyncExitStack,
    work: Work,
    samples: np.ndarray,
    *,
    task: str,
    priority: Priority,
    write: Callable[[Any], Iterator[dict[str, Any]]],
) -> StreamingResponse:
    """Server-sent events. When the client goes away Starlette cancels the generator, and the work stops at its next pause point."""

    async def events() -> AsyncIterator[str]:
        started_at = time.monotonic()
        try:
            pieces = request.app.state.scheduler.stream(lambda: work(samples), priority=priority)
            async with aclosing(pieces):
                async for piece in pieces:
                    for event in write(piece):
                        yield _event(event)
            _count(request, samples, task=task, started_at=started_at)
        except InferenceError as error:
            yield _event({"type": "error", **error.to_envelope()})
        except Exception as error:  # the status is sent already: an event is the only way left to tell
            failed = ModelFailed(f"The speech model failed ({type(error).__name__}).")
            yield _event({"type": "error", **failed.to_envelope()})
        finally:
            await stack.aclose()

    return StreamingResponse(
        events(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(stack.aclose),
    )


def _count(request: Request, samples: np.ndarray, *, task: str, started_at: float) -> None:
    request.app.state.metrics.audio_done(
        task=task, audio_s=samples.size / SAMPLE_RATE_HZ, elapsed_s=time.monotonic() - started_at
    )


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _quiet(handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """An answer nobody will read any more, for the access log (499 is nginx's number for it)."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=499)

    return endpoint


routes = [
    Route("/v1/audio/transcriptions", _quiet(create_transcription), methods=["POST"]),
    Route("/v1/audio/diarizations", _quiet(create_diarization), methods=["POST"]),
]
