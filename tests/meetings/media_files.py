"""Recordings of every kind that goes wrong, made on the spot with PyAV."""

import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.factories import make_wav


def make_tone(seconds: float, *, rate_hz: int, channels: int = 1) -> np.ndarray:
    """Float samples, shape (channels, n); channel k is at 220 · (k + 1) Hz."""
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    return np.stack([0.3 * np.sin(2 * np.pi * 220 * (k + 1) * times) for k in range(channels)]).astype(
        np.float32
    )


def write_sound(
    path: Path,
    *,
    seconds: float = 3.0,
    codec: str,
    container: str,
    rate_hz: int = 48_000,
    channels: int = 1,
    with_video: bool = False,
    options: dict | None = None,
) -> Path:
    """One encoded tone, with a black film beside it when asked."""
    layout = {1: "mono", 2: "stereo", 8: "7.1"}[channels]
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        sound = output.add_stream(codec, rate=rate_hz, layout=layout)
        video = add_video(output) if with_video else None
        samples = make_tone(seconds, rate_hz=rate_hz, channels=channels)
        for start in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, start : start + 1024].T.reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            output.mux(sound.encode(frame))
            if video is not None and start % 8192 == 0:
                encode_black(output, video, second=start / rate_hz)
        output.mux(sound.encode(None))
        if video is not None:
            output.mux(video.encode(None))
    return path


def write_silent_film(path: Path, *, seconds: float = 2.0) -> Path:
    """An mp4 with pictures and no sound track."""
    with av.open(str(path), "w", format="mp4") as output:
        video = add_video(output)
        for i in range(int(seconds * 10)):
            encode_black(output, video, second=i / 10)
        output.mux(video.encode(None))
    return path


def add_video(output):
    video = output.add_stream("mpeg4", rate=10)
    video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
    return video


def encode_black(output, video, *, second: float) -> None:
    frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24")
    frame.pts, frame.time_base = int(second * 1000), Fraction(1, 1000)
    output.mux(video.encode(frame))


def claim_hours(wav: bytes, *, hours: float) -> bytes:
    """The same WAV whose header says that it is that long (as far as 32 bits go)."""
    size = min(int(hours * 3600 * 32_000), 2**32 - 100)
    return wav[:4] + struct.pack("<I", size + 36) + wav[8:40] + struct.pack("<I", size) + wav[44:]


def claim_hours_flac(flac: bytes, *, hours: float) -> bytes:
    """The same FLAC whose STREAMINFO (36 bits from the middle of byte 21) says that it is that long at 16 kHz."""
    count = int(hours * 3600 * 16_000)
    return (
        flac[:21] + bytes([flac[21] & 0xF0 | count >> 32]) + struct.pack(">I", count & 0xFFFFFFFF) + flac[26:]
    )


def write_wav(path: Path, **kwargs) -> Path:
    path.write_bytes(make_wav(**kwargs))
    return path


def write_samples(path: Path, samples: np.ndarray, *, rate_hz: int = 16_000) -> Path:
    """int16 samples, one channel, as WAV."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(samples.tobytes())
    return path
