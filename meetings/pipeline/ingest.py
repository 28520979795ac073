"""Ingest: the bytes as they came → checked media, 16 kHz mono for the recogniser, a file for the player, a waveform."""

import hashlib
import tempfile
from pathlib import Path

from ..errors import MinutebookError
from ..media import ConvertedMedia, convert_recording
from ..models import Meeting, Recording
from ..storage import find_size, key_of, local_path, make_work_dir, put_file, require_free
from .context import StepContext

# Kept beside the others, without a column of its own: few recordings have one.
CHANNELS_FILE = "channels.json"


class RecordingMissing(MinutebookError):
    """The bytes are not in the storage. Not retryable."""

    code = "recording_missing"
    text = "The recording is no longer on the server. Upload it again."


def ingest(meeting: Meeting, ctx: StepContext) -> None:
    """Fill every field of the recording. Does nothing when an earlier attempt finished. Raises MediaError, DiskFull, RecordingMissing."""
    recording = meeting.recording
    if recording.audio_key and find_size(recording.audio_key) is not None:
        return
    if find_size(recording.original_key) is None:
        raise RecordingMissing
    # 16 kHz FLAC, AAC and peaks are together smaller than nearly every original; the decoder looks at the room as it goes on.
    require_free()
    with (
        local_path(recording.original_key) as source,
        tempfile.TemporaryDirectory(prefix="ingest-", dir=make_work_dir()) as folder,
    ):
        identify(recording, source, ctx)
        media = convert_recording(source, Path(folder), report=ctx.report)
        keep_media(recording, media, ctx)
    ctx.hint("meeting")


def identify(recording: Recording, source: Path, ctx: StepContext) -> None:
    """sha256 and size of the original, and the earlier meeting that has the same bytes, if its owner can see one."""
    if recording.sha256:
        # An earlier attempt did; asking again would undo a person's "keep both".
        return
    with source.open("rb") as opened:
        recording.sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    recording.size_bytes = source.stat().st_size
    recording.duplicate_of = find_duplicate(recording)
    with ctx.saving():
        recording.save(update_fields=["sha256", "size_bytes", "duplicate_of"])


def find_duplicate(recording: Recording) -> Meeting | None:
    """The oldest earlier meeting with the same bytes that this meeting's owner may see."""
    visible = Meeting.objects.visible_to(recording.meeting.owner)
    twins = Recording.objects.filter(sha256=recording.sha256, meeting__in=visible, pk__lt=recording.pk)
    twin = twins.order_by("pk").select_related("meeting").first()
    return twin.meeting if twin else None


def keep_media(recording: Recording, media: ConvertedMedia, ctx: StepContext) -> None:
    """Move the files into the storage, then name them in the row: a row never names a file that is not there."""
    if media.channel_turns is not None:
        put_file(media.channel_turns, key=key_of(recording.meeting_id, CHANNELS_FILE))
    names = {"audio_key": media.audio, "playback_key": media.playback, "peaks_key": media.peaks}
    for field, path in names.items():
        key = key_of(recording.meeting_id, path.name)
        put_file(path, key=key)
        setattr(recording, field, key)
    facts = ["duration_ms", "container", "channels", "sample_rate_hz", "has_video", "notice"]
    for field in facts:
        setattr(recording, field, getattr(media, field))
    with ctx.saving():
        recording.save(update_fields=[*names, *facts])
    ctx.report(media.duration_ms, media.duration_ms)
