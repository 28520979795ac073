"""The one KV cache, who sits in it, and what is kept of those who left.

    Seat A (active) ── computes ──▶ cache ◀── restored ── Seat B (paused: its state is parked in memory)
                                      │
                                      └─ left behind by finished requests: the next prompt that begins the same way
                                         continues there, or from a snapshot

One sequence at a time keeps attention short: in a cache shared by several sequences every step walks over the cells of all of
them. Moving a sequence out and in again costs some 10 ms per 1,000 tokens of a small model; reading them again takes 20 s.

**Sliding windows.** In models such as Gemma the cache forgets what has left the window, and a rewind further back than that is
silently wrong: llama.cpp reports success. So a sequence of length n may be cut to m < n only when the oldest position it still
holds is <= max(0, m - window). To have something to go back to, a snapshot is taken where a prompt parts from earlier ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inference.interrupt import Interrupted

MIN_SHARED_TOKENS = 48  # below this, keeping and restoring is not worth its while
REMEMBERED_PROMPTS = 8


class Cache(Protocol):
    """What is needed of `native.NativeContext`."""

    n_ctx: int
    piece_tokens: int

    def decode(self, tokens: Sequence[int], *, at: int, **how: bool) -> None: ...
    def get_first_position(self) -> int: ...
    def cut(self, length: int) -> bool: ...
    def clear(self) -> None: ...
    def take_snapshot(self) -> np.ndarray: ...
    def restore_snapshot(self, data: np.ndarray) -> bool: ...


@dataclass(eq=False)
class _State:
    """A sequence in memory. `first_position`: the oldest position that every layer has in it."""

    tokens: list[int]
    data: np.ndarray
    first_position: int


class Seat:
    """One request's place. `tokens` are in the cache, or will be again before anything is computed. `solids`: parts of the prompt,
    [start, end), that must be computed at once."""

    def __init__(self, prompt: Sequence[int], *, solids: Sequence[tuple[int, int]] = ()) -> None:
        self.prompt = list(prompt)
        self.solids = tuple(solids)
        self.tokens: list[int] = []
        self.reused = 0
        self.boundary = 0
        self.entered = False
        self.closed = False
        self.parked: _State | None = None


class PrefixCache:
    """Used on the model thread only. `budget_bytes` limits the snapshots kept of finished requests, oldest use first."""

    def __init__(self, cache: Cache, *, window: int, budget_bytes: int) -> None:
        self._cache = cache
        self._window = window
        self._budget_bytes = budget_bytes
        self._seated: Seat | None = None
        self._states: list[_State] = []  # least recently used first
        self._prompts: deque[list[int]] = deque(maxlen=REMEMBERED_PROMPTS)

    def enter(self, seat: Seat) -> None:
        """Put `seat` into the cache; its `tokens` are then what need not be computed. Call again after every pause."""
        if self._seated is seat:
            return
        if not seat.entered:
            self._seat_first_time(seat)
        else:
            self._vacate()
            self._resume(seat)
        self._seated = seat

    def compute(self, seat: Seat, tokens: Sequence[int], **how: bool) -> None:
        """Append `tokens` (at most `piece_tokens`) to the seat. `how` and errors as `NativeContext.decode`; after an error the cache is
        emptied, after Interrupted it is as before."""
        self.enter(seat)
        try:
            self._cache.decode(tokens, at=len(seat.tokens), **how)
        except Interrupted:
            raise
        except BaseException:
            self.forget()
            raise
        seat.tokens += tokens
        if self._window and len(seat.tokens) == seat.boundary:
            self._keep(self._snapshot(seat))

    def take_back(self, seat: Seat, count: int) -> None:
        """Forget the last `count` tokens of the seat, which was just computed for."""
        if count == 0:
            return
        keep = len(seat.tokens) - count
        usable = self._cuttable(keep, len(seat.tokens), self._cache.get_first_position())
        del seat.tokens[keep:]
        if usable < keep or not self._cache.cut(keep):
            self.forget()  # what is left is computed again when the seat is entered

    def next_piece(self, seat: Seat, size: int) -> list[int]:
        """The next tokens of the prompt to compute: at most `size`, and not across the boundary."""
        start = len(seat.tokens)
        end = end_piece(start, size, len(seat.prompt), solids=seat.solids)
        if self._window and start < seat.boundary < end:
            end = seat.boundary
        return seat.prompt[start:end]

    def leave(self, seat: Seat) -> None:
        """The request has ended; what it computed stays for the next one."""
        seat.closed = True
        seat.parked = None

    def forget(self) -> None:
        """Empty the cache, keep the snapshots."""
        self._cache.clear()
        self._seated = None

    @property
    def kept_bytes(self) -> int:
        return sum(state.data.nbytes for state in self._states)

    # -- entering ---------------------------------------------------------------------------------------------------

    def _seat_first_time(self, seat: Seat) -> None:
        limit = len(seat.prompt) - 1  # the last token is always computed: its logits are wanted
        seat.boundary = self._remember(seat.prompt, limit)
        here = self._usable_here(seat.prompt, limit)
        best, there = self._find_state(seat.prompt, limit)
        if here >= max(there, 1) and self._loss_is_small(here):
            reused = here if self._cache.cut(here) else 0
        else:
            self._vacate()
            reused = self._restore(best, there) if best else 0
        seat.tokens = seat.prompt[:reused]
        seat.reused = reused
        seat.entered = True

    def _usable_here(self, prompt: list[int], limit: int) -> int:
        if self._seated is None or not self._seated.closed:
            return 0
        shared = min(count_shared(self._seated.tokens, prompt), limit)
        return self._cuttable(shared, len(self._seated.tokens), self._cache.get_first_position())

    def _find_state(self, prompt: list[int], limit: int) -> tuple[_State | None, int]:
        best, best_length = None, MIN_SHARED_TOKENS - 1
        for state in self._states:
            shared = min(count_shared(state.tokens, prompt), limit)
            usable = self._cuttable(shared, len(state.tokens), state.first_position)
            if usable > best_length:
                best, best_length = state, usable
        return best, (best_length if best else 0)

    def _cuttable(self, length: int, total: int, first_position: int) -> int:
        if length == total or not self._window:
            return length
        return length if first_position <= max(0, length - self._window) else 0

    def _loss_is_small(self, kept: int) -> bool:
        """Cutting in place throws the tail away. Typical: the same instructions, another line. Not typical, and worth a
        snapshot: a long prompt that shares only its first words with this one."""
        seat = self._seated
        if seat is None or len(seat.tokens) - kept < MIN_SHARED_TOKENS:
            return True
        return kept * 2 >= len(seat.prompt) or MIN_SHARED_TOKENS <= kept <= seat.reused

    # -- leaving ----------------------------------------------------------------------------------------------------

    def _vacate(self) -> None:
        """Move the one in the cache out: parked if its request goes on, kept as a snapshot if it has ended."""
        seat, self._seated = self._seated, None
        if seat is None:
            return
        if not seat.closed:
            seat.parked = self._snapshot(seat)
        elif len(seat.tokens) >= MIN_SHARED_TOKENS:
            self._keep(self._snapshot(seat))
        self._cache.clear()

    def _resume(self, seat: Seat) -> None:
        parked, seat.parked = seat.parked, None
        if parked is not None and self._cache.restore_snapshot(parked.data):
            return
        start = 0
        while start < len(seat.tokens):
            end = end_piece(start, self._cache.piece_tokens, len(seat.tokens), solids=seat.solids)
            self._cache.decode(seat.tokens[start:end], at=start)
            start = end

    def _restore(self, state: _State, length: int) -> int:
        # Keeping the one that left may just have dropped this one from the list; it is still in hand.
        self._states = [other for other in self._states if other is not state]
        if not self._cache.restore_snapshot(state.data):
            return 0
        self._keep(state)
        if length < len(state.tokens) and not self._cache.cut(length):
            return 0
        return length

    def _snapshot(self, seat: Seat) -> _State:
        first_position = self._cache.get_first_position()
        if self._window:  # old cells linger in the cache, but a snapshot holds the window only
            first_position = max(first_position, len(seat.tokens) - self._window)
        return _State(list(seat.tokens), self._cache.take_snapshot(), first_position)

    def _keep(self, state: _State) -> None:
        """Add to the snapshots; drop those it covers, then the least recently used above the budget."""
        self._states = [old for old in self._states if not self._is_covered(old, state)]
        self._states.append(state)
        while self._states and self.kept_bytes > self._budget_bytes:
            del self._states[0]

    def _is_covered(self, old: _State, new: _State) -> bool:
        shared = count_shared(old.tokens, new.tokens)
        if self._window:
            return shared == len(old.tokens) == len(new.tokens)
        return len(old.tokens) - shared < max(MIN_SHARED_TOKENS, len(old.tokens) // 10)

    def _remember(self, prompt: list[int], limit: int) -> int:
        """Where this prompt parts from the earlier one it shares most with."""
        shared = max((count_shared(old, prompt) for old in self._prompts), default=0)
        self._prompts.append(prompt)
        shared = min(shared, limit)
        return shared if shared >= MIN_SHARED_TOKENS else 0


def end_piece(start: int, size: int, total: int, *, solids: Sequence[tuple[int, int]]) -> int:
    """Where the piece from `start` on ends: after `size`, but not within a solid. One that begins the piece is taken whole."""
    end = min(start + size, total)
    for first, last in solids:
        if first < end < last:
            return last if first <= start else first
    return end


def count_shared(first: Sequence[int], second: Sequence[int]) -> int:
    """Length of the common beginning."""
    limit = min(len(first), len(second))
    if first[:limit] == second[:limit]:
        return limit
    low, high = 0, limit - 1  # first[:low] equal, first[:high + 1] not
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
