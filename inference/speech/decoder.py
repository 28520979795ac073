"""The child process that decodes one upload: `python -m inference.speech.decoder OUTPUT MAX_SECONDS < INPUT`.

Reads its standard input, which must be a file, with ffmpeg's libraries, writes 16 kHz mono 16-bit samples to OUTPUT and one line of JSON to stdout:
`{"samples": n}` or `{"error": "a sentence"}`. Only containers that carry their own sound may be opened: a playlist or a
concat script would make ffmpeg open other files.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av

SAMPLE_RATE_HZ = 16_000
MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 600
MAX_BROKEN_PACKETS = 1000
BLOCK_SAMPLES = 100_000
FORMATS = "wav,flac,mp3,ogg,mov,mp4,matroska,webm,aac,aiff,amr,w64,caf,asf"


class UndecodableAudio(Exception):
    """The sentence is for the person who sent the file."""


def main(argv: list[str]) -> int:
    output, max_s = Path(argv[0]), int(argv[1])
    limit_resources(max_output_bytes=(max_s + 60) * SAMPLE_RATE_HZ * 2)
    try:
        with open(output, "wb") as file:
            answer: dict[str, int | str] = {"samples": decode_to(file, sys.stdin.buffer, max_s=max_s)}
    except UndecodableAudio as error:
        answer = {"error": str(error)}
    except (av.FFmpegError, ValueError, MemoryError):
        answer = {"error": "The file is not audio that can be decoded, or it is damaged."}
    print(json.dumps(answer))
    return 0


def limit_resources(*, max_output_bytes: int) -> None:
    """Memory, processor time and size of written files of this process. Going over ends it, or raises MemoryError."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_output_bytes, max_output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def decode_to(file: BinaryIO, source: BinaryIO, *, max_s: int) -> int:
    """Samples written. Raises UndecodableAudio; one second past `max_s` is enough to know that it is too long."""
    options = {"format_whitelist": FORMATS}
    written = 0
    with av.open(source, mode="r", options=options, metadata_errors="ignore") as container:
        if not container.streams.audio:
            raise UndecodableAudio("The file has no audio track.")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        for block in _blocks(container):
            for resampled in resampler.resample(block):
                data = bytes(resampled.planes[0])[: resampled.samples * 2]
                file.write(data)
                written += resampled.samples
                if written > (max_s + 1) * SAMPLE_RATE_HZ:
                    raise UndecodableAudio(f"The audio is longer than {max_s / 3600:g} hours.")
    return written


def _blocks(container: av.container.InputContainer) -> Iterator[av.AudioFrame | None]:
    """Decoded sound in blocks (the resampler's cost is per call), then None to flush the resampler."""
    fifo = av.AudioFifo()
    shape = None
    for frame in _frames(container):
        if shape not in (None, (frame.format.name, frame.layout.name, frame.sample_rate)):
            yield from _rest(fifo)  # the stream changes its form on the way: some broadcasts do
            fifo = av.AudioFifo()
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        fifo.write(frame)
        if fifo.samples >= BLOCK_SAMPLES:
            yield from _rest(fifo)
    yield from _rest(fifo)
    yield None


def _rest(fifo: av.AudioFifo) -> Iterator[av.AudioFrame]:
    if fifo.samples:
        block = fifo.read()
        block.pts = None
        yield block


def _frames(container: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    """Decoded frames; broken packets are left out, up to a limit."""
    broken = 0
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            broken += 1
            if broken > MAX_BROKEN_PACKETS:
                raise
            continue
        for frame in frames:
            frame.pts = None  # times a container claims are not believed; samples are counted
            yield frame


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
