"""The file of a take: a WAV that grows. Frame n lies at a known place, so the file's size says what is there, whatever a row says.

::

    44 bytes: WAV header (its sizes are written when the take is closed) │ frame 0 │ frame 1 │ …
    append: write, fdatasync, then acknowledge; a write that fails is cut off again
    open:   half a frame at the end (a power cut) is cut off

One writer at a time holds the lock (flock); it goes away with its process. Everything here is synchronous and blocks.
"""

import fcntl
import os
import struct
from pathlib import Path

from django.conf import settings

from .. import storage
from ..models import Take
from .protocol import SAMPLE_RATE_HZ, InUse, TakeClosed, TakeGone, frame_bytes

HEADER_BYTES = 44
# A WAV's sizes are 32 bits.
MAX_WAV_BYTES = 2**32 - 1 - HEADER_BYTES


def take_path(take: Take) -> Path:
    """The file that grows; on this machine's disk, as uploads are."""
    return storage.live_path(take.meeting_id)


def max_frames(take: Take) -> int:
    """The longest a take may get."""
    hours = int(settings.MAX_RECORDING_HOURS * 3600 * 50)
    return min(hours, MAX_WAV_BYTES // frame_bytes(take.channels))


def make_wav_header(*, channels: int, data_bytes: int) -> bytes:
    """PCM, 16 bits, 16 kHz (http://soundfile.sapp.org/doc/WaveFormat/)."""
    block = 2 * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * block, block, 16,
        b"data", data_bytes,
    )  # fmt: skip


def count_frames(take: Take) -> int:
    """How many whole frames are there; the file is asked."""
    try:
        size = take_path(take).stat().st_size
    except FileNotFoundError:
        return 0
    return max(0, size - HEADER_BYTES) // frame_bytes(take.channels)


def is_being_written(take: Take) -> bool:
    """Whether a connection holds the lock of its file now. What the clock says is no proof that nobody is there: it may have been set."""
    try:
        descriptor = os.open(take_path(take), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class TakeFile:
    """The growing file, locked. `frames` of it are durable."""

    def __init__(self, take: Take, *, states: tuple[str, ...] = (Take.State.RECORDING,)) -> None:
        """Raises InUse (retryable), TakeClosed when the take's state is none of `states`, TakeGone, DiskFull."""
        self.take = take
        self._frame_bytes = frame_bytes(take.channels)
        path = take_path(take)
        with storage.disk_errors_converted():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock()
            self._check_row(states)
            self.frames = self._settle()
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse from error

    def _check_row(self, states: tuple[str, ...]) -> None:
        """Whoever held the lock before may have finished the take; then this file is a new, empty one."""
        state = Take.objects.filter(pk=self.take.pk).values_list("state", flat=True).first()
        if state in states:
            return
        if os.fstat(self._descriptor).st_size == 0:
            take_path(self.take).unlink(missing_ok=True)
        raise TakeGone if state is None else TakeClosed

    def _settle(self) -> int:
        """Header written, half frames cut off; the number of frames."""
        size = os.fstat(self._descriptor).st_size
        with storage.disk_errors_converted():
            if size < HEADER_BYTES:
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, make_wav_header(channels=self.take.channels, data_bytes=0), 0)
                storage.sync_file(take_path(self.take).parent)
        frames = max(0, size - HEADER_BYTES) // self._frame_bytes
        os.ftruncate(self._descriptor, HEADER_BYTES + frames * self._frame_bytes)
        # What a killed process wrote and did not sync is acknowledged by the next `welcome`.
        os.fdatasync(self._descriptor)
        return frames

    def append(self, data: bytes) -> int:
        """Whole frames, durable when this returns; the number of frames that are there. Raises DiskFull (nothing of `data` is kept)."""
        storage.require_free(len(data))
        start = HEADER_BYTES + self.frames * self._frame_bytes
        try:
            with storage.disk_errors_converted():
                self._write(data, start)
                os.fdatasync(self._descriptor)
        except BaseException:
            os.ftruncate(self._descriptor, start)
            raise
        self.frames += len(data) // self._frame_bytes
        return self.frames

    def _write(self, data: bytes, start: int) -> None:
        view, at = memoryview(data), start
        while view:
            written = os.pwrite(self._descriptor, view, at)
            at += written
            view = view[written:]

    def finish(self) -> None:
        """Write the sizes into the header: from now on it is a WAV like any other."""
        data_bytes = self.frames * self._frame_bytes
        os.pwrite(self._descriptor, make_wav_header(channels=self.take.channels, data_bytes=data_bytes), 0)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
