"""Which frames come next: sequence numbers, sizes, speed. No sockets, no files, so that every case can be tried."""

import time
from collections.abc import Callable

from .protocol import (
    FRAME_MS,
    HEADER,
    MAX_FRAMES_PER_MESSAGE,
    BadFrame,
    FrameGap,
    TakeTooLong,
    TooFast,
    frame_bytes,
)

# After a lost network what was kept in the browser comes faster than it was spoken.
MAX_SPEED = 10
# So much may come at once; then MAX_SPEED counts.
BURST_MS = 30_000


class LiveSession:
    """The frames of one connection. `next_frame`: the number that is expected; what came waits in `drain()` for the disk."""

    def __init__(
        self,
        *,
        channels: int,
        next_frame: int,
        max_frames: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.channels = channels
        self.next_frame = next_frame
        self.max_frames = max_frames
        self._frame_bytes = frame_bytes(channels)
        self._pending: list[bytes] = []
        self.pending_bytes = 0
        self._clock = clock
        self._credit_ms = float(BURST_MS)
        self._credited_at = clock()

    def take(self, message: bytes) -> bytes:
        """The new frames of a binary message; what was there already is left out. Raises BadFrame, FrameGap, TooFast, TakeTooLong.

        After an error nothing of the message was taken.
        """
        count, rest = divmod(len(message) - HEADER.size, self._frame_bytes)
        if rest or not 1 <= count <= MAX_FRAMES_PER_MESSAGE:
            raise BadFrame
        (first,) = HEADER.unpack_from(message)
        if first > self.next_frame:
            raise FrameGap
        self._spend(count * FRAME_MS)
        known = self.next_frame - first
        if known >= count:
            return b""
        if first + count > self.max_frames:
            raise TakeTooLong
        fresh = message[HEADER.size + known * self._frame_bytes :]
        self.next_frame = first + count
        self._pending.append(fresh)
        self.pending_bytes += len(fresh)
        return fresh

    def _spend(self, spent_ms: int) -> None:
        """Also what is sent twice counts: it has to be received."""
        now = self._clock()
        earned_ms = (now - self._credited_at) * 1000 * MAX_SPEED
        self._credit_ms = min(BURST_MS, self._credit_ms + earned_ms)
        self._credited_at = now
        if spent_ms > self._credit_ms:
            raise TooFast
        self._credit_ms -= spent_ms

    def drain(self) -> bytes:
        """Everything that waits for the disk, in order; it waits no longer."""
        data, self._pending, self.pending_bytes = b"".join(self._pending), [], 0
        return data
