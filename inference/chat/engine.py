"""The generation loop: read the prompt in pieces, then token by token, with a pause point after each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inference.chat.grammar import Grammar, compile_grammar
from inference.chat.media import AudioPart, MediaPart
from inference.chat.mixed import MixedContext
from inference.chat.native import KV_F16, NativeContext, NativeModel, Vocabulary
from inference.chat.prefix import PrefixCache, Seat
from inference.chat.projector import Projector, Span
from inference.chat.prompt import PromptBuilder
from inference.chat.request import ChatPiece, ChatRequest, ModelFacts, Timings, TokenLogprob, Usage
from inference.chat.sampling import DeadEnd, Sampler, largest_first, log_softmax_at
from inference.chat.text import RepetitionGuard, TextStream
from inference.errors import ContextLengthExceeded, InvalidRequest, ModelFailed, NotReady

PIECE_S = 1.0  # a live request waits about this long at most while a prompt is being read
PROBE_TOKENS = 96


@dataclass(frozen=True)
class PreparedChat:
    """A request that was checked: it fits, its template renders, its schema can be honoured."""

    request: ChatRequest
    prompt: list[int]
    max_tokens: int
    grammar_text: str | None
    spans: tuple[Span, ...] = ()

    def list_solids(self) -> list[tuple[int, int]]:
        """Where the prompt holds pictures."""
        places = {span.places[0]: len(span.places) for span in self.spans if span.is_whole}
        return [(at, at + places[token]) for at, token in enumerate(self.prompt) if token in places]


class ChatEngine:
    """One chat model.

    `load`, `warm`, `generate` and `close` belong to the model thread; `prepare` may be called from any thread. Several
    generations may be open at once, each advanced in turn: what belongs to a request lives in its generator.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        n_ctx: int,
        threads: int,
        name: str | None = None,
        mmproj_path: Path | None = None,
        snapshot_bytes: int = 256 << 20,
        kv_type: int = KV_F16,
        piece_tokens: int = 512,
    ) -> None:
        self.name = name or model_path.parent.name
        self._model_path = model_path
        self._mmproj_path = mmproj_path
        self._n_ctx = n_ctx
        self._threads = threads
        self._snapshot_bytes = snapshot_bytes
        self._kv_type = kv_type
        self._piece_tokens = piece_tokens
        self._best_prefill_tps = 0.0
        self._model: NativeModel | None = None
        self._context: NativeContext | None = None
        self._projector: Projector | None = None
        self._mixed: MixedContext | None = None

    @property
    def can_hear(self) -> bool:
        return self._projector is not None and self._projector.can_hear

    @property
    def can_see(self) -> bool:
        return self._projector is not None and self._projector.can_see

    def load(self) -> None:
        """Read the weights: seconds for a small model, up to a minute for a large one from a slow disk.

        Raises ModelFailed when the file is damaged, has no chat template, or memory does not suffice.
        """
        model = NativeModel(self._model_path)
        if model.chat_template is None:
            model.close()
            raise ModelFailed("The chat model's file has no chat template: it is not a chat model.")
        n_ctx = min(self._n_ctx, model.trained_context)
        self._context = NativeContext(
            model, n_ctx=n_ctx, threads=self._threads, piece_tokens=self._piece_tokens, kv_type=self._kv_type
        )
        self._builder = PromptBuilder(model.chat_template, model.vocabulary)
        if self._mmproj_path is not None:
            self._projector = Projector(
                self._mmproj_path, model, threads=self._threads, max_image_tokens=self._piece_tokens
            )
            self._mixed = MixedContext(self._context, self._projector)
        self._prefixes = PrefixCache(
            self._mixed or self._context, window=model.window, budget_bytes=self._snapshot_bytes
        )
        self._model = model

    def warm(self) -> None:
        """One short generation, since the first one pays for memory and threads; then see how fast prompts are read. Pieces of
        prompts follow the best speed seen so far: results would differ in their last bits with every load of the machine
        if they followed the present one."""
        model, context = self._loaded()
        greeting = ChatRequest(messages=[{"role": "user", "content": "Hello"}], temperature=0.0, max_tokens=2)
        for _ in self.generate(greeting):
            pass
        size = min(PROBE_TOKENS, self._piece_tokens, context.n_ctx // 2)
        self._prefixes.forget()
        started_at = time.monotonic()
        context.decode([model.vocabulary.eos] * size, at=0)
        self._note_prefill(size, time.monotonic() - started_at)
        self._prefixes.forget()

    def close(self) -> None:
        for part in (self._projector, self._context, self._model):
            if part:
                part.close()
        self._context = self._model = self._projector = self._mixed = None

    def get_facts(self) -> ModelFacts:
        model, context = self._loaded()
        senses = ("audio",) * self.can_hear + ("image",) * self.can_see
        return ModelFacts(
            description=model.description,
            context_length=context.n_ctx,
            capabilities=(*ModelFacts.capabilities, *senses),
        )

    def count_tokens(self, text: str) -> int:
        """Of text that people wrote. Any thread."""
        return len(self._loaded()[0].vocabulary.tokenize(text, special=False))

    def prepare(self, request: ChatRequest) -> PreparedChat:
        """Everything that can be refused, before any computing. Milliseconds. Any thread.

        Raises InvalidRequest (roles, schema, a sound or picture this model cannot take in), UnsupportedParameter,
        ContextLengthExceeded; none is retryable.
        """
        model, context = self._loaded()
        grammar_text = compile_grammar(request.schema, model.vocabulary)
        spans: list[Span] = []
        prompt = self._builder.build(
            request.messages,
            tools=request.tools,
            thinking=request.thinking,
            spell=lambda part: self._spell(part, spans),
        )
        room = context.n_ctx - len(prompt)
        if room < max(1, request.max_tokens or 1):
            wanted = f" plus {request.max_tokens} for the answer" if request.max_tokens else ""
            raise ContextLengthExceeded(
                f"The prompt has {len(prompt)} tokens{wanted}; this model's context holds {context.n_ctx}.",
                param="messages",
            )
        return PreparedChat(request, prompt, request.max_tokens or room, grammar_text, tuple(spans))

    def generate(self, request: ChatRequest | PreparedChat) -> Iterator[ChatPiece | None]:
        """Yield None between pieces of the prompt, then a ChatPiece (or None) per token; the last one has a
        `finish_reason`, `usage` and `timings`. Closing the iterator stops at once.

        Raises as `prepare`, and ModelFailed (retryable) when computing fails.
        """
        prepared = request if isinstance(request, PreparedChat) else self.prepare(request)
        seat = Seat(prepared.prompt, solids=prepared.list_solids())
        grammar = self._open_grammar(prepared)
        clock = _Clock()
        if self._mixed:
            self._mixed.hold(prepared.spans)
        try:
            yield from self._read_prompt(seat, clock)
            yield from self._write(prepared, seat, grammar, clock)
        finally:
            self._prefixes.leave(seat)
            if self._mixed:
                self._mixed.release(prepared.spans)
            if grammar:
                grammar.close()

    def _loaded(self) -> tuple[NativeModel, NativeContext]:
        if self._model is None or self._context is None:
            raise NotReady("The chat model is still being loaded.")
        return self._model, self._context

    def _spell(self, part: MediaPart, spans: list[Span]) -> list[int]:
        is_audio = isinstance(part, AudioPart)
        if self._projector is None or not (self.can_hear if is_audio else self.can_see):
            raise InvalidRequest(f"This model cannot {'hear' if is_audio else 'see'}.", param="messages")
        tokens, found = self._projector.spell(part)
        spans += found
        return tokens

    def _open_grammar(self, prepared: PreparedChat) -> Grammar | None:
        model, _ = self._loaded()
        return Grammar(prepared.grammar_text, model.vocabulary) if prepared.grammar_text is not None else None

    def _read_prompt(self, seat: Seat, clock: _Clock) -> Iterator[None]:
        """Leaves the logits of the prompt's last token in the context."""
        with clock.reading():
            self._prefixes.enter(seat)
        while len(seat.tokens) < len(seat.prompt):
            size = choose_piece_size(self._best_prefill_tps, limit=self._piece_tokens)
            piece = self._prefixes.next_piece(seat, size)
            read_s = clock.prefill_s
            with clock.reading():
                self._prefixes.compute(seat, piece)
            self._note_prefill(len(piece), clock.prefill_s - read_s)
            if len(seat.tokens) < len(seat.prompt):
                yield None

    def _note_prefill(self, count: int, took_s: float) -> None:
        self._best_prefill_tps = max(self._best_prefill_tps, count / max(took_s, 1e-6))

    def _write(
        self, prepared: PreparedChat, seat: Seat, grammar: Grammar | None, clock: _Clock
    ) -> Iterator[ChatPiece | None]:
        """Sampling follows computing without a pause between them: a request that runs in a pause overwrites the logits."""
        model, context = self._loaded()
        writer = _Writer(prepared, model.vocabulary)
        with clock.writing():
            piece = writer.step(context.logits(), grammar)
        while writer.stopped_by is None:
            yield piece
            with clock.writing():
                self._prefixes.compute(seat, [writer.token])
                piece = writer.step(context.logits(), grammar)
        usage = Usage(
            prompt_tokens=len(seat.prompt), completion_tokens=writer.count, cached_tokens=seat.reused
        )
        finish_reason = "stop" if writer.stopped_by in ("end", "stop") else "length"
        yield replace(
            piece,
            finish_reason=finish_reason,
            stopped_by=writer.stopped_by,
            usage=usage,
            timings=Timings(prefill_s=clock.prefill_s, decode_s=clock.decode_s),
        )


class _Writer:
    """The answer of one request as it grows."""

    def __init__(self, prepared: PreparedChat, vocabulary: Vocabulary) -> None:
        request = prepared.request
        self._vocabulary = vocabulary
        self._top_logprobs = request.top_logprobs
        self._max_tokens = prepared.max_tokens
        self._to_context_end = request.max_tokens is None
        self._sampler = Sampler(request, suppressed=vocabulary.suppressed)
        self._text = TextStream(request.stop)
        self._guard = RepetitionGuard() if request.repetition_stop else None
        self.count = 0
        self.token = -1
        self.stopped_by: str | None = None

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
        text = self._text.push(self._vocabulary.piece(token))
        self.stopped_by = self._find_stop(token)
        if self.stopped_by:
            text += self._text.finish()
        return ChatPiece(text=text, logprobs=logprobs)

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


class _Clock:
    """Seconds of computing, without pauses."""

    def __init__(self) -> None:
        self.prefill_s = 0.0
        self.decode_s = 0.0

    @contextmanager
    def reading(self) -> Iterator[None]:
        started_at = time.monotonic()
        yield
        self.prefill_s += time.monotonic() - started_at

    @contextmanager
    def writing(self) -> Iterator[None]:
        started_at = time.monotonic()
        yield
        self.decode_s += time.monotonic() - started_at


def choose_piece_size(tokens_per_s: float, *, limit: int) -> int:
    """The power of two that is read in at most PIECE_S, from 16 (smaller ones are read at half the speed) to `limit`."""
    size = 16
    while size * 2 <= min(tokens_per_s * PIECE_S, limit):
        size *= 2
    return min(size, limit)
