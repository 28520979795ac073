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

FLUSH_EVERY_S = 0.25
BEAT_EVERY_S = 5.0
# Nothing is read from the socket while more than this waits for a slow disk (10 s of one channel).
MAX_PENDING_BYTES = 320_000
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
        self._fresh = asyncio.Event()
        self._closed = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._is_broken = False
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
        self._tasks = [asyncio.create_task(self._flush_forever()), asyncio.create_task(self._beat_forever())]
        await self._welcome()
        self.captions = CaptionRelay(self.take, self._say)
        self._captioning = asyncio.create_task(self.captions.run())

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
                await self._flush(say=False)
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
            self._fresh.set()
            first = self.session.next_frame - len(fresh) // frame_bytes(self.take.channels)
            self.captions.feed(fresh, first=first)
            if self.session.pending_bytes > MAX_PENDING_BYTES:
                await self._flush()

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
        await self._flush()
        await self.captions.end(self._captioning)
        for task in self._tasks:
            task.cancel()
        await database_sync_to_async(self.take.mark_stopping)()
        await asyncio.to_thread(self.file.close)
        self.file = None
        meeting = await database_sync_to_async(takes.finish_take)(self.take)
        stopped = {"type": "stopped", "meeting": f"/meetings/{meeting.pk}/"}
        await self._say(**stopped)
        await tell_watchers(self.take, stopped)
        await self._send({"type": "websocket.close", "code": 1000})
        raise _Left

    # --- what goes on beside
    async def _flush_forever(self) -> None:
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            try:
                await self._flush()
            except MinutebookError as error:
                return self.fail(error)
            except OSError as error:
                logger.error("live file: %s", type(error).__name__)
                return self.fail(MinutebookError(retryable=True))
            await asyncio.sleep(FLUSH_EVERY_S)

    async def _flush(self, *, say: bool = True) -> None:
        """What waits goes to the disk; only then it is acknowledged."""
        async with self._flushing:
            if self._is_broken or not (data := self.session.drain()):
                return
            # A thread cannot be cancelled: whoever flushes next must find it finished.
            work = asyncio.ensure_future(asyncio.to_thread(self._append, data))
            try:
                frames = await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.wait([work])
                raise
            if say:
                await self._say(type="ack", next=frames)

    def _append(self, data: bytes) -> int:
        """After a piece that could not be written nothing later may be: it would land in its place."""
        try:
            return self.file.append(data)
        except BaseException:
            self._is_broken = True
            raise

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
