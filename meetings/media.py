"""Probing and converting recordings, in a child process with limits on memory, processor time and time without a word.

What comes from people is opened only there (`decoding/`). What the child made is ours, and is read here in this process.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from django.conf import settings

from .errors import MinutebookError
from .storage import DiskFull, require_free

SPEECH_RATE_HZ = 16_000
# A child that says nothing for this long is stuck; while it decodes it speaks twice a second.
SILENT_CHILD_S = 120.0
_CHILD = Path(__file__).with_name("decoding")

# Code: the sentence for the person. None of these goes away by trying again with the same file.
REFUSALS = {
    "empty_file": "The file is empty. Upload the recording again.",
    "not_media": "This is not a sound or video file that can be read here. Upload a recording (mp3, m4a, wav, webm, mp4 …).",
    "no_audio": "The video has no sound, so there is nothing to write down. Upload a recording with sound.",
    "truncated_index": "The file breaks off before its index, so nothing in it can be played. Upload the whole file again.",
    "undecodable": "The file has a sound track, but nothing in it can be decoded. Try to export it in another format.",
    "too_long": "The recording is longer than {hours:g} hours. It is kept; upload it in parts.",
    "media_timeout": "Reading the recording took too long, so it was stopped. The file is kept; try to export it in another format.",
    "media_too_demanding": "Reading the recording needs more memory than is allowed. The file is kept; export it in another format.",
    "media_failed": "The recording could not be converted. The file is kept; try to export it in another format.",
}


class MediaError(MinutebookError):
    """The recording cannot be used; `code` is a key of REFUSALS. Not retryable."""

    code = "media_failed"

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code].format(hours=settings.MAX_RECORDING_HOURS), code=code)


@dataclass(frozen=True, kw_only=True)
class ConvertedMedia:
    """The files in the folder that was given, and what was found. `duration_ms` is that of the decoded sound; `channel_turns` is there when the
    channels are people (see `read_channel_turns`)."""

    audio: Path
    playback: Path
    peaks: Path
    channel_turns: Path | None
    duration_ms: int
    container: str
    channels: int
    sample_rate_hz: int
    has_video: bool
    notice: str


def convert_recording(
    source: Path, folder: Path, *, report: Callable[[int, int], None] = lambda done_ms, total_ms: None
) -> ConvertedMedia:
    """Decode once; write `audio.flac` (16 kHz mono), `playback.m4a`, `peaks.json` and, when its channels are people, `channels.json` into `folder`.

    `report(done_ms, total_ms)` is called about twice a second (total 0: unknown) and may raise to stop the work.
    Raises MediaError (not retryable) or DiskFull (retryable).
    """
    found: dict = {}
    with _start_child(source, folder) as child:
        for message in _read_messages(child):
            match message.pop("type"):
                case "source" | "done":
                    found |= message
                case "progress":
                    require_free()
                    report(message["done_ms"], message["total_ms"])
                case "error":
                    raise DiskFull if message["code"] == "disk_full" else MediaError(message["code"])
    if "duration_ms" not in found:
        raise MediaError(_why_it_died(child))
    del found["claimed_ms"]
    channel_turns = folder / "channels.json"
    return ConvertedMedia(
        audio=folder / "audio.flac",
        playback=folder / "playback.m4a",
        peaks=folder / "peaks.json",
        channel_turns=channel_turns if channel_turns.exists() else None,
        **found,
    )


@contextlib.contextmanager
def _start_child(source: Path, folder: Path) -> Iterator[subprocess.Popen]:
    """The child, killed when the block is left early. It ends by itself when this process is killed: its pipe breaks."""
    seconds = settings.MAX_RECORDING_HOURS * 3600
    command = [sys.executable, "-I", str(_CHILD), str(source), str(folder), str(seconds)]
    # Nothing of our environment (it holds secrets); one thread for arrays that are too small for more.
    environment = {"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _read_messages(child: subprocess.Popen) -> Iterator[dict]:
    """The child's lines until it ends or falls silent for too long; a silent child is killed, which ends its lines."""
    while True:
        watch = threading.Timer(SILENT_CHILD_S, child.kill)
        watch.daemon = True
        watch.start()
        try:
            line = child.stdout.readline()
        finally:
            watch.cancel()
        if not line:
            child.wait()
            return
        yield json.loads(line)


def _why_it_died(child: subprocess.Popen) -> str:
    """It ended without a last word: killed by the watch or by its limit of processor time, or it crashed."""
    return "media_timeout" if child.returncode in (-9, -24) else "media_failed"


def read_speech(audio: Path, *, start_ms: int = 0) -> Iterator[np.ndarray]:
    """The samples of our own `audio.flac` from `start_ms` on, in blocks: int16, shape (n,), 16 kHz. Memory: one block."""
    skip = start_ms * SPEECH_RATE_HZ // 1000
    with av.open(str(audio)) as container:
        stream = container.streams.audio[0]
        if skip:
            container.seek(int(skip / SPEECH_RATE_HZ / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            first = round(frame.pts * stream.time_base * SPEECH_RATE_HZ)
            samples = frame.to_ndarray().reshape(-1)[max(0, skip - first) :]
            if samples.size:
                yield samples
