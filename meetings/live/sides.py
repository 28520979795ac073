"""On which side of a call a caption was said: at the microphone, or behind the shared tab. By how loud the two channels were meanwhile.

The tab's sound comes clean, so a side that speaks is heard there or nowhere; what of it reaches the microphone from the loudspeakers is softer.
Numbers of the last minute only.
"""

from collections import deque

import numpy as np

from .protocol import FRAME_BYTES, FRAME_MS

KEPT_FRAMES = 90_000 // FRAME_MS
# Levels in dB of full scale, as for a whole recording (`meetings/decoding/channels.py`).
LEAST_DB = -55.0
APART_DB = 10.0
# So much of a caption is clearly of one side; otherwise both spoke.
MIN_SHARE = 0.7


def to_mono(data: bytes, *, channels: int) -> bytes:
    """Both sides in one, Int16."""
    if channels == 1:
        return data
    samples = np.frombuffer(data, "<i2").reshape(-1, channels).astype(np.int32)
    return np.clip(samples.sum(axis=1), -32768, 32767).astype("<i2").tobytes()


class LiveSides:
    """Of one connection with two channels."""

    def __init__(self) -> None:
        self._levels: deque[tuple[int, float, float]] = deque(maxlen=KEPT_FRAMES)

    def hear(self, frames: bytes, *, first: int) -> None:
        """Whole frames of two channels, from number `first` on."""
        samples = np.frombuffer(frames, "<i2").reshape(-1, FRAME_BYTES // 2, 2).astype(np.float32) / 32768
        levels = 10 * np.log10(np.mean(np.square(samples), axis=1) + 1e-12)
        self._levels.extend((first + i, float(here), float(there)) for i, (here, there) in enumerate(levels))

    def find(self, *, start_ms: int, end_ms: int) -> int | None:
        """0: the microphone, 1: the tab; None when both or neither spoke, or it is not known any more."""
        first, last = start_ms // FRAME_MS, end_ms // FRAME_MS
        levels = np.array(
            [(here, there) for number, here, there in self._levels if first <= number <= last]
        ).reshape(-1, 2)
        apart = levels[:, 0] - levels[:, 1]
        spoken = levels.max(axis=1, initial=-np.inf) > LEAST_DB
        shares = np.array([np.sum(spoken & (apart >= APART_DB)), np.sum(spoken & (apart <= -APART_DB))])
        if not shares.sum() or shares.max() < MIN_SHARE * spoken.sum():
            return None
        return int(shares.argmax())
