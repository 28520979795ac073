"""Uploads become samples, or a refusal, and never a crash."""

import io
import struct
import tempfile
import wave

import numpy as np
import pytest

from inference.errors import InvalidAudio
from inference.speech.audio import decode_audio, to_float


def make_wav(samples: np.ndarray, *, rate_hz: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


async def decode(data: bytes, *, max_s: int = 60, spool_bytes: int = 1 << 20) -> np.ndarray:
    with tempfile.SpooledTemporaryFile(max_size=spool_bytes) as file:
        file.write(data)
        return await decode_audio(file, max_s=max_s)


async def test_a_plain_wav_is_read_as_it_is():
    samples = np.arange(-8000, 8000, dtype=np.int16)
    assert np.array_equal(await decode(make_wav(samples)), samples)


@pytest.mark.parametrize("spool_bytes", [1, 1 << 24], ids=["on disk", "in memory"])
async def test_another_rate_is_resampled_in_the_child(spool_bytes):
    samples = (np.sin(np.arange(96_000) / 20) * 9000).astype(np.int16)
    decoded = await decode(make_wav(samples, rate_hz=48_000), spool_bytes=spool_bytes)
    assert abs(decoded.size - 32_000) < 100


@pytest.mark.parametrize(
    "data", [b"", b"this is a text\n" * 100, make_wav(np.zeros(0))], ids=["empty", "text", "no sound"]
)
async def test_what_is_not_audio_is_refused(data):
    with pytest.raises(InvalidAudio) as caught:
        await decode(data)
    assert not caught.value.retryable


@pytest.mark.parametrize("rate_hz", [16_000, 8_000])
async def test_longer_than_allowed_is_refused(rate_hz):
    with pytest.raises(InvalidAudio, match="longer"):
        await decode(make_wav(np.zeros(rate_hz * 5), rate_hz=rate_hz), max_s=2)


async def test_a_header_that_claims_hours_is_not_believed():
    data = bytearray(make_wav(np.ones(16_000)))
    data[40:44] = (0x7FFFFFF0).to_bytes(4, "little")
    assert (await decode(bytes(data))).size == 16_000


async def test_numbers_that_are_none_become_sound_or_are_refused():
    """A WAV of floats may hold NaN and infinity; no model may ever see them."""
    samples = np.sin(np.arange(16_000) / 20).astype("<f4")
    samples[1000:2000], samples[3000:3100] = np.nan, np.inf
    data = samples.tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, 16_000, 64_000, 4, 32)
    rest = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    with tempfile.TemporaryFile() as file:
        file.write(struct.pack("<4sI", b"RIFF", len(rest)) + rest)
        decoded = await decode_audio(file, max_s=10)
    assert decoded.dtype == np.int16
    assert decoded.size == 16_000
    assert np.isfinite(to_float(decoded)).all()
