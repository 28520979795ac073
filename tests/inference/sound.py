"""Sound for tests: pieces of the demo recording, silence, noise."""

from __future__ import annotations

import asyncio
import functools
import io
import wave

import numpy as np

from inference.speech.audio import SAMPLE_RATE_HZ, decode_audio
from tests.tiers import PROJECT_DIR

DEMO_PATH = PROJECT_DIR / "meetings" / "demo" / "meeting.opus"
DEMO_REFERENCE_PATH = DEMO_PATH.with_name("reference.json")


def make_wav(samples: np.ndarray, *, rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def cut_demo(start_s: float, end_s: float) -> np.ndarray:
    """int16 samples, 16 kHz mono, of the demo recording (212.8 s, four synthetic voices)."""
    return _read_demo()[int(start_s * SAMPLE_RATE_HZ) : int(end_s * SAMPLE_RATE_HZ)].copy()


def make_silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLE_RATE_HZ), dtype=np.int16)


def make_noise(seconds: float, *, level: float = 100.0) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, level, int(seconds * SAMPLE_RATE_HZ))
    return noise.astype(np.int16)


@functools.cache
def _read_demo() -> np.ndarray:
    async def read() -> np.ndarray:
        with DEMO_PATH.open("rb") as file:
            return await decode_audio(file, max_s=600)

    return asyncio.run(read())
