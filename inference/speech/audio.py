"""Uploaded bytes → 16 kHz mono samples, without trusting them.

    plain 16 kHz mono 16-bit WAV ─▶ read as it is, nothing of it is interpreted
    anything else                ─▶ child process (decoder.py), limited in memory, processor time and output

A file that crashes ffmpeg, inflates a thousandfold or never ends takes the child down and nothing else. Samples stay 16-bit
on disk behind a memory map; engines turn into floats only the seconds they look at, so four hours cost no memory to speak of.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import wave
from pathlib import Path
from typing import BinaryIO

import numpy as np

from inference.errors import InvalidAudio
from inference.settings import PROJECT_DIR

SAMPLE_RATE_HZ = 16_000
DECODE_TIMEOUT_S = 600  # 4 h of opus take about 60 s on one core; the rest is for a busy machine


async def decode_audio(file: BinaryIO, *, max_s: int) -> np.ndarray:
    """An open file with a descriptor → int16 samples, shape (n,), 16 kHz mono.

    Raises InvalidAudio (not retryable): empty, not audio, no audio track, broken, or longer than `max_s`. Cancelling ends the
    child at once.
    """
    file.seek(0)
    samples = await asyncio.to_thread(_read_plain_wav, file, max_s=max_s)
    if samples is not None:
        return samples
    handle, name = tempfile.mkstemp(prefix="decoded-", suffix=".s16")
    os.close(handle)
    try:
        return await _decode_in_child(file, Path(name), max_s=max_s)
    finally:
        os.unlink(name)  # the memory map keeps the bytes until nobody looks at them


def to_float(samples: np.ndarray) -> np.ndarray:
    """int16 → float32 in [-1, 1); a copy."""
    return np.asarray(samples, dtype=np.float32) / 32768.0


def _read_plain_wav(file: BinaryIO, *, max_s: int) -> np.ndarray | None:
    """The samples of a 16 kHz mono 16-bit PCM file; None when it is anything else. A header's length is not believed."""
    try:
        with wave.open(file, "rb") as sound:
            shape = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            if shape != (SAMPLE_RATE_HZ, 1, 2):
                return None
            data = sound.readframes(max_s * SAMPLE_RATE_HZ + 1)
    except (wave.Error, EOFError, RuntimeError):
        return None
    samples = np.frombuffer(data, dtype="<i2", count=len(data) // 2)
    _check_length(samples.size, max_s=max_s)
    return samples


async def _decode_in_child(file: BinaryIO, output: Path, *, max_s: int) -> np.ndarray:
    file.flush()
    os.lseek(
        file.fileno(), 0, os.SEEK_SET
    )  # the child shares the descriptor; Python's seek may only move within its buffer
    argv = [sys.executable, "-m", "inference.speech.decoder", str(output), str(max_s)]
    child = await asyncio.create_subprocess_exec(
        *argv,
        cwd=PROJECT_DIR,
        stdin=file.fileno(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # ffmpeg's own words may repeat a file's tags
    )
    try:
        async with asyncio.timeout(DECODE_TIMEOUT_S):
            answer, _ = await child.communicate()
    except TimeoutError:
        raise InvalidAudio("Decoding the audio took too long.", param="file") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    _raise_for(child.returncode, answer)
    if not output.stat().st_size:
        raise InvalidAudio("The file holds no sound.", param="file")
    samples = np.memmap(output, dtype="<i2", mode="r")
    _check_length(samples.size, max_s=max_s)
    return samples


def _raise_for(returncode: int, answer: bytes) -> None:
    """The child's sentence when it gave one; a general one when it was killed by a limit or crashed."""
    try:
        reason = json.loads(answer).get("error")
    except (ValueError, AttributeError):
        reason = "The file could not be decoded: it is damaged or too large to be read safely."
    if reason or returncode:
        raise InvalidAudio(reason or "The file could not be decoded.", param="file")


def _check_length(samples: int, *, max_s: int) -> None:
    if samples == 0:
        raise InvalidAudio("The file holds no sound.", param="file")
    if samples > max_s * SAMPLE_RATE_HZ:
        raise InvalidAudio(f"The audio is longer than {max_s / 3600:g} hours.", param="file")
