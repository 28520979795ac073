"""Answers that are sent as they are computed: server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from inference.scheduler import Pieces

DONE_LINE = "data: [DONE]\n\n"


class EventStream(StreamingResponse):
    """Lines of events made of `pieces`. However the answer ends, even before its first byte, the work behind it is stopped."""

    def __init__(self, pieces: Pieces[Any], to_lines: Callable[[Pieces[Any]], AsyncIterator[str]]) -> None:
        super().__init__(
            to_lines(pieces), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pieces.aclose()


def to_line(content: dict[str, Any]) -> str:
    """One event."""
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"
