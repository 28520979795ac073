"""Cutting a recording into pieces at quiet places, with one piece in memory."""

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .media import SPEECH_RATE_HZ, read_speech

# The first piece is short, so that the first words are on the page soon; the others are long enough that cuts hardly matter.
FIRST_MS = (12_000, 28_000)
LATER_MS = (120_000, 180_000)
_WINDOW_MS = 20
# Speech pauses between sentences last about half a second.
_PAUSE_MS = 400


@dataclass(frozen=True, kw_only=True)
class Piece:
    """`samples`: int16, shape (n,), 16 kHz, starting at `start_ms` of the recording."""

    start_ms: int
    samples: np.ndarray

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // SPEECH_RATE_HZ

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms

    def to_wav(self) -> io.BytesIO:
        """16-bit PCM in a WAV file, in memory (32 kB a second)."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(SPEECH_RATE_HZ)
            sound.writeframes(self.samples.tobytes())
        buffer.seek(0)
        return buffer


def cut_pieces(audio: Path, *, start_ms: int = 0) -> Iterator[Piece]:
    """Pieces from `start_ms` to the end without gap or overlap, the first one short."""
    blocks = read_speech(audio, start_ms=start_ms)
    held: list[np.ndarray] = []
    count = 0
    shortest_ms, longest_ms = FIRST_MS
    for block in blocks:
        held.append(block)
        count += len(block)
        if count < _samples(longest_ms):
            continue
        samples = np.concatenate(held)
        cut = find_quiet(samples, after=_samples(shortest_ms), before=_samples(longest_ms))
        piece = Piece(start_ms=start_ms, samples=samples[:cut])
        yield piece
        held, count = [samples[cut:]], len(samples) - cut
        start_ms = piece.end_ms
        shortest_ms, longest_ms = LATER_MS
    if count:
        yield Piece(start_ms=start_ms, samples=np.concatenate(held))


def find_quiet(samples: np.ndarray, *, after: int, before: int) -> int:
    """The middle of the quietest stretch between two indices, a whole number of milliseconds from the start."""
    window = _samples(_WINDOW_MS)
    part = samples[after:before].astype(np.float32)
    frames = part[: len(part) // window * window].reshape(-1, window)
    energy = np.square(frames).mean(axis=1)
    width = min(len(energy), _PAUSE_MS // _WINDOW_MS)
    pause = np.convolve(energy, np.ones(width) / width, mode="valid")
    # Of equally quiet places (digital silence) the last: longer pieces.
    quietest = len(pause) - 1 - int(np.argmin(pause[::-1]))
    return after + (quietest + width // 2) * window


def _samples(ms: int) -> int:
    return ms * SPEECH_RATE_HZ // 1000
