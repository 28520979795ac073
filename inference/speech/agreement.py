"""What of a growing text may be shown as settled? The words two successive readings agree on (LocalAgreement-2, Macháček et al.
2023, https://arxiv.org/abs/2307.14743).

    reading 1   we should ship it on                     ──▶ settled: –                       shown: we should ship it on
    reading 2   we should ship it on Wednesday           ──▶ settled: we should ship it       shown: … on Wednesday
    reading 3   (we should ship it) on Wednesday morning ──▶ settled: … on Wednesday          shown: … morning

Settled words are given to the next reading as its beginning, so they cannot change before the utterance is finished, and only the
tail may. The last word of a reading is never settled: it may be half heard, and its full stop is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_PERIOD_WORDS = 12


@dataclass(frozen=True, kw_only=True)
class TextWord:
    """A word as the model wrote it, with its leading space and punctuation, and the tokens it is made of."""

    word: str
    tokens: tuple[int, ...]

    @property
    def core(self) -> str:
        """What is compared: letters and digits, in small letters."""
        return re.sub(r"\W+", "", self.word).casefold()


class Agreement:
    """One object per utterance."""

    def __init__(self) -> None:
        self._settled: list[TextWord] = []
        self._tail: list[TextWord] = []

    @property
    def settled_tokens(self) -> list[int]:
        return [token for word in self._settled for token in word.tokens]

    @property
    def text(self) -> str:
        return _join(self._settled + self._tail)

    @property
    def settled_chars(self) -> int:
        """How many characters of `text` do not change any more."""
        return len(_join(self._settled))

    def add(self, tail: Sequence[TextWord]) -> None:
        """Another reading: the words behind the settled ones."""
        tail = drop_repetition(tail)
        count = count_common(self._tail, tail[:-1])
        self._settled += tail[:count]
        self._tail = list(tail[count:])


def count_common(before: Sequence[TextWord], now: Sequence[TextWord]) -> int:
    """How many words both begin with, whatever their case and punctuation."""
    count = 0
    for one, other in zip(before, now, strict=False):
        if one.core != other.core:
            break
        count += 1
    return count


def drop_repetition(words: Sequence[TextWord]) -> list[TextWord]:
    """Cut off an end that only says the same again, as a decoder does that has run out of sound.

    A phrase of two words or more is kept once; a single word twice ("no, no"), since people do that. Repetition with other words
    behind it stays: it was said.
    """
    cores = [word.core for word in words]
    for period in range(1, min(MAX_PERIOD_WORDS, len(cores) // 2) + 1):
        same = 0
        while same + period < len(cores) and cores[-1 - same] == cores[-1 - same - period]:
            same += 1
        if period == 1 and same >= 2:
            return list(words[: len(words) - same + 1])
        if period > 1 and same >= period:
            return list(words[: len(words) - same])
    return list(words)


def _join(words: Sequence[TextWord]) -> str:
    return "".join(word.word for word in words).strip()
