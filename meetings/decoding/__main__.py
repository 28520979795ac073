"""The child process that opens what strangers made: `python -I meetings/decoding SOURCE FOLDER MAX_SECONDS`.

It decodes the sound once, with bounded memory, and writes these files into FOLDER::

    source ─demux─▶ packets ─decode─▶ frames ─┬─▶ loudness of each channel ─▶ channels.json   who speaks when, where channels are people
                                              ├─▶ 16 kHz mono s16 ─┬─▶ audio.flac     for the recogniser
                                              │                    └─▶ peaks.json     for the waveform
                                              └─▶ mono, ≤ 24 kHz ────▶ playback.m4a   AAC, `moov` first (own thread)

On stdout it says one JSON object a line: `source` (what the container claims), `progress`, then `done` or `error`. It knows nothing of
Django and imports nothing of the project: a decoder that is talked into something finds no database here. The parent is `media.py`.
It is run as a folder, so that its modules import each other without the package around them.
"""

import errno
import json
import resource
import sys
import time
from pathlib import Path

MEMORY_BYTES = 1536 * 1024**2
# A peak below this (of 1.0) in the whole recording is silence: -60 dBFS.
SILENCE_PEAK = 0.001


def limit_resources(max_seconds: float) -> None:
    """Before anything is opened: memory, processor time (decoding is far faster than time passes), no core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    cpu_s = int(60 + max_seconds / 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


limit_resources(float(sys.argv[3]))

import av  # noqa: E402  (after the limits)
from channels import MAX_CHANNELS, ChannelLevels  # noqa: E402
from reading import (  # noqa: E402
    Refused,
    find_claimed_ms,
    is_picture,
    mix_down,
    open_source,
    pick_stream,
    read_channels,
    read_frames,
)
from writing import SPEECH_RATE_HZ, PlaybackFile, SpeechFile  # noqa: E402


def say(kind: str, **values) -> None:
    print(json.dumps({"type": kind, **values}), flush=True)


def convert(source: Path, folder: Path, *, max_seconds: float) -> None:
    """Write the files and say `done`. Raises Refused."""
    with open_source(source) as container:
        stream = pick_stream(container)
        claimed_ms = find_claimed_ms(container)
        say(
            "source",
            container=container.format.name[:60],
            channels=stream.codec_context.channels,
            sample_rate_hz=stream.codec_context.sample_rate,
            has_video=any(not is_picture(video) for video in container.streams.video),
            claimed_ms=claimed_ms,
        )
        total_ms = min(claimed_ms, int(max_seconds * 1000))
        speech = decode(container, stream, folder, max_seconds=max_seconds, total_ms=total_ms)
    duration_ms = speech.samples * 1000 // SPEECH_RATE_HZ
    speech.peaks.write(folder / "peaks.json")
    notice = find_notice(duration_ms=duration_ms, claimed_ms=claimed_ms, largest=speech.peaks.largest)
    say("done", duration_ms=duration_ms, notice=notice)


def decode(container, stream, folder: Path, *, max_seconds: float, total_ms: int) -> SpeechFile:
    """The one pass. Raises Refused: `undecodable`, `too_long`."""
    told_at = 0.0
    speech = SpeechFile(folder / "audio.flac")
    playback = PlaybackFile(
        folder / "playback.m4a", source_rate_hz=stream.codec_context.sample_rate or 48_000
    )
    levels = ChannelLevels()
    for frame in read_frames(container, stream):
        if 2 <= frame.layout.nb_channels <= MAX_CHANNELS:
            levels.add(read_channels(frame), rate_hz=frame.sample_rate)
        mono = mix_down(frame)
        playback.add(mono)
        speech.add(mono)
        if speech.samples > max_seconds * SPEECH_RATE_HZ:
            raise Refused("too_long")
        if time.monotonic() - told_at > 0.5:
            told_at = time.monotonic()
            say("progress", done_ms=speech.samples * 1000 // SPEECH_RATE_HZ, total_ms=total_ms)
    speech.finish()
    levels.write(folder / "channels.json")
    playback.finish()
    if not speech.samples:
        raise Refused("undecodable")
    return speech


def find_notice(*, duration_ms: int, claimed_ms: int, largest: float) -> str:
    """A thing worth telling. Shorter than claimed is a file that broke off, unless the claim is absurd."""
    slack_ms = max(2_000, claimed_ms // 50)
    if largest < SILENCE_PEAK:
        return "silent"
    if claimed_ms and abs(claimed_ms - duration_ms) > slack_ms:
        broke_off = duration_ms < claimed_ms <= duration_ms * 10
        return "truncated" if broke_off else "duration_mismatch"
    return ""


def main() -> int:
    source, folder, max_seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    av.logging.set_level(None)
    try:
        convert(source, folder, max_seconds=max_seconds)
    except Refused as refused:
        say("error", code=refused.code)
    except (MemoryError, av.error.MemoryError):
        say("error", code="media_too_demanding")
    except Exception as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        say("error", code="disk_full" if full else "media_failed", detail=type(error).__name__)
    return 0


sys.exit(main())
