"""On which side of a call a caption was said, from noise of known loudness on two channels."""

import numpy as np
import pytest

from meetings.live.protocol import FRAME_MS
from meetings.live.sides import KEPT_FRAMES, LiveSides

RANDOM = np.random.default_rng(1)


def sound(here: float, there: float, *, ms: int = 1000) -> bytes:
    """Noise of these levels in dB of full scale, interleaved."""
    gains = 32768 * 10 ** (np.array([here, there]) / 20)
    return np.clip(RANDOM.normal(0, gains, (ms * 16, 2)), -32768, 32767).astype("<i2").tobytes()


def listen(*parts: bytes, first: int = 0) -> LiveSides:
    sides = LiveSides()
    for part in parts:
        sides.hear(part, first=first)
        first += len(part) // 1280
    return sides


@pytest.mark.parametrize(
    ("here", "there", "side"),
    [
        (-20, -120, 0),
        (-70, -20, 1),
        # From the loudspeakers into the microphone.
        (-35, -20, 1),
        (-20, -22, None),
        (-70, -90, None),
    ],
)
def test_who_is_louder(here, there, side):
    assert listen(sound(here, there)).find(start_ms=0, end_ms=1000) == side


def test_only_the_time_of_the_caption_counts():
    sides = listen(sound(-20, -90), sound(-90, -20), sound(-20, -20), first=100)
    assert sides.find(start_ms=2_000, end_ms=2_980) == 0
    assert sides.find(start_ms=3_000, end_ms=3_980) == 1
    assert sides.find(start_ms=2_000, end_ms=3_980) is None
    assert sides.find(start_ms=4_000, end_ms=4_980) is None


def test_what_is_long_ago_is_not_known():
    sides = listen(*[sound(-20, -90, ms=10_000) for _ in range(KEPT_FRAMES * FRAME_MS // 10_000 + 1)])
    assert sides.find(start_ms=0, end_ms=5_000) is None
    assert sides.find(start_ms=20_000, end_ms=25_000) == 0
