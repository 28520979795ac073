"""`/ws/live/<take>/`: the socket a recorder writes to. Straight on ASGI: at 10 messages a second from each of 200 people a framework's
dispatch costs more than the work, and without Redis a recording must go on.

::

    message ─▶ session (numbers, sizes, speed) ─▶ memory ─every 0.25 s─▶ write, fdatasync ─▶ {"type": "ack", "next": n}
"""

import asyncio
import contextlib
import json
import logging
from uuid import UUID

from channels.db import database_sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404

from .. import access
from ..errors import MinutebookError
from ..models import Take
from ..origin import is_same_origin
from . import takes
from .captions import CaptionRelay, tell_watchers
from .flushing import Flusher
from .protocol import (
    CLOSE_CODES,
    FRAME_MS,
    VERSION,
    FrameGap,
    Hello,
    InUse,
    LiveError,
    LoginRequired,
    Note,
    NotYours,
    OtherBrowser,
    OtherOrigin,
    Pause,
    Stop,
    TakeClosed,
    TakeGone,
    UnknownVersion,
    frame_bytes,
    parse_text,
)
from .session import LiveSession
from .writer import TakeFile, max_frames

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 5.0
_writers: dict[UUID, "LiveConnection"] = {}


class _Left(Exception):
    """The other side is gone."""


async def live_app(scope: dict, receive, send) -> None:
    """The ASGI application. `scope["user"]` is set by the session middleware around it."""
    await receive()
    await send({"type": "websocket.accept"})
    await LiveConnection(scope, receive, send).run()


class LiveConnection:
    """One socket from its opening to its end."""

    def __init__(self, scope: dict, receive, send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.take: Take | None = None
        self.file: TakeFile | None = None
        self.session: LiveSession | None = None
        self.session_id = ""
        self._tasks: list[asyncio.Task] = []
        self.captions: CaptionRelay | None = None
        self._captioning: asyncio.Task | None = None
        self._flusher: Flusher | None = None
        self._closed = asyncio.Event()
        self._failure: MinutebookError | None = None

    # --- life
    async def run(self) -> None:
        """Never raises but for cancellation from outside."""
        self._main = asyncio.current_task()
        error: MinutebookError | None = None
        try:
            await self._open()
            await self._serve()
        except _Left:
            pass
        except MinutebookError as caught:
            error = caught
        except asyncio.CancelledError:
            if self._failure is None:
                raise
            self._main.uncancel()
            error = self._failure
        except Exception as caught:
            logger.error("live socket failed: %s", type(caught).__name__)
            error = MinutebookError(retryable=True)
        finally:
            await asyncio.shield(self._close())
        if error is not None:
            await self._refuse(error)

    async def _open(self) -> None:
        """Who may, then the lock, then `welcome`."""
        user = self.scope["user"]
        if not is_same_origin(self.scope):
            raise OtherOrigin
        if not user.is_authenticated:
            raise LoginRequired
        self.take = await _find_take(user, self.scope["url_route"]["kwargs"]["take_id"])
        hello = await self._read_hello()
        self.session_id = hello.session
        await self._replace_own_old_connection()
        self.file = await database_sync_to_async(TakeFile)(self.take)
        _writers[self.take.pk] = self
        self.session = LiveSession(
            channels=self.take.channels, next_frame=self.file.frames, max_frames=max_frames(self.take)
        )
        self._flusher = Flusher(self.session, self.file, acknowledge=self._acknowledge, fail=self.fail)
        self._tasks = [asyncio.create_task(self._flusher.run()), asyncio.create_task(self._beat_forever())]
        await self._welcome()
        self.captions = CaptionRelay(self.take, self._say)
        self._captioning = asyncio.create_task(self.captions.run())

    async def _acknowledge(self, frames: int) -> None:
        await self._say(type="ack", next=frames)

    async def _welcome(self) -> None:
        await self._say(
            type="welcome",
            version=VERSION,
            next=self.file.frames,
            channels=self.take.channels,
            frame_ms=FRAME_MS,
        )

    async def _read_hello(self) -> Hello:
        text, _ = await self._read()
        hello = parse_text(text) if text is not None else None
        if not isinstance(hello, Hello):
            raise LiveError
        if hello.version != VERSION:
            raise UnknownVersion
        if hello.key != self.take.key:
            raise OtherBrowser
        return hello

    async def _replace_own_old_connection(self) -> None:
        """After a cut network the server may still hold the old socket of the same page."""
        old = _writers.get(self.take.pk)
        if old is not None and old.session_id == self.session_id:
            old.fail(InUse())
            await old._closed.wait()

    def fail(self, error: MinutebookError) -> None:
        """End this connection with an error, from any task."""
        if self._failure is None and not self._closed.is_set():
            self._failure = error
            self._main.cancel()

    async def _close(self) -> None:
        if self._captioning is not None:
            self._tasks.append(self._captioning)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.file is not None:
            with contextlib.suppress(MinutebookError, OSError):
                if self._flusher is not None:
                    await self._flusher.flush(say=False)
            await asyncio.to_thread(self.file.close)
        if self.take is not None and _writers.get(self.take.pk) is self:
            del _writers[self.take.pk]
        self._closed.set()

    # --- what comes
    async def _serve(self) -> None:
        while True:
            text, data = await self._read()
            if data is not None:
                await self._take_frames(data)
            else:
                await self._handle(parse_text(text))

    async def _take_frames(self, data: bytes) -> None:
        if fresh := self.session.take(data):
            first = self.session.next_frame - len(fresh) // frame_bytes(self.take.channels)
            self.captions.feed(fresh, first=first)
            await self._flusher.take_notice()

    async def _handle(self, message: Hello | Note | Pause | Stop) -> None:
        match message:
            case Note():
                await database_sync_to_async(takes.keep_note)(self.take, message)
                await self._say(type="noted", id=str(message.id))
            case Pause():
                self.captions.flush()
            case Stop():
                await self._stop(message)
            case _:
                raise LiveError

    async def _stop(self, message: Stop) -> None:
        """Everything durable first; then nobody else may write, and the recording is made."""
        if message.frames > self.session.next_frame:
            raise FrameGap
        await self._flusher.flush()
        await self.captions.end(self._captioning)
        for task in self._tasks:
            task.cancel()
        await database_sync_to_async(self.take.mark_stopping)()
        await asyncio.to_thread(self.file.close)
        self.file = None
        await database_sync_to_async(takes.finish_take)(self.take)
        stopped = takes.make_stopped(self.take)
        await self._say(**stopped)
        await tell_watchers(self.take, stopped)
        await self._send({"type": "websocket.close", "code": 1000})
        raise _Left

    # --- what goes on beside
    async def _beat_forever(self) -> None:
        while True:
            try:
                goes_on = await database_sync_to_async(self.take.beat)(frames=self.file.frames)
            except DatabaseError as error:
                # The sound goes to the disk all the same.
                logger.warning("live row not updated: %s", type(error).__name__)
                goes_on = True
            if not goes_on:
                return self.fail(TakeClosed())
            await asyncio.sleep(BEAT_EVERY_S)

    # --- wire
    async def _read(self) -> tuple[str | None, bytes | None]:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise _Left
        return message.get("text"), message.get("bytes")

    async def _say(self, **message) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(message)})

    async def _refuse(self, error: MinutebookError) -> None:
        code = CLOSE_CODES.get(error.code) or getattr(error, "close_code", 4500)
        with contextlib.suppress(Exception):
            await self._say(type="error", code=error.code, message=error.text, retryable=error.retryable)
            await self._send({"type": "websocket.close", "code": code})


@database_sync_to_async
def _find_take(user, take_id: UUID) -> Take:
    """Raises TakeGone, for strangers too; NotYours for others who may see the meeting; TakeClosed."""
    try:
        take = access.get_take(user, take_id)
    except Http404 as error:
        raise TakeGone from error
    except PermissionDenied as error:
        raise NotYours from error
    if not take.is_recording:
        raise TakeClosed
    return take
