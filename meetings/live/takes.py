"""A take's life: made when consent was given, closed at the end, turned into the recording of its meeting.

::

    create_take ─▶ row + meeting ─sockets write─▶ file ─stop_take─▶ stopping ─finish_take─▶ file moved to the storage, then in one
                                                                                          transaction: recording + jobs, take done
    a crash in between: `close_abandoned_takes` (beat) goes on; finishing twice makes one recording
"""

import logging
import secrets
from collections.abc import Sequence

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from .. import storage
from ..errors import MinutebookError
from ..labelling import label_meeting, set_attendees
from ..models import Meeting, OwnNote, Recording, Take
from ..pipeline.steps import Send, send_job, start_pipeline
from .captions import tell_watchers
from .protocol import InUse, LiveError, Note, frame_bytes
from .writer import HEADER_BYTES, TakeFile, is_being_written, take_path

logger = logging.getLogger(__name__)

ORIGINAL_NAME = "live recording.wav"


def create_take(
    user,
    *,
    title: str = "",
    language: str = "",
    vocabulary: str = "",
    series: str = "",
    attendees: Sequence[str] = (),
    channels: int = 1,
) -> Take:
    """A meeting and its take. Only for a person who has just confirmed that everyone agreed. Raises DiskFull when there is no room at all."""
    storage.require_free()
    now = timezone.now()
    local = timezone.localtime(now)
    with transaction.atomic():
        meeting = Meeting.objects.create(
            owner=user,
            title=title or f"Meeting of {local:%A} {local.day} {local:%B}, {local:%H:%M}",
            held_on=local.date(),
            started_at=now,
            language=language,
            vocabulary=vocabulary,
        )
        label_meeting(meeting, tags=(), series=series)
        set_attendees(meeting, attendees)
        return Take.objects.create(
            meeting=meeting, user=user, key=secrets.token_urlsafe(24), channels=channels, consent_at=now
        )


def keep_note(take: Take, note: Note) -> None:
    """Once, however often it is sent; an id that is another meeting's changes nothing there."""
    values = {"meeting_id": take.meeting_id, "user_id": take.user_id, "kind": note.kind}
    # The database may refuse NUL; a line has no line breaks.
    text = "".join(ch if ch.isprintable() else " " for ch in note.text).strip()
    OwnNote.objects.get_or_create(pk=note.id, defaults={**values, "at_ms": note.at_ms, "text": text})


def stop_take(take: Take, *, send: Send = send_job) -> Meeting:
    """Close it and make the recording of what the server has, and tell those who watch. Raises InUse while another connection still writes, DiskFull."""
    take.mark_stopping()
    meeting = finish_take(take, send=send)
    async_to_sync(tell_watchers)(take, make_stopped(take))
    return meeting


def make_stopped(take: Take) -> dict[str, str]:
    """What recorder and watchers are told at the end."""
    return {"type": "stopped", "meeting": f"/meetings/{take.meeting_id}/"}


def finish_take(take: Take, *, send: Send = send_job) -> Meeting:
    """The recording of a stopped take, once; called again it does nothing. Raises InUse (retryable), DiskFull (retryable)."""
    states = Take.State
    take.refresh_from_db(fields=["state"])
    if take.state == states.DONE:
        return take.meeting
    key = storage.key_of(take.meeting_id, "original")
    if take_path(take).exists():
        frames = _close_file(take, key)
    else:
        # Moved by an attempt that died before its rows.
        size = storage.find_size(key) or HEADER_BYTES
        frames = (size - HEADER_BYTES) // frame_bytes(take.channels)
    with transaction.atomic():
        if take.mark_done(frames=frames) and frames:
            Recording.objects.create(
                meeting=take.meeting,
                original_name=ORIGINAL_NAME,
                original_key=key,
                size_bytes=HEADER_BYTES + frames * frame_bytes(take.channels),
            )
            start_pipeline(take.meeting, send=send)
    return take.meeting


def _close_file(take: Take, key: str) -> int:
    """Move the file into the storage; the number of its frames. A file without any sound is deleted."""
    file = TakeFile(take, states=(Take.State.STOPPING,))
    try:
        file.finish()
        if file.frames:
            storage.put_file(take_path(take), key=key)
        else:
            take_path(take).unlink(missing_ok=True)
        return file.frames
    finally:
        file.close()


def close_abandoned_takes(*, send: Send = send_job) -> int:
    """Close those nobody came back to, and finish those that a crash left half closed; how many became recordings."""
    closed = 0
    for take in Take.objects.abandoned():
        if not is_being_written(take):
            take.mark_stopping()
    for take in Take.objects.stopping().select_related("meeting"):
        try:
            stop_take(take, send=send)
        except InUse:
            # Its own process is at it.
            continue
        except (LiveError, MinutebookError) as error:
            logger.warning("take %s waits: %s", take.pk, error.code)
            continue
        closed += 1
    if closed:
        logger.info("closed %s live recordings", closed)
    return closed
