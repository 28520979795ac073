"""The answer of one request as it grows: which token, what text is certain by it, and whether it was the last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from inference.chat.calls import BareCall, CallReader
from inference.chat.grammar import Grammar
from inference.chat.request import ChatPiece, ChatRequest, TokenLogprob, ToolCall
from inference.chat.sampling import DeadEnd, Sampler, largest_first, log_softmax_at
from inference.chat.text import RepetitionGuard, TextStream
from inference.chat.thoughts import Thoughts
from inference.chat.vocabulary import Vocabulary


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
        names = () if request.forces_call else [tool["function"]["name"] for tool in request.tools]
        self._calls = CallReader(vocabulary, names=names)
        self._bare = BareCall(names=names if self._calls.writes_json else ())
        self._max_calls = request.max_calls
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
        piece = self._write(logits, grammar)
        if self._bare.is_decided:
            return piece
        text = self._bare.push(piece.text)
        call, rest = self._bare.finish() if self.stopped_by else (None, "")
        return replace(piece, text=text + rest, calls=(*piece.calls, call) if call else piece.calls)

    def _write(self, logits: np.ndarray, grammar: Grammar | None) -> ChatPiece:
        try:
            token = self._sampler.sample(logits, grammar=grammar)
        except DeadEnd:
            self.stopped_by = "grammar"
            return ChatPiece(text=self._finish())
        logprobs = self._list_logprobs(logits, token)
        if self._vocabulary.is_end(token):
            self.stopped_by = "end"
            return ChatPiece(text=self._finish(), logprobs=logprobs)
        if grammar:
            grammar.accept(token)
        self.token = token
        self.count += 1
        text, thought, call = self._sort(token, self._vocabulary.piece(token))
        self.stopped_by = self._find_stop(token)
        if self.stopped_by:
            text += self._finish()
        return ChatPiece(text=text, thought=thought, calls=(call,) if call else (), logprobs=logprobs)

    def _sort(self, token: int, data: bytes) -> tuple[str, str, ToolCall | None]:
        """What a token adds: text, thought, a call."""
        if self._thoughts.takes(token):
            return "", self._thoughts.push(data), None
        if self._calls.takes(token):
            call, text = self._calls.push(token, data)
            return (self._text.push(text.encode()) if text else ""), "", call
        text = self._text.push(data)
        if self._calls.count and not text.strip():
            text = ""  # the line break between two calls
        return text, "", None

    def _finish(self) -> str:
        """What is still held back; of a call that was cut off, its text."""
        rest = self._calls.finish()
        return (self._text.push(rest.encode()) if rest else "") + self._text.finish()

    def _find_stop(self, token: int) -> str | None:
        if self._text.stopped:
            return "stop"
        if self._max_calls is not None and self._calls.count >= self._max_calls:
            return "calls"
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
