"""Chat completions that another server answers (`CHAT_BASE_URL`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from inference.chat.remote import RemoteChat
from inference.chat.wire import ChatBody
from inference.errors import InferenceError
from inference.middleware import CLIENT_GONE
from inference.routes.chat_media import Fallback, take_in
from inference.routes.request import run_until_disconnect
from inference.routes.streaming import to_line
from inference.scheduler import Priority


async def forward_chat(
    request: Request, data: bytes, body: ChatBody, *, chat: RemoteChat, priority: Priority
) -> Response:
    """Its answer, with a note of what was put into words. A refusal has a status; a stream that breaks ends with an error's event."""
    try:
        media, fallbacks = await take_in(request, body, engine=chat, priority=priority)
        if not chat.is_known:
            await asyncio.to_thread(chat.load)
        sent = chat.rewrite(data, media)
        if body.stream:
            stream = chat.stream(sent, priority=priority.name.lower())
            first = await run_until_disconnect(request, anext(stream, b""))
            return StreamingResponse(
                _pass_on(first, stream, fallbacks),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store"},
            )
        answer = await run_until_disconnect(request, chat.complete(sent, priority=priority.name.lower()))
    except ClientDisconnect:
        return Response(status_code=CLIENT_GONE)
    noted = {"x-fallback": [one.to_json() for one in fallbacks]} if fallbacks else {}
    return JSONResponse({**answer, **noted})


async def _pass_on(
    first: bytes, stream: AsyncIterator[bytes], fallbacks: Sequence[Fallback]
) -> AsyncIterator[bytes]:
    async with aclosing(stream):
        if fallbacks:
            noted = [one.to_json() for one in fallbacks]
            line = to_line({"object": "chat.completion.chunk", "choices": [], "x-fallback": noted})
            yield line.encode()
        yield first
        try:
            async for chunk in stream:
                yield chunk
        except InferenceError as error:
            yield to_line(error.to_envelope()).encode()
