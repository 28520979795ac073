"""From token bytes to text that may be sent: whole characters, nothing of a stop string, and no loops."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Sequence


class TextStream:
    """Joins the bytes of tokens to text. Holds back what may still become a stop string or a character."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = tuple(word for word in stop if word)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False

    def push(self, data: bytes) -> str:
        """Text that is certain now. After a stop string `stopped` is True and nothing more comes."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(data)
        found = [at for word in self._stop if (at := self._held.find(word)) >= 0]
        if found:
            self.stopped = True
            return self._release(min(found))
        return self._release(len(self._held) - self._longest_stop_beginning())

    def finish(self) -> str:
        """The rest, when the model has ended: an unfinished character becomes U+FFFD."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(b"", final=True)
        return self._release(len(self._held))

    def _release(self, count: int) -> str:
        text, self._held = self._held[:count], self._held[count:]
        return text

    def _longest_stop_beginning(self) -> int:
        longest = max((len(word) for word in self._stop), default=1) - 1
        for size in range(min(longest, len(self._held)), 0, -1):
            if any(word.startswith(self._held[-size:]) for word in self._stop):
                return size
        return 0


class RepetitionGuard:
    """Notices a model that has fallen into a loop, which small models do on long lists.

    Two signs. The same run of at most `max_period` tokens again and again, back to back, over `min_span` tokens; and the same
    `long_run` tokens for the fourth time anywhere, which finds loops in which only a number changes. The limits are wide
    enough for tables, rulers and JSON records that share all of their keys.
    """

    def __init__(
        self, *, max_period: int = 48, min_repeats: int = 4, min_span: int = 64, long_run: int = 48
    ) -> None:
        self._max_period = max_period
        self._min_repeats = min_repeats
        self._min_span = min_span
        self._long_run = long_run
        self._tokens: list[int] = []
        self._same_run = [0] * (max_period + 1)  # [period] → how many tokens equalled the one `period` before
        self._seen: Counter[int] = Counter()

    def is_looping(self, token: int) -> bool:
        """Take one more token. True when the output repeats itself. Cost: some microseconds."""
        self._tokens.append(token)
        count = len(self._tokens)
        looping = False
        for period in range(1, min(self._max_period, count - 1) + 1):
            if self._tokens[-1 - period] != token:
                self._same_run[period] = 0
                continue
            self._same_run[period] += 1
            span = self._same_run[period] + period
            looping = looping or span >= max(self._min_span, period * self._min_repeats)
        if count >= self._long_run:
            run = hash(tuple(self._tokens[-self._long_run :]))
            self._seen[run] += 1
            looping = looping or self._seen[run] >= self._min_repeats
        return looping
