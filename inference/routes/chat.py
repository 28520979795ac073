"""POST /v1/chat/completions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from inference.chat.engine import ChatEngine
from inference.chat.request import ChatPiece
from inference.chat.wire import AnswerWriter, ChatBody, parse_body, to_request
from inference.errors import InferenceError, ModelFailed, ModelNotFound
from inference.metrics import Metrics
from inference.routes.request import get_engines, read_body, read_priority, run_until_disconnect
from inference.scheduler import Scheduler

MIN_COUNTED_TOKENS = 16


async def create_chat_completion(request: Request) -> Response:
    """What can be refused is refused here, with a status; an error in mid-stream is an event."""
    priority = read_priority(request)
    body = parse_body(await read_body(request, max_bytes=request.app.state.settings.max_json_bytes))
    engine = _get_engine(request, model=body.model)
    prepared = await to_thread.run_sync(engine.prepare, to_request(body))
    writer = AnswerWriter(model=engine.name, calls_tool=bool(prepared.request.tools))
    scheduler: Scheduler = request.app.state.scheduler
    if body.stream:
        work = scheduler.stream(lambda: engine.generate(prepared), priority=priority)
        first = await _queue(work)
        events = _stream(first, work, writer=writer, body=body, metrics=request.app.state.metrics)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )
    try:
        pieces = await run_until_disconnect(
            request, scheduler.run(lambda: engine.generate(prepared), priority=priority)
        )
    except ClientDisconnect:
        return Response(status_code=499)  # nobody will see it; nginx's number for this, for the access log
    _count(request.app.state.metrics, pieces[-1])
    return JSONResponse(writer.completion(pieces))


def _get_engine(request: Request, *, model: str) -> ChatEngine:
    engine = get_engines(request).chat
    if model not in ("auto", "chat", engine.name):
        raise ModelNotFound(
            f"There is no chat model of that name here; this server runs {engine.name!r}.", param="model"
        )
    return engine


async def _queue(work: AsyncGenerator[ChatPiece]) -> asyncio.Future[ChatPiece]:
    """The first piece to come, with the work in the queue. Raises Overloaded while a status can still be sent."""
    first = asyncio.ensure_future(anext(work))
    await asyncio.sleep(0)  # the work is queued, or refused, before its first await
    if first.done():
        first.result()
    return first


async def _stream(
    first: asyncio.Future[ChatPiece],
    work: AsyncGenerator[ChatPiece],
    *,
    writer: AnswerWriter,
    body: ChatBody,
    metrics: Metrics,
) -> AsyncIterator[str]:
    """Server-sent events. When the client goes away Starlette cancels this, and the work stops at its next pause point."""
    include_usage = bool(body.stream_options and body.stream_options.include_usage)
    yield _event(writer.first_chunk())
    try:
        async with aclosing(_chain(first, work)) as pieces:
            async for piece in pieces:
                _count(metrics, piece)
                for chunk in writer.chunks(piece, include_usage=include_usage):
                    yield _event(chunk)
    except InferenceError as error:
        yield _event(error.to_envelope())
        return
    except Exception as error:  # the status is sent already: the envelope is the only way left to tell
        yield _event(ModelFailed(f"The chat model failed ({type(error).__name__}).").to_envelope())
        return
    yield "data: [DONE]\n\n"


async def _chain(
    first: asyncio.Future[ChatPiece], work: AsyncGenerator[ChatPiece]
) -> AsyncIterator[ChatPiece]:
    async with aclosing(work):
        yield await first
        async for piece in work:
            yield piece


def _count(metrics: Metrics, piece: ChatPiece) -> None:
    """Speeds of one generation, at its end. A prompt that was nearly all cached says nothing about reading."""
    if piece.usage is None or piece.timings is None:
        return
    read = piece.usage.prompt_tokens - piece.usage.cached_tokens
    if read >= MIN_COUNTED_TOKENS and piece.timings.prefill_s > 0:
        metrics.tokens_done(phase="prefill", per_second=read / piece.timings.prefill_s)
    if piece.usage.completion_tokens > 1 and piece.timings.decode_s > 0:
        metrics.tokens_done(phase="decode", per_second=piece.usage.completion_tokens / piece.timings.decode_s)


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"


routes = [Route("/v1/chat/completions", create_chat_completion, methods=["POST"])]
