"""A recording as the frames a browser would send."""

from collections.abc import Iterator
from pathlib import Path

from ..media import read_speech
from .protocol import FRAME_BYTES


def read_frames(audio: Path) -> Iterator[bytes]:
    """Frames of our own 16 kHz FLAC; the last is filled up with silence."""
    rest = b""
    for block in read_speech(audio):
        rest += block.tobytes()
        whole = len(rest) // FRAME_BYTES * FRAME_BYTES
        yield from (rest[start : start + FRAME_BYTES] for start in range(0, whole, FRAME_BYTES))
        rest = rest[whole:]
    if rest:
        yield rest.ljust(FRAME_BYTES, b"\0")
