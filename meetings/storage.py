"""Where the bytes of a meeting live. Keys are `meetings/<meeting hex>/<name>` in Django's default storage.

The default is a folder; a storage without paths (S3 and its kin) works the same, at the price of a temporary copy.
"""

import asyncio
import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from .errors import MinutebookError
from .models import Meeting

CHUNK_BYTES = 256 * 1024


class DiskFull(MinutebookError):
    """There is no room, or less than must stay free. Retryable: somebody may make room."""

    code = "disk_full"
    retryable = True
    text = "The disk of the server is full. Nothing was lost; the work goes on when there is room."


def key_of(meeting_id: UUID, name: str) -> str:
    """The storage key of one of a meeting's files: `original`, `audio.flac`, `playback.m4a`, `peaks.json`, `channels.json`."""
    return f"meetings/{meeting_id.hex}/{name}"


@contextlib.contextmanager
def local_path(key: str) -> Iterator[Path]:
    """A path to read from. Where the storage has none, the bytes are copied to a temporary file first."""
    try:
        path = default_storage.path(key)
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(dir=make_work_dir()) as copy, default_storage.open(key) as source:
            shutil.copyfileobj(source, copy, CHUNK_BYTES)
            copy.flush()
            yield Path(copy.name)
    else:
        yield Path(path)


def put_file(path: Path, *, key: str) -> None:
    """Move a finished local file into the storage, replacing what is there. After this the bytes survive a power cut.

    Raises DiskFull (the local file is kept).
    """
    try:
        target = Path(default_storage.path(key))
    except NotImplementedError:
        with path.open("rb") as source:
            default_storage.delete(key)
            default_storage.save(key, File(source))
        path.unlink()
        return
    with disk_errors_converted():
        target.parent.mkdir(parents=True, exist_ok=True)
        sync_file(path)
        try:
            os.replace(path, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(path, target)
        _sync_folder(target.parent)


def _move_across(path: Path, target: Path) -> None:
    """From one file system to another, so that `target` is never half a file."""
    half = target.with_name(target.name + ".part")
    shutil.copyfile(path, half)
    sync_file(half)
    os.replace(half, target)
    path.unlink()


def sync_file(path: Path) -> None:
    """Return when the bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_sync_folder = sync_file


def find_size(key: str) -> int | None:
    """Size in bytes; None when there is no such file."""
    if not key:
        return None
    try:
        return default_storage.size(key)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        if default_storage.exists(key):
            raise
        return None


def read_range(key: str, *, start: int, end: int) -> Iterator[bytes]:
    """The bytes `start` … `end` - 1 in pieces."""
    with default_storage.open(key) as source:
        source.seek(start)
        left = end - start
        while left > 0 and (piece := source.read(min(CHUNK_BYTES, left))):
            left -= len(piece)
            yield piece


async def open_range(key: str, *, start: int, end: int) -> AsyncIterator[bytes]:
    """The same for an event loop: read in threads, one piece ahead of the reader at most."""
    pieces = read_range(key, start=start, end=end)
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
    finally:
        pieces.close()


def delete_meeting_files(meeting: Meeting) -> None:
    """Delete every file of a meeting; call it after the rows are gone. Files that are gone already are fine."""
    delete_folder(f"meetings/{meeting.pk.hex}")
    live_path(meeting.pk).unlink(missing_ok=True)


def live_path(meeting_id: UUID) -> Path:
    """The file of a meeting that is being recorded; on this machine's disk until it is a recording."""
    return settings.DATA_DIR / "live" / f"{meeting_id.hex}.wav"


def delete_folder(prefix: str) -> None:
    """Delete the files directly under a prefix, and the folder where the storage has such a thing."""
    try:
        _, names = default_storage.listdir(prefix)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{prefix}/{name}")
    with contextlib.suppress(OSError):
        default_storage.delete(prefix)


def make_work_dir() -> Path:
    """The folder for work that may be thrown away; on the same disk as the files, so that finished ones are only renamed."""
    path = settings.DATA_DIR / "work"
    path.mkdir(parents=True, exist_ok=True)
    return path


def free_bytes() -> int:
    """Room on the disk of the data folder, for an ordinary user."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(settings.DATA_DIR).free


def require_free(size_bytes: int = 0) -> None:
    """Raises DiskFull unless `size_bytes` can be written and `MIN_FREE_BYTES` stay free after that."""
    if free_bytes() < size_bytes + settings.MIN_FREE_BYTES:
        raise DiskFull


@contextlib.contextmanager
def disk_errors_converted() -> Iterator[None]:
    """ "No space left", "quota exceeded" and "file too large" become DiskFull; other errors stay what they are."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull from error
        raise
