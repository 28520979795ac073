"""Who is speaking now, while nobody knows yet how many there are: captions get the number of a voice, which may change as more is heard.

::

    caption's vector ─▶ near a voice? ─yes─▶ its number                 every caption: voices that came to be alike are one,
                            └──no──▶ a new voice, shown when it has     and each recent caption goes to the voice it is nearest to
                                     spoken long enough

Vectors stay in this process's memory while a take is recorded and are never stored: they are what a person could be known by. The pass over
the recording tells voices apart anew (`pipeline/diarize.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

# Cosine distances. Two captions of a voice were 0.2 to 0.5 apart, a caption and its voice's mean less; two voices 0.6 to 1 (the demo meeting).
JOIN_DISTANCE = 0.5
MERGE_DISTANCE = 0.35
# A cough or a word over somebody else's sentence makes no voice.
LEAST_MS = 2_500
# Older captions keep the number they have.
RECENT = 200


@dataclass(kw_only=True)
class _Heard:
    start_ms: int
    length_ms: int
    vector: np.ndarray
    voice: int
    side: int | None


@dataclass
class LiveVoices:
    """The voices of one take. `last_number`: the highest that was given."""

    last_number: int = 0
    _heard: list[_Heard] = field(default_factory=list)
    _sums: dict[int, np.ndarray] = field(default_factory=dict)
    _spoken_ms: dict[int, int] = field(default_factory=dict)
    _sides: dict[int, int | None] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _shown: dict[int, int] = field(default_factory=dict)

    def add(
        self, vector: Sequence[float] | None, *, start_ms: int, end_ms: int, side: int | None = None
    ) -> dict[int, int]:
        """A finished caption → the numbers that are new or changed, by the start of the caption in ms. Under 5 ms.

        `side` of the call, where it is known: nobody is on both.
        """
        if vector is None:
            return {}
        one = _Heard(
            start_ms=start_ms,
            length_ms=end_ms - start_ms,
            vector=np.asarray(vector, np.float32),
            voice=-1,
            side=side,
        )
        one.voice = self._find(one)
        self._heard.append(one)
        self._count()
        self._merge()
        self._settle()
        return self._tell()

    def know(
        self, number: int, vector: np.ndarray, *, start_ms: int, end_ms: int, side: int | None = None
    ) -> None:
        """A voice that has its number already, by a caption of it."""
        one = _Heard(start_ms=start_ms, length_ms=end_ms - start_ms, vector=vector, voice=number, side=side)
        self._heard.append(one)
        self._numbers[number] = self._shown[start_ms] = number
        self.last_number = max(self.last_number, number)
        self._count()

    def _find(self, one: _Heard) -> int:
        """The nearest voice, or a new one."""
        means = self._means()
        near = {voice: float(one.vector @ means[voice]) for voice in means if self._may_be(one.side, voice)}
        best = max(near, key=near.__getitem__, default=None)
        if best is not None and 1 - near[best] <= JOIN_DISTANCE:
            return best
        return max((one.voice for one in self._heard), default=-1) + 1

    def _may_be(self, side: int | None, voice: int) -> bool:
        return side is None or self._sides[voice] in (None, side)

    def _means(self) -> dict[int, np.ndarray]:
        return {voice: total / max(float(np.linalg.norm(total)), 1e-9) for voice, total in self._sums.items()}

    def _count(self) -> None:
        self._sums, self._spoken_ms, self._sides = {}, {}, {}
        for one in self._heard:
            if self._sides.get(one.voice) is None:
                self._sides[one.voice] = one.side
            weighted = one.vector * one.length_ms
            self._sums[one.voice] = self._sums.get(one.voice, 0) + weighted
            self._spoken_ms[one.voice] = self._spoken_ms.get(one.voice, 0) + one.length_ms

    def _merge(self) -> None:
        """Two that turned out to be one: the earlier keeps its name."""
        means = self._means()
        voices = sorted(means)
        for position, left in enumerate(voices):
            for right in voices[position + 1 :]:
                is_one = self._may_be(self._sides[left], right)
                if is_one and 1 - float(means[left] @ means[right]) <= MERGE_DISTANCE:
                    for one in self._heard:
                        one.voice = left if one.voice == right else one.voice
                    self._count()
                    return self._merge()
        return None

    def _settle(self) -> None:
        """Recent captions go to the nearest voice that has spoken long enough."""
        means = {voice: mean for voice, mean in self._means().items() if self._spoken_ms[voice] >= LEAST_MS}
        for one in self._heard[-RECENT:] if means else []:
            near = {
                voice: float(one.vector @ means[voice]) for voice in means if self._may_be(one.side, voice)
            }
            best = max(near, key=near.__getitem__, default=None)
            if best is not None and (one.voice in means or 1 - near[best] <= JOIN_DISTANCE):
                one.voice = best
        self._count()

    def _tell(self) -> dict[int, int]:
        changed: dict[int, int] = {}
        for one in self._heard:
            if self._spoken_ms[one.voice] < LEAST_MS:
                continue
            if one.voice not in self._numbers:
                self.last_number += 1
                self._numbers[one.voice] = self.last_number
            number = self._numbers[one.voice]
            if self._shown.get(one.start_ms) != number:
                self._shown[one.start_ms] = changed[one.start_ms] = number
        return changed
