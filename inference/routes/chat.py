"""POST /v1/chat/completions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from inference.chat.engine import ChatEngine, PreparedChat
from inference.chat.wire import AnswerWriter, ChatBody, parse_body, to_request
from inference.errors import InferenceError, ModelFailed, ModelNotFound, NotReady
from inference.routes.request import read_body, read_priority, run_until_disconnect
from inference.scheduler import Priority, Scheduler


async def create_chat_completion(request: Request) -> Response:
    """What can be refused is refused here, with a status; an error in mid-stream is an event."""
    priority = read_priority(request)
    body = parse_body(await read_body(request, max_bytes=request.app.state.settings.max_json_bytes))
    engine = _get_engine(request, model=body.model)
    prepared = await to_thread.run_sync(engine.prepare, to_request(body))
    writer = AnswerWriter(model=engine.name, calls_tool=bool(prepared.request.tools))
    scheduler: Scheduler = request.app.state.scheduler
    if body.stream:
        events = _stream(scheduler, engine, prepared, writer=writer, body=body, priority=priority)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )
    try:
        pieces = await run_until_disconnect(
            request, scheduler.run(lambda: engine.generate(prepared), priority=priority)
        )
    except ClientDisconnect:
        return Response(status_code=499)  # nobody will see it; nginx's number for this, for the access log
    return JSONResponse(writer.completion(pieces))


def _get_engine(request: Request, *, model: str) -> ChatEngine:
    engine: ChatEngine | None = getattr(request.app.state, "chat", None)
    if engine is None:
        raise NotReady("The chat model is still being loaded.")
    if model not in ("auto", "chat", engine.name):
        raise ModelNotFound(
            f"There is no chat model of that name here; this server runs {engine.name!r}.", param="model"
        )
    return engine


async def _stream(
    scheduler: Scheduler,
    engine: ChatEngine,
    prepared: PreparedChat,
    *,
    writer: AnswerWriter,
    body: ChatBody,
    priority: Priority,
) -> AsyncIterator[str]:
    """Server-sent events. When the client goes away Starlette cancels this, and the work stops at its next pause point."""
    include_usage = bool(body.stream_options and body.stream_options.include_usage)
    yield _event(writer.first_chunk())
    try:
        async with aclosing(scheduler.stream(lambda: engine.generate(prepared), priority=priority)) as pieces:
            async for piece in pieces:
                for chunk in writer.chunks(piece, include_usage=include_usage):
                    yield _event(chunk)
    except InferenceError as error:
        yield _event(error.to_envelope())
        return
    except Exception as error:  # the status is sent already: the envelope is the only way left to tell
        yield _event(ModelFailed(f"The chat model failed ({type(error).__name__}).").to_envelope())
        return
    yield "data: [DONE]\n\n"


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"


routes = [Route("/v1/chat/completions", create_chat_completion, methods=["POST"])]
