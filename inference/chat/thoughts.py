"""The channel a model thinks in, kept out of its answer. Gemma 4 writes `<|channel>thought⏎ … <channel|>answer`, the marks being tokens of
their own, so what belongs where is decided by token and not by looking for words: people may write the same letters."""

from __future__ import annotations

from inference.chat.text import TextStream
from inference.chat.vocabulary import Vocabulary

OPEN, CLOSE = "<|channel>", "<channel|>"


class Thoughts:
    """Of one answer. A model without such tokens has none."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._open, self._close = map(vocabulary.find_mark, (OPEN, CLOSE))
        self._text = TextStream()
        self._is_open = False
        self._is_named = False  # the first line of a channel is its name

    def takes(self, token: int) -> bool:
        """Whether this token is a mark, or stands between two."""
        if token == self._open:
            self._is_open, self._is_named = True, False
            return True
        if token == self._close:
            self._is_open = False
            return True
        return self._is_open

    def push(self, data: bytes) -> str:
        """The bytes of a token that it takes → what was thought, without marks and name."""
        if not self._is_open or data in (OPEN.encode(), CLOSE.encode()):
            return ""
        text = self._text.push(data)
        if self._is_named:
            return text
        _, newline, text = text.partition("\n")
        self._is_named = bool(newline)
        return text
