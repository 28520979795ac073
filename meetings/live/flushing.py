"""From memory to the disk, in order, and only then the acknowledgement.

::

    session ─▶ drain ─every 0.25 s, or when a slow disk lets too much wait─▶ write, fdatasync ─▶ acknowledge
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..errors import MinutebookError
from .session import LiveSession
from .writer import TakeFile

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.25
# Nothing is read from the socket while more than this waits for a slow disk (10 s of one channel).
MAX_PENDING_BYTES = 320_000


class Flusher:
    """`acknowledge(frames)`: so many are durable. `fail(error)`: from now on nothing can be written."""

    def __init__(
        self,
        session: LiveSession,
        file: TakeFile,
        *,
        acknowledge: Callable[[int], Awaitable[None]],
        fail: Callable[[MinutebookError], None],
    ) -> None:
        self.session, self.file = session, file
        self._acknowledge, self._fail = acknowledge, fail
        self._fresh = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._is_broken = False

    async def take_notice(self) -> None:
        """New frames wait. Waits for the disk itself when they are too many. Raises DiskFull."""
        self._fresh.set()
        if self.session.pending_bytes > MAX_PENDING_BYTES:
            await self.flush()

    async def run(self) -> None:
        """Until it is cancelled, or fails."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            try:
                await self.flush()
            except MinutebookError as error:
                return self._fail(error)
            except OSError as error:
                logger.error("live file: %s", type(error).__name__)
                return self._fail(MinutebookError(retryable=True))
            await asyncio.sleep(FLUSH_EVERY_S)

    async def flush(self, *, say: bool = True) -> None:
        """What waits goes to the disk; only then it is acknowledged. Raises DiskFull, OSError."""
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
                await self._acknowledge(frames)

    def _append(self, data: bytes) -> int:
        """After a piece that could not be written nothing later may be: it would land in its place."""
        try:
            return self.file.append(data)
        except BaseException:
            self._is_broken = True
            raise
