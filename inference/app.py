"""The application: routes, one error envelope, and models that load behind a server that already answers.

start ──▶ loading (503, Retry-After) ──every engine loaded and warm──▶ ready (200)
             └── a file is missing or damaged ──▶ failed (503, says which and what to do)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.catalogue import Profile, load_catalogue
from inference.engines import Engines, build_engines
from inference.errors import InferenceError, InvalidRequest, ModelFailed
from inference.metrics import Metrics
from inference.routes import audio, chat, embeddings, status
from inference.scheduler import Priority, Scheduler
from inference.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Readiness:
    """`state`: loading, ok or failed; `detail`: a sentence for an operator."""

    state: str = "loading"
    detail: str = "The models are being loaded."


def create_app(settings: Settings) -> Starlette:
    """`app.state` carries settings, metrics, scheduler, readiness and profile; `engines` and `chat` once they are ready."""
    metrics = Metrics()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.scheduler = Scheduler(name="cpu", max_queued=settings.max_queued, observer=metrics)
        loading = asyncio.create_task(_load(app))
        try:
            yield
        finally:
            loading.cancel()
            await asyncio.gather(loading, return_exceptions=True)
            await asyncio.to_thread(app.state.scheduler.close)
            if app.state.engines is not None:
                app.state.engines.close()

    app = Starlette(
        routes=[*audio.routes, *chat.routes, *embeddings.routes, *status.routes],
        lifespan=lifespan,
        exception_handlers={
            InferenceError: _answer_error,
            HTTPException: _answer_http_error,
            Exception: _answer_unexpected,
        },
    )
    app.add_middleware(CountRequests, metrics=metrics)
    app.state.settings, app.state.metrics, app.state.readiness = settings, metrics, Readiness()
    app.state.profile, app.state.engines, app.state.chat = None, None, None
    return app


async def _load(app: Starlette) -> None:
    readiness: Readiness = app.state.readiness
    settings: Settings = app.state.settings
    try:
        profile: Profile = load_catalogue().choose_profile(settings.profile, models_dir=settings.models_dir)
        engines: Engines = build_engines(profile, settings)
        async for role in app.state.scheduler.stream(engines.load_and_warm, priority=Priority.INTERACTIVE):
            logger.info("ready: %s", role)
    except InferenceError as error:
        readiness.state, readiness.detail = "failed", error.message
        logger.error("the models could not be loaded: %s", error.message)
        return
    except Exception as error:
        readiness.state = "failed"
        readiness.detail = f"Loading the models broke ({type(error).__name__})."
        logger.exception("loading broke")
        return
    app.state.profile, app.state.engines, app.state.chat = profile, engines, engines.chat
    readiness.state, readiness.detail = "ok", "Every model is loaded and warm."
    logger.info("profile %s is ready", profile.name)


class CountRequests:
    """Counts answers by route and status; a path that no route knows counts as `other`, so that callers cannot grow the metrics."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = scope.get("endpoint") is not None
                self.metrics.request_answered(
                    route=scope["path"] if known else "other", status=message["status"]
                )
            await send(message)

        await self.app(scope, receive, send_and_count)


def answer_envelope(error: InferenceError) -> JSONResponse:
    """The error as OpenAI's clients expect it."""
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else None
    return JSONResponse(error.to_envelope(), status_code=error.status, headers=headers)


async def _answer_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InferenceError)  # noqa: S101 - starlette's signature is wider than what it passes
    return answer_envelope(error)


async def _answer_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    envelope = InvalidRequest(error.detail)
    envelope.status, envelope.code = (
        error.status_code,
        "not_found" if error.status_code == 404 else "http_error",
    )
    return answer_envelope(envelope)


async def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Only the class of the error: its words may repeat what was said."""
    return answer_envelope(ModelFailed(f"The model server failed ({type(error).__name__})."))
