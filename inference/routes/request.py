"""What every POST route needs of a request: its body within limits, its priority, and whether the client still listens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from inference.engines import Engines
from inference.errors import InvalidRequest, RequestTooLarge
from inference.scheduler import Priority

T = TypeVar("T")


def get_engines(request: Request) -> Engines:
    """The loaded engines. Raises NotReady (503, retryable) while they load, ModelUnavailable (503, not retryable) when they could
    not be loaded."""
    if request.app.state.engines is None:
        request.app.state.readiness.require()
    return request.app.state.engines


def read_priority(request: Request) -> Priority:
    """Header X-Priority: live, interactive (default) or batch. Raises InvalidRequest."""
    name = request.headers.get("x-priority", "interactive").strip().upper()
    priority = Priority.__members__.get(name)
    if priority is None or priority is Priority.IDLE:
        raise InvalidRequest("X-Priority must be live, interactive or batch.", param="X-Priority")
    return priority


async def read_body(request: Request, *, max_bytes: int) -> bytes:
    """Raises RequestTooLarge as soon as the body is too long, whatever Content-Length claimed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise RequestTooLarge(f"The body is larger than {max_bytes >> 20} MB.")
    return bytes(body)


async def run_until_disconnect(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; cancels it and raises ClientDisconnect when the client goes away first. The body must have been
    read before."""
    working = asyncio.ensure_future(work)
    listening = asyncio.ensure_future(_wait_for_disconnect(request))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, listening):
            task.cancel()
        await asyncio.gather(working, listening, return_exceptions=True)


async def _wait_for_disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
