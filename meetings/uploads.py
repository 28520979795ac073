"""Files on their way in: where the bytes of a tus upload lie, who writes them, and how they become a meeting.

::

    POST ─▶ row + empty file ─PATCH (locked)─▶ bytes, fsync, row ─last byte─▶ file moved to the storage, then in one transaction
                                                                             meeting + recording + jobs, upload complete
    crash before the move: the file is the truth, HEAD tells its size
    crash after the move:  the next HEAD or PATCH finds the whole file in the storage and finishes

The protocol itself is in `views/uploads.py`. Everything here is synchronous and blocks.
"""

import datetime as dt
import fcntl
import logging
import os
import re
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import storage
from .errors import MinutebookError
from .models import Meeting, Recording, Upload
from .pipeline.steps import start_pipeline

logger = logging.getLogger(__name__)

# Bytes that may be lost when the machine loses power in the middle of a request; the client sends them again.
SYNC_EVERY_BYTES = 32 * 1024**2


class UploadError(MinutebookError):
    """`status` is the HTTP status of the answer."""

    status = 400
    code = "bad_upload"
    text = "The upload was not understood."


class UploadLocked(UploadError):
    status = 423
    code = "upload_locked"
    retryable = True
    text = "This file is being sent by another tab or an older connection. It goes on when that one ends."


class UploadGone(UploadError):
    status = 404
    code = "upload_gone"
    text = "There is no such upload."


class OffsetConflict(UploadError):
    """`offset_bytes` is what is there."""

    status = 409
    code = "offset_conflict"
    retryable = True
    text = "The server has another number of bytes than the sender thinks. Ask for the offset and go on from there."

    def __init__(self, offset_bytes: int) -> None:
        super().__init__()
        self.offset_bytes = offset_bytes


class UploadTooLarge(UploadError):
    status = 413
    code = "upload_too_large"

    def __init__(self) -> None:
        limit_gb = settings.MAX_UPLOAD_BYTES / 1024**3
        super().__init__(f"The file is larger than {limit_gb:.3g} GB, the limit of this server.")


class UploadEmpty(UploadError):
    code = "empty_file"
    text = "The file is empty. Choose another one."


class ChecksumMismatch(UploadError):
    status = 460
    code = "checksum_mismatch"
    retryable = True
    text = "A part of the file was damaged on its way. It will be sent again."


def part_path(upload: Upload) -> Path:
    """The file that grows."""
    return settings.DATA_DIR / "uploads" / f"{upload.pk.hex}.part"


def create_upload(user, *, size_bytes: int, metadata: dict[str, str]) -> Upload:
    """A row and an empty file. `metadata`: filename, title, language (ISO 639-1), held_on (YYYY-MM-DD), all optional.

    Raises UploadEmpty, UploadTooLarge, UploadError, or DiskFull when there is no room for the whole file.
    """
    if size_bytes <= 0:
        raise UploadEmpty
    if size_bytes > settings.MAX_UPLOAD_BYTES:
        raise UploadTooLarge
    storage.require_free(size_bytes)
    upload = Upload(
        user=user,
        size_bytes=size_bytes,
        original_name=clean_text(metadata.get("filename", ""))[:255],
        title=clean_text(metadata.get("title", ""))[:200],
        language=parse_language(metadata.get("language", "")),
        held_on=parse_day(metadata.get("held_on", "")),
    )
    path = part_path(upload)
    with storage.disk_errors_converted():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    upload.save()
    return upload


def clean_text(text: str) -> str:
    """Without control characters (a database may refuse NUL) and outer spaces. It is still a stranger's text."""
    return "".join(ch for ch in text if ch.isprintable()).strip()


def parse_language(text: str) -> str:
    """An ISO 639-1 code; empty (the recogniser finds out) for anything else."""
    return text.lower() if re.fullmatch(r"[A-Za-z]{2,3}", text) else ""


def parse_day(text: str) -> dt.date | None:
    """Raises UploadError for a day that is none."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UploadError("The day of the meeting must be written as YYYY-MM-DD.") from error


def make_title(upload: Upload) -> str:
    """What was given, else the file's name without folders and ending, else the day."""
    name = re.split(r"[/\\]", upload.original_name)[-1]
    stem = name.rsplit(".", 1)[0].strip(" .") if "." in name else name
    return (upload.title or stem or f"Recording of {timezone.localdate():%Y-%m-%d}")[:200]


def count_received(upload: Upload) -> int:
    """How many bytes are there. The file is asked, not the row: after a crash the row may be behind."""
    if upload.state == Upload.State.COMPLETE:
        return upload.size_bytes
    try:
        return part_path(upload).stat().st_size
    except FileNotFoundError:
        return storage.find_size(storage.key_of(upload.pk, "original")) or 0


class Incoming:
    """The growing file, locked for one writer on this machine; the lock goes away with its process. Not for several threads at once."""

    def __init__(self, upload: Upload) -> None:
        """Raises UploadLocked, UploadGone."""
        self.upload = upload
        self._descriptor = os.open(part_path(upload), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise UploadLocked from error
        try:
            self._check_row()
        except UploadError:
            self.close()
            raise
        self.offset_bytes = self._synced_bytes = os.lseek(self._descriptor, 0, os.SEEK_END)

    def _check_row(self) -> None:
        """Whoever held the lock before may have finished or deleted the upload; then this file is a new, empty one."""
        state = Upload.objects.filter(pk=self.upload.pk).values_list("state", flat=True).first()
        if state == Upload.State.RECEIVING and os.fstat(self._descriptor).st_nlink:
            return
        part_path(self.upload).unlink(missing_ok=True)
        raise OffsetConflict(self.upload.size_bytes) if state == Upload.State.COMPLETE else UploadGone

    def write(self, data: bytes) -> None:
        """Append; asks no database. Raises DiskFull (what fitted is kept) or UploadTooLarge (nothing of `data` is kept)."""
        if self.offset_bytes + len(data) > self.upload.size_bytes:
            raise UploadTooLarge
        storage.require_free(len(data))
        view = memoryview(data)
        with storage.disk_errors_converted():
            while view:
                written = os.write(self._descriptor, view)
                self.offset_bytes += written
                view = view[written:]

    @property
    def is_sync_due(self) -> bool:
        return self.offset_bytes - self._synced_bytes >= SYNC_EVERY_BYTES

    def truncate(self, offset_bytes: int) -> None:
        """Forget what came after `offset_bytes`."""
        os.ftruncate(self._descriptor, offset_bytes)
        os.lseek(self._descriptor, offset_bytes, os.SEEK_SET)
        self.offset_bytes = offset_bytes

    def sync(self) -> None:
        """Return when everything written is on the disk; then the row follows. Only now may the offset be told to anybody."""
        os.fdatasync(self._descriptor)
        self._synced_bytes = self.offset_bytes
        rows = Upload.objects.filter(pk=self.upload.pk)
        rows.update(offset_bytes=self.offset_bytes, touched_at=timezone.now())

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


def complete_upload(upload: Upload) -> Meeting:
    """Make the meeting of an upload whose bytes are all there; called again, it gives the same meeting. Raises DiskFull."""
    key = storage.key_of(upload.pk, "original")
    if part_path(upload).exists() and upload.state == Upload.State.RECEIVING:
        storage.put_file(part_path(upload), key=key)
    with transaction.atomic():
        upload = Upload.objects.select_for_update(of=["self"]).select_related("meeting").get(pk=upload.pk)
        if upload.state == Upload.State.COMPLETE:
            return upload.meeting
        meeting = Meeting.objects.create(
            id=upload.pk,
            owner_id=upload.user_id,
            title=make_title(upload),
            held_on=upload.held_on or timezone.localdate(),
            language=upload.language,
        )
        Recording.objects.create(
            meeting=meeting,
            original_name=upload.original_name,
            original_key=key,
            size_bytes=upload.size_bytes,
        )
        upload.state, upload.meeting, upload.offset_bytes = Upload.State.COMPLETE, meeting, upload.size_bytes
        upload.save(update_fields=["state", "meeting", "offset_bytes"])
        start_pipeline(meeting)
    return meeting


def delete_upload(upload: Upload) -> None:
    """Forget an unfinished upload and its bytes. Raises UploadLocked while somebody sends. A finished one is a meeting's and stays."""
    if upload.state == Upload.State.COMPLETE:
        raise UploadError("The upload is complete. Delete the meeting instead.", code="upload_complete")
    path = part_path(upload)
    incoming = Incoming(upload)
    try:
        upload.delete()
        path.unlink(missing_ok=True)
    finally:
        incoming.close()


def delete_stale_uploads() -> int:
    """Delete uploads that were given up; how many. One that is being sent right now is left alone, a whole one becomes its meeting."""
    deleted = 0
    for upload in Upload.objects.stale():
        if count_received(upload) == upload.size_bytes:
            complete_upload(upload)
            continue
        try:
            delete_upload(upload)
        except UploadError:
            continue
        deleted += 1
    if deleted:
        logger.info("deleted %s uploads that nobody finished", deleted)
    return deleted
