"""WS /v1/realtime: sound in, captions out. Nothing of either is kept or logged."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import traceback
from collections.abc import Iterator

from starlette.datastructures import State
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from inference.errors import InferenceError, InvalidRequest, Overloaded
from inference.routes.realtime_messages import Command, Message, parse_command, parse_start, render_error
from inference.routes.realtime_session import RealtimeSession
from inference.speech.captions import Captioner

MAX_FRAME_BYTES = 64 << 10
START_TIMEOUT_S = 15.0
IDLE_TIMEOUT_S = 900.0
DONE, REFUSED, BROKEN, TRY_LATER = 1000, 1008, 1011, 1013  # RFC 6455, section 7.4, and IANA's list

logger = logging.getLogger(__name__)


async def open_realtime(websocket: WebSocket) -> None:
    """One session. Every refusal is an error message and a close, also before the first sound."""
    await websocket.accept()
    try:
        with _seat(websocket.app.state):
            await _serve(websocket)
        await websocket.close(DONE)
    except WebSocketDisconnect:
        return
    except InferenceError as error:
        await _refuse(websocket, error)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("%s at %s, line %s", type(error).__name__, place.name, place.lineno)
        await _refuse(websocket, InferenceError("Something broke in the model server."))


@contextlib.contextmanager
def _seat(state: State) -> Iterator[None]:
    """A place among the sessions this machine can follow. Raises Overloaded when all are taken, NotReady while loading."""
    if state.engines is None:
        state.readiness.require()
    if state.realtime_sessions >= state.settings.max_sessions:
        raise Overloaded(
            "As many live sessions as this machine follows are open already. Sound sent elsewhere is not affected; try again later.",
            retry_after_s=30,
        )
    state.realtime_sessions += 1
    state.metrics.sessions_changed(state.realtime_sessions)
    try:
        yield
    finally:
        state.realtime_sessions -= 1
        state.metrics.sessions_changed(state.realtime_sessions)


async def _serve(websocket: WebSocket) -> None:
    state = websocket.app.state
    start = parse_start(await _receive_text(websocket))
    session = RealtimeSession(
        start,
        captioner=Captioner(state.engines.whisper, voices=state.engines.diarization),
        scheduler=state.scheduler,
        metrics=state.metrics,
    )
    await _send(websocket, {"type": "session.started"})
    listening = asyncio.create_task(_listen(websocket, session))
    telling = asyncio.create_task(_tell(websocket, session))
    try:
        # Whoever listens ends first, with the last message or an error; then what was heard is told to the end.
        await asyncio.wait({listening, telling}, return_when=asyncio.FIRST_COMPLETED)
        await (listening if listening.done() else telling)
        await telling
    finally:
        for task in (listening, telling):
            task.cancel()
        await asyncio.gather(listening, telling, return_exceptions=True)


async def _receive_text(websocket: WebSocket) -> str:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_TIMEOUT_S):
            message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", DONE))
        if message.get("text"):
            return message["text"]
    raise InvalidRequest("The first message must be session.start, and come soon.", param="type")


async def _listen(websocket: WebSocket, session: RealtimeSession) -> None:
    """Until session.end. Raises WebSocketDisconnect, InvalidRequest."""
    while True:
        try:
            async with asyncio.timeout(IDLE_TIMEOUT_S):
                message = await websocket.receive()
        except TimeoutError:
            raise InvalidRequest(
                f"Nothing came for {IDLE_TIMEOUT_S / 60:.0f} minutes; the session is closed."
            ) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", DONE))
        if (data := message.get("bytes")) is not None:
            if len(data) > MAX_FRAME_BYTES:
                raise InvalidRequest(f"A frame holds at most {MAX_FRAME_BYTES >> 10} KiB of sound.")
            session.add_audio(data)
            await session.wait_for_room()
        elif parse_command(message.get("text") or "") is Command.FLUSH:
            session.flush()
        else:
            session.end()
            return


async def _tell(websocket: WebSocket, session: RealtimeSession) -> None:
    async with contextlib.aclosing(session.messages()) as messages:
        async for message in messages:
            await _send(websocket, message)


async def _send(websocket: WebSocket, message: Message) -> None:
    await websocket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))


async def _refuse(websocket: WebSocket, error: InferenceError) -> None:
    """Say why and close; nothing when nobody is there any more."""
    code = REFUSED if error.status < 500 else TRY_LATER if error.retryable else BROKEN
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        if websocket.application_state is WebSocketState.CONNECTED:
            await _send(websocket, render_error(error))
            await websocket.close(code)


routes = [WebSocketRoute("/v1/realtime", open_realtime)]
