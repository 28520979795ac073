from __future__ import annotations

import numpy as np
import pytest

from inference.chat.request import ChatRequest
from inference.chat.sampling import DeadEnd, Sampler, largest_first, log_softmax_at

NOTHING = np.array([], dtype=np.int64)


class Only:
    """A grammar that allows some tokens; counts what it was asked."""

    def __init__(self, *tokens: int) -> None:
        self.tokens = tokens
        self.asked = 0

    def allows(self, token: int) -> bool:
        return self.select(np.array([token])).size == 1

    def select(self, tokens: np.ndarray) -> np.ndarray:
        self.asked += tokens.size
        return tokens[np.isin(tokens, self.tokens)]


def make_sampler(**options: object) -> Sampler:
    return Sampler(ChatRequest(messages=[], **options), suppressed=NOTHING)


def make_logits(size: int = 5000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=size).astype(np.float32) * 3


def draw_many(sampler: Sampler, logits: np.ndarray, count: int = 4000, **options: object) -> np.ndarray:
    return np.array([sampler.sample(logits.copy(), **options) for _ in range(count)])


def test_temperature_zero_takes_the_most_probable():
    logits = make_logits()
    assert make_sampler(temperature=0.0).sample(logits) == logits.argmax()


def test_same_seed_same_tokens():
    logits = make_logits()
    first, second = (draw_many(make_sampler(seed=7), logits, 50) for _ in range(2))
    assert (first == second).all()
    assert (first != draw_many(make_sampler(seed=8), logits, 50)).any()


def test_frequencies_follow_the_probabilities():
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))
    drawn = draw_many(make_sampler(seed=1, temperature=1.0), logits)
    assert np.bincount(drawn, minlength=4) / drawn.size == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_temperature_sharpens():
    logits = np.log(np.array([0.6, 0.4], dtype=np.float32))
    drawn = draw_many(make_sampler(seed=1, temperature=0.5), logits)
    assert (drawn == 0).mean() == pytest.approx(0.36 / 0.52, abs=0.03)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"top_k": 2}, {0, 1}),
        ({"top_p": 0.7}, {0, 1}),
        ({"top_p": 0.01}, {0}),
        ({"min_p": 0.25}, {0, 1, 2}),
        ({"top_k": 1}, {0}),
    ],
)
def test_filters(options: dict[str, object], kept: set[int]):
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))
    assert set(draw_many(make_sampler(seed=1, **options), logits).tolist()) == kept


def test_suppressed_tokens_never_come():
    logits = make_logits()
    best = int(logits.argmax())
    sampler = Sampler(ChatRequest(messages=[], temperature=0.0), suppressed=np.array([best]))
    assert sampler.sample(logits) != best


def test_grammar_is_asked_about_one_token_when_it_agrees():
    logits = make_logits()
    grammar = Only(int(logits.argmax()))
    make_sampler(temperature=0.0).sample(logits, grammar=grammar)
    assert grammar.asked == 1


@pytest.mark.parametrize("rank", [1, 63, 64, 900, 4999])
def test_greedy_under_a_grammar_is_the_most_probable_allowed(rank: int):
    logits = make_logits()
    order = largest_first(logits, logits.size)
    grammar = Only(int(order[rank]), int(order[-1]))
    assert make_sampler(temperature=0.0).sample(logits, grammar=grammar) == order[rank]


def test_sampling_under_a_grammar_has_the_frequencies_of_the_allowed():
    logits = np.full(3000, -20.0, dtype=np.float32)
    logits[:4] = np.log([0.5, 0.3, 0.15, 0.05])
    drawn = draw_many(make_sampler(seed=1), logits, 2000, grammar=Only(1, 2))
    assert set(drawn.tolist()) == {1, 2}
    # First try 1 or 2 is kept (0.45 of the time), else drawn again: both ways in the proportion 0.3 to 0.15.
    assert (drawn == 1).mean() == pytest.approx(2 / 3, abs=0.04)


def test_grammar_that_allows_nothing():
    with pytest.raises(DeadEnd):
        make_sampler(temperature=0.0).sample(make_logits(), grammar=Only())


def test_log_softmax():
    logits = make_logits(100)
    expected = np.log(np.exp(logits.astype(np.float64)) / np.exp(logits.astype(np.float64)).sum())
    assert log_softmax_at(logits, np.arange(100)) == pytest.approx(expected, abs=1e-5)
