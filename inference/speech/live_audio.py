"""Sound as it comes in over a socket → utterances with their samples. Keeps no more of it than may still be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.endpointing import Endpointer, EndpointRules, Utterance
from inference.speech.vad import FRAME, VoiceDetector

BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """An utterance and its sound: int16, shape (utterance.end - utterance.start,), 16 kHz mono."""

    utterance: Utterance
    samples: np.ndarray


class LiveAudio:
    """One object per session. Samples are counted from its start."""

    def __init__(self, *, rules: EndpointRules | None = None) -> None:
        self._detector = VoiceDetector()
        self._endpointer = Endpointer(rules)
        self._bytes = bytearray()
        self._first = 0  # the sample `_bytes` begins with

    @property
    def position_ms(self) -> int:
        """Up to where everything was looked at."""
        return self._endpointer.position * 1000 // SAMPLE_RATE_HZ

    @property
    def received_s(self) -> float:
        return (self._first + len(self._bytes) // BYTES_PER_SAMPLE) / SAMPLE_RATE_HZ

    @property
    def open(self) -> Spoken | None:
        """The utterance under way, as far as it was heard; a copy."""
        utterance = self._endpointer.open
        return self._with_samples(utterance) if utterance else None

    def add(self, data: bytes) -> list[Spoken]:
        """PCM, 16-bit little-endian, cut anywhere → the utterances it finished. About 0.2 ms for 32 ms of sound."""
        self._bytes += data
        end = self._first + len(self._bytes) // BYTES_PER_SAMPLE
        position = self._endpointer.position
        frames = (end - position) // FRAME
        if not frames:
            return []
        samples = self._read(position, position + frames * FRAME)
        return self._give_out(self._endpointer.add(self._detector.probabilities(to_float(samples))))

    def flush(self) -> list[Spoken]:
        """Finish what is under way; up to 31 ms that do not fill a frame wait for more."""
        return self._give_out(self._endpointer.flush())

    def _give_out(self, finished: Sequence[Utterance]) -> list[Spoken]:
        spoken = [self._with_samples(one) for one in finished]
        unneeded = self._endpointer.needed_from - self._first
        if unneeded > 0:
            del self._bytes[: unneeded * BYTES_PER_SAMPLE]
            self._first += unneeded
        return spoken

    def _with_samples(self, utterance: Utterance) -> Spoken:
        return Spoken(utterance=utterance, samples=self._read(utterance.start, utterance.end))

    def _read(self, start: int, end: int) -> np.ndarray:
        data = bytes(
            self._bytes[(start - self._first) * BYTES_PER_SAMPLE : (end - self._first) * BYTES_PER_SAMPLE]
        )
        return np.frombuffer(data, dtype="<i2")
