"""The application: models come up in the background, routes answer, every error leaves in one envelope.

start ─▶ listening, /health 503 "loading" ─▶ models loaded and warmed on the model thread ─▶ /health 200
                                          └▶ files missing or damaged ─▶ /health 503 "failed", with the reason
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.catalogue import load_catalogue
from inference.engines import build_engines
from inference.errors import InferenceError, InvalidRequest
from inference.metrics import Metrics
from inference.readiness import Readiness
from inference.routes import audio, chat, embeddings, status
from inference.scheduler import Priority, Scheduler
from inference.settings import Settings

MAX_DECODERS = 2
LOCAL_NAMES = ["127.0.0.1", "localhost", "[::1]", "::1"]

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> Starlette:
    """The ASGI application. Its lifespan starts the model thread and the loading, and stops both."""
    metrics = Metrics()
    middleware = [Middleware(RequestCounter, metrics=metrics)]
    if not settings.allow_remote and not settings.uds:
        # A web page may make a name of its own point to 127.0.0.1; it cannot make the browser say "localhost".
        middleware.append(Middleware(TrustedHostMiddleware, allowed_hosts=LOCAL_NAMES, www_redirect=False))
    app = Starlette(
        routes=[*status.routes, *audio.routes, *chat.routes, *embeddings.routes],
        middleware=middleware,
        exception_handlers={
            InferenceError: _answer_error,
            HTTPException: _answer_http_exception,
            ClientDisconnect: _answer_nobody,
            Exception: _answer_unexpected,
        },
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.readiness = Readiness()
    app.state.engines = app.state.chat = app.state.profile = None
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    app.state.decoders = asyncio.Semaphore(MAX_DECODERS)
    app.state.scheduler = Scheduler(name="cpu", max_queued=settings.max_queued, observer=app.state.metrics)
    loading = asyncio.create_task(_bring_up(app))
    try:
        yield
    finally:
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        await asyncio.to_thread(app.state.scheduler.close)
        if app.state.engines:
            app.state.engines.close()


async def _bring_up(app: Starlette) -> None:
    """Load and warm everything; readiness tells how far it is. Never raises: the reason of a failure is in /health."""
    settings: Settings = app.state.settings
    readiness: Readiness = app.state.readiness
    try:
        profile = load_catalogue().choose_profile(settings.profile, models_dir=settings.models_dir)
        engines = build_engines(settings, profile)
        app.state.profile = profile
        async for role in app.state.scheduler.stream(engines.bring_up, priority=Priority.INTERACTIVE):
            readiness.model_ready(role)
    except InferenceError as error:
        logger.error("the models could not be brought up: %s", error.message)
        readiness.failed(error)
    except Exception as error:
        logger.error("the models could not be brought up: %s", type(error).__name__)
        readiness.failed(None)
    else:
        app.state.engines, app.state.chat = engines, engines.chat
        readiness.ready()
        logger.info("ready, profile %s", profile.name)


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InferenceError)
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else None
    return JSONResponse(error.to_envelope(), status_code=error.status, headers=headers)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: unknown path, wrong method, broken form."""
    assert isinstance(error, HTTPException)
    refusal = InvalidRequest(str(error.detail))
    envelope = refusal.to_envelope()
    envelope["error"]["code"] = {404: "not_found", 405: "method_not_allowed"}.get(
        error.status_code, "invalid_request"
    )
    return JSONResponse(envelope, status_code=error.status_code, headers=error.headers)


async def _answer_nobody(request: Request, error: Exception) -> Response:
    return Response(status_code=499)  # the client has gone; nginx's number for it, seen in the metrics only


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    return JSONResponse(InferenceError("Something broke in the model server.").to_envelope(), status_code=500)


class RequestCounter:
    """Counts answers by route pattern and status."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        every = (*status.routes, *audio.routes, *chat.routes, *embeddings.routes)
        self._known = {route.path for route in every}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = scope["path"] if scope["path"] in self._known else "other"

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request_answered(route=route, status=message["status"])
            await send(message)

        await self._app(scope, receive, counting_send)
