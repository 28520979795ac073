"""The bookkeeping, on a cache that remembers what it holds and forgets what leaves its window, as llama.cpp does.

`test_engine.py` has the same promises on the real thing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from inference.chat.prefix import PrefixCache, Seat, count_shared

LINGER = 50


class PaperCache:
    """A KV cache of tokens. Positions that left the window linger for a while and are then lost; a snapshot has the window
    only; cutting succeeds whether or not what is left can be worked with."""

    n_ctx = 10_000
    piece_tokens = 64

    def __init__(self, window: int = 0) -> None:
        self.window = window
        self.cells: dict[int, int] = {}
        self.length = 0
        self.computed = 0

    def decode(self, tokens: Sequence[int], *, at: int) -> None:
        assert at == self.length
        for token in tokens:
            needed = range(max(0, self.length - self.window) if self.window else 0, self.length)
            assert all(position in self.cells for position in needed), "a layer would look at what is gone"
            self.cells[self.length] = token
            self.length += 1
        self.computed += len(tokens)
        if self.window:
            self.cells = self.list_from(self.length - self.window - LINGER)

    def list_from(self, first: int) -> dict[int, int]:
        return {at: token for at, token in self.cells.items() if at >= first}

    def get_first_position(self) -> int:
        return min(self.cells, default=-1)

    def cut(self, length: int) -> bool:
        self.cells = {at: token for at, token in self.cells.items() if at < length}
        self.length = length
        return True

    def clear(self) -> None:
        self.cut(0)

    def take_snapshot(self) -> np.ndarray:
        return np.array(
            [self.length, *(number for cell in self.cells.items() for number in cell)], dtype=np.int64
        )

    def restore_snapshot(self, data: np.ndarray) -> bool:
        self.length = int(data[0])
        self.cells = {int(at): int(token) for at, token in data[1:].reshape(-1, 2)}
        return True

    def holds(self, tokens: Sequence[int]) -> bool:
        return self.length == len(tokens) and all(tokens[at] == token for at, token in self.cells.items())


def prefill(prefixes: PrefixCache, prompt: list[int], *, answer: int = 5, size: int = 32) -> Seat:
    seat = Seat(prompt)
    prefixes.enter(seat)
    while len(seat.tokens) < len(prompt):
        prefixes.compute(seat, prefixes.next_piece(seat, size))
    for token in range(answer):
        prefixes.compute(seat, [900_000 + token])
    return seat


def make(window: int = 0, budget: int = 1 << 20) -> tuple[PaperCache, PrefixCache]:
    cache = PaperCache(window)
    return cache, PrefixCache(cache, window=window, budget_bytes=budget)


def numbers(start: int, count: int) -> list[int]:
    return list(range(start, start + count))


@pytest.mark.parametrize("window", [0, 40])  # in the second case the tail is no longer than what lingers
def test_lines_after_the_same_instructions_cost_only_themselves(window: int):
    cache, prefixes = make(window)
    instructions = numbers(0, 500)
    for line in range(10):
        prefixes.leave(prefill(prefixes, instructions + numbers(1000 + line * 100, 30)))
    assert cache.computed == 500 + 10 * (30 + 5)


@pytest.mark.parametrize("window", [0, 40])
def test_alternating_between_three_instructions_reads_each_once(window: int):
    cache, prefixes = make(window)
    kinds = [numbers(kind * 10_000, 400) for kind in range(3)]
    for line in range(12):
        prefixes.leave(prefill(prefixes, kinds[line % 3] + numbers(50_000 + line * 100, 30)))
    reads = 2 if window else 1  # with a window the place to go back to is known from the second prompt on
    assert cache.computed <= 3 * reads * 430 + 12 * 35


@pytest.mark.parametrize("window", [0, 40])
def test_a_growing_conversation_is_read_once(window: int):
    cache, prefixes = make(window)
    conversation = numbers(0, 300)
    for turn in range(5):
        seat = prefill(prefixes, conversation)
        prefixes.leave(seat)
        conversation = [*seat.tokens, *numbers(1000 * turn + 2000, 40)]
    assert cache.computed == 300 + 4 * 40 + 5 * 5


def test_the_same_prompt_again_computes_its_last_token():
    cache, prefixes = make()
    prompt = numbers(0, 200)
    prefixes.leave(prefill(prefixes, prompt))
    before = cache.computed
    seat = prefill(prefixes, prompt, answer=0)
    assert cache.computed - before == 1
    assert seat.reused == 199


@pytest.mark.parametrize("window", [0, 40])
def test_paused_requests_find_their_state_again(window: int):
    cache, prefixes = make(window)
    low = Seat(numbers(0, 300))
    prefixes.enter(low)
    for _ in range(4):
        prefixes.compute(low, prefixes.next_piece(low, 32))
    high = prefill(prefixes, numbers(5000, 100))
    prefixes.leave(high)
    prefixes.compute(low, prefixes.next_piece(low, 32))
    assert low.tokens == numbers(0, 160)
    assert cache.holds(low.tokens)
    assert cache.computed == 128 + 105 + 32


def test_snapshots_stay_within_their_budget():
    _, prefixes = make(budget=20_000)
    for kind in range(10):
        prefixes.leave(prefill(prefixes, numbers(kind * 10_000, 400)))
        assert prefixes.kept_bytes <= 20_000


def test_a_state_that_must_make_room_for_the_one_that_leaves_is_used_all_the_same():
    cache, prefixes = make(budget=10_000)  # one snapshot of 405 tokens has 6,488 bytes: two do not fit
    first, second = numbers(0, 400), numbers(10_000, 400)
    for prompt in (first, second):
        prefixes.leave(prefill(prefixes, prompt))
    computed = cache.computed
    prefixes.leave(prefill(prefixes, [*first, 77]))
    assert cache.computed - computed == 1 + 5
    assert prefixes.kept_bytes <= 10_000


@pytest.mark.parametrize("window", [0, 16, 40])
def test_whatever_happens_the_cache_holds_what_the_seat_says(window: int):
    """Random prompts with shared beginnings, random pauses: `PaperCache` asserts that nothing lost is looked at."""
    random.seed(window)
    cache, prefixes = make(window, budget=30_000)
    stems = [numbers(kind * 10_000, random.randrange(60, 200)) for kind in range(3)]
    open_seats: list[Seat] = []
    for step in range(300):
        if len(open_seats) < 3 and random.random() < 0.4:
            stem = random.choice(stems)
            cut = random.randrange(20, len(stem))
            open_seats.append(Seat(stem[:cut] + numbers(100_000 + step * 100, random.randrange(1, 60))))
        if not open_seats:
            continue
        seat = random.choice(open_seats)
        prefixes.enter(seat)
        piece = prefixes.next_piece(seat, random.randrange(1, 64)) or [random.randrange(1000)]
        prefixes.compute(seat, piece)
        assert cache.holds(seat.tokens)
        assert seat.tokens[: len(seat.prompt)] == seat.prompt[: len(seat.tokens)]
        if len(seat.tokens) > len(seat.prompt) + 5 or random.random() < 0.05:
            prefixes.leave(seat)
            open_seats.remove(seat)


def test_error_while_computing_empties_the_cache():
    cache, prefixes = make()
    seat = Seat(numbers(0, 100))
    prefixes.enter(seat)
    cache.decode = lambda tokens, *, at: (_ for _ in ()).throw(RuntimeError)  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        prefixes.compute(seat, [1])
    assert cache.length == 0


def test_count_shared():
    random.seed(3)
    for _ in range(200):
        first = [random.randrange(3) for _ in range(random.randrange(12))]
        second = [random.randrange(3) for _ in range(random.randrange(12))]
        expected = next(
            (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
            min(len(first), len(second)),
        )
        assert count_shared(first, second) == expected
