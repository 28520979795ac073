"""The application: models come up in the background, routes answer, every error leaves in one envelope.

start ─▶ listening, /health 503 "loading" ─▶ models loaded and warmed on the model thread ─▶ /health 200
                                          └▶ files missing or damaged ─▶ /health 503 "failed", with the reason
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inference.catalogue import load_catalogue
from inference.choice import choose_profile
from inference.engines import build_engines
from inference.errors import InferenceError, InvalidRequest, MethodNotAllowed, NotFound
from inference.interrupt import Interrupt
from inference.metrics import Metrics
from inference.middleware import LocalNamesOnly, RequestCounter, SafetyNet
from inference.readiness import Readiness
from inference.routes import audio, chat, embeddings, images, realtime, status
from inference.scheduler import Priority, Scheduler
from inference.self_check import measure_once
from inference.settings import Settings

MAX_DECODERS = 2
STUCK_S = 900.0  # pieces are made to take seconds; a machine so slow that one takes this long is of no use
WATCH_EVERY_S = 10.0
STUCK_STATUS = 70  # EX_SOFTWARE of sysexits.h

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> Starlette:
    """The ASGI application. Its lifespan starts the model thread and the loading, and stops both."""
    metrics = Metrics()
    routes = [
        *status.routes,
        *audio.routes,
        *chat.routes,
        *embeddings.routes,
        *images.routes,
        *realtime.routes,
    ]
    paths = [route.path for route in routes]
    middleware = [Middleware(RequestCounter, metrics=metrics, paths=paths), Middleware(SafetyNet)]
    if not settings.allow_remote and not settings.uds:
        middleware.append(Middleware(LocalNamesOnly))
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={InferenceError: _answer_error, HTTPException: _answer_http_exception},
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.readiness = Readiness()
    app.state.engines = app.state.profile = app.state.choice = None
    app.state.realtime_sessions = 0
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    app.state.decoders = asyncio.Semaphore(MAX_DECODERS)
    app.state.interrupt = Interrupt()
    app.state.scheduler = Scheduler(
        name="cpu",
        max_queued=settings.max_queued,
        observer=app.state.metrics,
        interrupt=app.state.interrupt,
    )
    app.state.metrics.watch_piece_age(lambda: app.state.scheduler.piece_age_s)
    tasks = [asyncio.create_task(_bring_up(app)), asyncio.create_task(_watch(app))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(app.state.scheduler.close)
        if app.state.engines:
            app.state.engines.close()


async def _bring_up(app: Starlette) -> None:
    """Load and warm everything; readiness tells how far it is. Never raises: the reason of a failure is in /health."""
    settings: Settings = app.state.settings
    readiness: Readiness = app.state.readiness
    try:
        # In a thread: a card may be asked what it is.
        choice = await asyncio.to_thread(choose_profile, load_catalogue(), settings)
        app.state.choice, app.state.profile = choice, choice.profile
        engines = build_engines(settings, choice.profile, interrupt=app.state.interrupt)
        async with aclosing(
            app.state.scheduler.stream(engines.bring_up, priority=Priority.INTERACTIVE)
        ) as roles:
            async for role in roles:
                readiness.model_ready(role)
    except InferenceError as error:
        logger.error("the models could not be brought up: %s", error.message)
        readiness.failed(error)
    except Exception as error:
        logger.error("the models could not be brought up: %s", type(error).__name__)
        readiness.failed(None)
    else:
        app.state.engines = engines
        readiness.ready()
        logger.info("ready, profile %s: %s", choice.profile.name, choice.why)
        await _measure(app)


async def _measure(app: Starlette) -> None:
    """Never raises: a server that was not measured serves as well."""
    state = app.state
    try:
        await measure_once(state.choice, state.settings, engines=state.engines, scheduler=state.scheduler)
    except Exception as error:
        logger.warning("this machine could not be measured: %s", type(error).__name__)


async def _watch(app: Starlette) -> None:
    """End the process when the model thread does not come back: nothing in it can be served any more, whoever started it starts a
    new one, and callers retry. A library that waits for a lock for ever was seen once; threads cannot be ended from outside.
    """
    while True:
        await asyncio.sleep(WATCH_EVERY_S)
        if app.state.readiness.status == "ok" and app.state.scheduler.piece_age_s > STUCK_S:
            logger.critical("the model thread has been busy with one piece for %.0f s: giving up", STUCK_S)
            faulthandler.dump_traceback()  # functions and lines, no values
            os._exit(STUCK_STATUS)


async def _answer_error(request: Request, error: InferenceError) -> Response:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else None
    return JSONResponse(error.to_envelope(), status_code=error.status, headers=headers)


async def _answer_http_exception(request: Request, exception: HTTPException) -> Response:
    """Starlette's own refusals: unknown path, wrong method, broken form. Its words may repeat what was sent; ours do not."""
    error: InferenceError
    match exception.status_code:
        case 404:
            error = NotFound("There is no such path here.")
        case 405:
            error = MethodNotAllowed("This path does not take that method.")
        case _:
            error = InvalidRequest("The body is not a form that can be read.")
    return JSONResponse(error.to_envelope(), status_code=error.status, headers=exception.headers)
