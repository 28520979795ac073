"""POST /v1/chat/completions."""

from __future__ import annotations

from collections.abc import AsyncIterator

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.chat.answer import AnswerWriter
from inference.chat.engine import ChatEngine
from inference.chat.remote import RemoteChat
from inference.chat.request import ChatPiece
from inference.chat.wire import ChatBody, parse_body, to_request
from inference.errors import InferenceError, ModelFailed, ModelNotFound
from inference.metrics import Metrics
from inference.middleware import CLIENT_GONE
from inference.routes.chat_media import take_in
from inference.routes.chat_remote import forward_chat
from inference.routes.request import get_engines, read_body, read_priority, run_until_disconnect
from inference.routes.streaming import DONE_LINE, EventStream, to_line
from inference.scheduler import Pieces, Scheduler

MIN_COUNTED_TOKENS = 16


async def create_chat_completion(request: Request) -> Response:
    """What can be refused is refused here, with a status; an error in mid-stream is an event."""
    priority = read_priority(request)
    data = await read_body(request, max_bytes=request.app.state.settings.max_json_bytes)
    body = parse_body(data)
    engine = _get_engine(request, model=body.model)
    if isinstance(engine, RemoteChat):
        return await forward_chat(request, data, body, chat=engine, priority=priority)
    try:
        media, fallbacks = await take_in(request, body, engine=engine, priority=priority)
    except ClientDisconnect:
        return Response(status_code=CLIENT_GONE)
    prepared = await to_thread.run_sync(engine.prepare, to_request(body, media=media))
    writer = AnswerWriter(
        model=engine.name,
        forces_call=prepared.request.forces_call,
        fallbacks=[fallback.to_json() for fallback in fallbacks],
    )
    scheduler: Scheduler = request.app.state.scheduler
    if body.stream:
        metrics = request.app.state.metrics
        return EventStream(
            scheduler.stream(lambda: engine.generate(prepared), priority=priority),
            lambda pieces: _write_lines(pieces, writer=writer, body=body, metrics=metrics, engine=engine),
        )
    try:
        pieces = await run_until_disconnect(
            request, scheduler.run(lambda: engine.generate(prepared), priority=priority)
        )
    except ClientDisconnect:
        return Response(status_code=CLIENT_GONE)  # nobody will see it but the access log
    _count(request.app.state.metrics, pieces[-1], engine=engine)
    return JSONResponse(writer.completion(pieces))


def _get_engine(request: Request, *, model: str) -> ChatEngine | RemoteChat:
    engine = get_engines(request).chat
    if model not in ("auto", "chat", engine.name):
        raise ModelNotFound(
            f"There is no chat model of that name here; this server runs {engine.name!r}.", param="model"
        )
    return engine


async def _write_lines(
    pieces: Pieces[ChatPiece],
    *,
    writer: AnswerWriter,
    body: ChatBody,
    metrics: Metrics,
    engine: ChatEngine,
) -> AsyncIterator[str]:
    include_usage = bool(body.stream_options and body.stream_options.include_usage)
    yield to_line(writer.first_chunk())
    try:
        async for piece in pieces:
            _count(metrics, piece, engine=engine)
            for chunk in writer.chunks(piece, include_usage=include_usage):
                yield to_line(chunk)
    except InferenceError as error:
        yield to_line(error.to_envelope())
        return
    except Exception as error:  # the status is sent already: the envelope is the only way left to tell
        yield to_line(ModelFailed(f"The chat model failed ({type(error).__name__}).").to_envelope())
        return
    yield DONE_LINE


def _count(metrics: Metrics, piece: ChatPiece, *, engine: ChatEngine) -> None:
    """Speeds of one generation, at its end. A prompt that was nearly all cached says nothing about reading."""
    if piece.usage is None or piece.timings is None:
        return
    read = piece.usage.prompt_tokens - piece.usage.cached_tokens
    metrics.prompt_done(cached=piece.usage.cached_tokens, read=read)
    if read >= MIN_COUNTED_TOKENS and piece.timings.prefill_s > 0:
        metrics.tokens_done(phase="prefill", per_second=read / piece.timings.prefill_s)
    if piece.usage.completion_tokens > 1 and piece.timings.decode_s > 0:
        metrics.tokens_done(phase="decode", per_second=piece.usage.completion_tokens / piece.timings.decode_s)
    if piece.timings.guessed_tokens:
        metrics.guesses_done(
            guessed=piece.timings.guessed_tokens,
            accepted=piece.timings.accepted_tokens,
            speedup=engine.draft_speedup,
        )


routes = [Route("/v1/chat/completions", create_chat_completion, methods=["POST"])]
