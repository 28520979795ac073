"""Choosing the next token from the logits, with numpy: a view on llama.cpp's own buffer, no copy of the vocabulary.

Order of the filters as in llama.cpp's default chain: top-k, top-p, min-p, then temperature.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from inference.chat.request import ChatRequest


class TokenFilter(Protocol):
    """What a grammar tells the sampler. See `chat.grammar`."""

    def allows(self, token: int) -> bool: ...

    def select(self, tokens: np.ndarray) -> np.ndarray:
        """Of `tokens` (int, any order) those that may come next, in the same order."""
        ...


class DeadEnd(Exception):
    """The grammar allows no token at all."""


class Sampler:
    """The choice of one request; holds its random state, so paused and resumed requests stay reproducible."""

    def __init__(self, request: ChatRequest, *, suppressed: np.ndarray) -> None:
        self._temperature = request.temperature
        self._top_k = request.top_k
        self._top_p = request.top_p
        self._min_p = request.min_p
        self._random = np.random.default_rng(request.seed)
        self._suppressed = suppressed

    def sample(self, logits: np.ndarray, *, grammar: TokenFilter | None = None) -> int:
        """The next token. `logits` float32 [vocabulary] is changed: suppressed tokens become -inf.

        The grammar is asked about the sampled token first, and about the vocabulary only when it forbids that one;
        asking about every token at every step halves the speed of a small model.

        Raises DeadEnd when the grammar allows nothing.
        """
        if self._suppressed.size:
            logits[self._suppressed] = -np.inf
        token = self._choose(logits)
        if grammar is None or grammar.allows(token):
            return token
        return self._choose_allowed(logits, grammar)

    def _choose(self, logits: np.ndarray) -> int:
        if self._temperature <= 0:
            return int(logits.argmax())
        tokens = largest_first(logits, self._top_k or logits.size)
        return self._draw(tokens, logits[tokens])

    def _choose_allowed(self, logits: np.ndarray, grammar: TokenFilter) -> int:
        """As `_choose` over the allowed tokens only. The likeliest tokens are tried first, since the grammar's cost is
        per token; the answer is the same as with the whole vocabulary."""
        wanted = 1 if self._temperature <= 0 else (self._top_k or logits.size)
        for count in (64, 1024, logits.size):
            tokens = grammar.select(largest_first(logits, count))
            if tokens.size >= wanted or count >= logits.size:
                break
        tokens = tokens[np.isfinite(logits[tokens])]
        if tokens.size == 0:
            raise DeadEnd
        if self._temperature <= 0:
            return int(tokens[0])
        tokens = tokens[:wanted]
        return self._draw(tokens, logits[tokens])

    def _draw(self, tokens: np.ndarray, logits: np.ndarray) -> int:
        """`tokens` by falling logit."""
        odds = np.exp((logits - logits[0]).astype(np.float64))
        keep = tokens.size
        if self._top_p < 1:
            total = np.cumsum(odds)
            keep = int(np.searchsorted(total, self._top_p * total[-1])) + 1
        if self._min_p > 0:
            keep = min(keep, max(1, int(np.count_nonzero(odds >= self._min_p))))
        odds = odds[:keep] ** (1 / self._temperature)
        total = np.cumsum(odds)
        picked = int(np.searchsorted(total, self._random.random() * total[-1], side="right"))
        return int(tokens[min(picked, keep - 1)])


def largest_first(values: np.ndarray, count: int) -> np.ndarray:
    """Indexes of the `count` largest values, largest first; among equal ones the smaller index first."""
    if count >= values.size:
        return np.argsort(-values, kind="stable")
    found = np.sort(np.argpartition(values, -count)[-count:])
    return found[np.argsort(-values[found], kind="stable")]


def log_softmax_at(logits: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """Natural log of the probabilities of `tokens`, float64."""
    top = float(logits.max())
    total = np.exp(logits - top).sum(dtype=np.float64)
    return logits[tokens].astype(np.float64) - top - np.log(total)
