"""How many tokens of a prompt are read at once? As many as a live request may wait for, and few while live requests keep coming.

not interrupted ─▶ what is read in PIECE_S at the best speed seen ─▶ stopped in the middle for more urgent work
      ▲                                                                        │ its time is lost
      └──────── SHY_PIECES small ones that are not stopped, so that it gets on ◀┘
"""

from __future__ import annotations

PIECE_S = 1.0
MIN_PIECE_TOKENS = 16  # smaller ones are read at half the speed
SHY_TOKENS = 8  # all the same: with 16 a live request waited 0.40 s (95 of 100) on two busy cores
SHY_PIECES = 8


class Pacer:
    """One object per engine for the speed; `open` gives one per request."""

    def __init__(self, *, limit: int) -> None:
        """`limit`: tokens one computation takes."""
        self.limit = limit
        self._best_tps = 0.0

    def note(self, tokens: int, took_s: float) -> None:
        self._best_tps = max(self._best_tps, tokens / max(took_s, 1e-6))

    def open(self) -> Pace:
        return Pace(self)

    @property
    def size(self) -> int:
        return choose_piece_size(self._best_tps, limit=self.limit)


class Pace:
    """Of one prompt."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._shy = 0

    @property
    def size(self) -> int:
        return min(SHY_TOKENS, self._pacer.limit) if self._shy else self._pacer.size

    @property
    def may_stop(self) -> bool:
        return not self._shy and self.size > MIN_PIECE_TOKENS

    def finished(self, tokens: int, took_s: float) -> None:
        self._shy = max(0, self._shy - 1)
        self._pacer.note(tokens, took_s)

    def interrupted(self) -> None:
        self._shy = SHY_PIECES


def choose_piece_size(tokens_per_s: float, *, limit: int) -> int:
    """The power of two that is read in at most PIECE_S, from MIN_PIECE_TOKENS to `limit`."""
    size = MIN_PIECE_TOKENS
    while size * 2 <= min(tokens_per_s * PIECE_S, limit):
        size *= 2
    return min(size, limit)
