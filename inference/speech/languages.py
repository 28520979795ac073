"""Which language is a window in, when nobody said it?

Whisper guesses from every window; a guess from a short or noisy window is worth little. So the guesses add up, weighted by
seconds of speech, and a window is written in another language than the meeting's only when its own guess is clear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

CLEAR = 0.85
MIN_CLEAR_S = 2.0
FALLBACK = "en"


class LanguageTracker:
    """`fixed`: the caller's choice, which is never doubted."""

    def __init__(self, *, fixed: str | None = None) -> None:
        self._fixed = fixed
        self._weights: defaultdict[str, float] = defaultdict(float)
        self._spoken_s: defaultdict[str, float] = defaultdict(float)

    @property
    def main(self) -> str:
        """The language most was said in; English when nothing was said."""
        if self._fixed:
            return self._fixed
        return max(self._spoken_s, key=self._spoken_s.__getitem__, default=FALLBACK)

    def choose(self, guess: Callable[[], Sequence[tuple[str, float]]], *, speech_s: float) -> str:
        """The language for a window with `speech_s` seconds of speech. `guess` gives ("<|en|>", probability) pairs, likeliest
        first, as CTranslate2's `detect_language` does; it is asked only when needed."""
        if self._fixed:
            return self._fixed
        ranked = [(token[2:-2], probability) for token, probability in guess()]
        for language, probability in ranked[:5]:
            self._weights[language] += probability * speech_s
        language, probability = ranked[0]
        if not (probability >= CLEAR and speech_s >= MIN_CLEAR_S):
            language = max(self._weights, key=self._weights.__getitem__)
        self._spoken_s[language] += speech_s
        return language

    def peek(self, guess: Callable[[], Sequence[tuple[str, float]]], *, speech_s: float) -> str:
        """As `choose`, for speech that will be heard again: the guess is not counted."""
        if self._fixed:
            return self._fixed
        token, probability = guess()[0]
        is_clear = probability >= CLEAR and speech_s >= MIN_CLEAR_S
        return token[2:-2] if is_clear or not self._spoken_s else self.main
