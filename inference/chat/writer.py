"""The answer of one request as it grows: which token, what text is certain by it, and whether it was the last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from inference.chat.grammar import Grammar
from inference.chat.native import Vocabulary
from inference.chat.request import ChatPiece, ChatRequest, TokenLogprob
from inference.chat.sampling import DeadEnd, Sampler, largest_first, log_softmax_at
from inference.chat.text import RepetitionGuard, TextStream
from inference.chat.thoughts import Thoughts


class Writer:
    """One object per request. `token`: the last one written; `stopped_by`: why nothing follows it."""

    def __init__(self, request: ChatRequest, vocabulary: Vocabulary, *, max_tokens: int) -> None:
        self._vocabulary = vocabulary
        self._top_logprobs = request.top_logprobs
        self._max_tokens = max_tokens
        self._to_context_end = request.max_tokens is None
        self._sampler = Sampler(request, suppressed=vocabulary.suppressed)
        self._text = TextStream(request.stop)
        self._thoughts = Thoughts(vocabulary)
        self._guard = RepetitionGuard() if request.repetition_stop else None
        self.count = 0
        self.token = -1
        self.stopped_by: str | None = None

    @property
    def room(self) -> int:
        """How many more tokens may be written."""
        return self._max_tokens - self.count

    def step(self, logits: np.ndarray, grammar: Grammar | None) -> ChatPiece:
        """Choose one token and say what text is certain by it; `stopped_by` is set when it was the last."""
        try:
            token = self._sampler.sample(logits, grammar=grammar)
        except DeadEnd:
            self.stopped_by = "grammar"
            return ChatPiece(text=self._text.finish())
        logprobs = self._list_logprobs(logits, token)
        if self._vocabulary.is_end(token):
            self.stopped_by = "end"
            return ChatPiece(text=self._text.finish(), logprobs=logprobs)
        if grammar:
            grammar.accept(token)
        self.token = token
        self.count += 1
        text = thought = ""
        if self._thoughts.takes(token):
            thought = self._thoughts.push(self._vocabulary.piece(token))
        else:
            text = self._text.push(self._vocabulary.piece(token))
        self.stopped_by = self._find_stop(token)
        if self.stopped_by:
            text += self._text.finish()
        return ChatPiece(text=text, thought=thought, logprobs=logprobs)

    def _find_stop(self, token: int) -> str | None:
        if self._text.stopped:
            return "stop"
        if self._guard and self._guard.is_looping(token):
            return "repetition"
        if self.count >= self._max_tokens:
            return "context" if self._to_context_end else "max_tokens"
        return None

    def _list_logprobs(self, logits: np.ndarray, token: int) -> tuple[TokenLogprob, ...]:
        if self._top_logprobs is None:
            return ()
        tokens = (
            np.append(token, largest_first(logits, self._top_logprobs))
            if self._top_logprobs
            else np.array([token])
        )
        values = log_softmax_at(logits, tokens)
        sampled, *top = (
            self._describe(int(one), float(value)) for one, value in zip(tokens, values, strict=True)
        )
        return (replace(sampled, top=tuple(top)),)

    def _describe(self, token: int, logprob: float) -> TokenLogprob:
        data = self._vocabulary.piece(token)
        text = data.decode("utf-8", "replace") or self._vocabulary.control_text(token)
        return TokenLogprob(text=text, data=data, logprob=logprob)


class Clock:
    """Seconds of computing, without pauses."""

    def __init__(self) -> None:
        self.prefill_s = 0.0
        self.decode_s = 0.0

    @contextmanager
    def reading(self) -> Iterator[None]:
        started_at = time.monotonic()
        try:
            yield
        finally:
            self.prefill_s += time.monotonic() - started_at

    @contextmanager
    def writing(self) -> Iterator[None]:
        started_at = time.monotonic()
        try:
            yield
        finally:
            self.decode_s += time.monotonic() - started_at
