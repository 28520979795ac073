"""What stands before every route: the Host rule, the count of answers, and the net under what nobody expected."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from inference.errors import InferenceError, WrongHost
from inference.metrics import Metrics
from inference.settings import is_loopback

POLICY_VIOLATION = 1008
CLIENT_GONE = 499  # nginx's number; nobody sees it but the metrics

logger = logging.getLogger(__name__)


class LocalNamesOnly:
    """Refuses requests for any other host than this machine's loopback names.

    A web page may make a name of its own point to 127.0.0.1 and then read our answers; it cannot make the browser say "localhost".
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not (is_loopback(read_host(scope)) and is_local_origin(scope)):
            await WebSocketClose(code=POLICY_VIOLATION)(scope, receive, send)  # before accept: 403
            return
        if scope["type"] == "http" and not is_loopback(read_host(scope)):
            error = WrongHost("This server answers for localhost only.")
            await JSONResponse(error.to_envelope(), status_code=error.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def read_host(scope: Scope) -> str:
    """The Host header without its port; empty when there is none."""
    headers = dict(scope["headers"])  # of two, the last: a second Host is refused by the HTTP parser
    host = headers.get(b"host", b"").decode("latin-1")
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def is_local_origin(scope: Scope) -> bool:
    """Whether a websocket comes from a program (no Origin) or a page of this machine. A page from anywhere may open a websocket to
    localhost, and browsers leave it to the server to say no."""
    origin = dict(scope["headers"]).get(b"origin")
    return origin is None or is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")


class RequestCounter:
    """Counts answers by route and status."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, paths: Collection[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = scope["path"] if scope["path"] in self._paths else "other"

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request_answered(route=route, status=message["status"])
            await send(message)

        await self._app(scope, receive, counting_send)


class SafetyNet:
    """Turns what nobody expected into the envelope, and logs where it happened.

    Never the error's own words: those of a validation or a decoder repeat what was sent. Uvicorn and Starlette would log them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watching_send(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watching_send)
        except Exception as error:
            answer = self._answer(error)
            if not has_started:
                await answer(scope, receive, send)

    def _answer(self, error: Exception) -> Response:
        if isinstance(error, ClientDisconnect):
            return Response(status_code=CLIENT_GONE)
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("%s at %s, line %s", type(error).__name__, place.name, place.lineno)
        error = InferenceError("Something broke in the model server.")
        return JSONResponse(error.to_envelope(), status_code=error.status)
