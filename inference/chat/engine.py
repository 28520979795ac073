"""The generation loop: read the prompt in pieces, then token by token, with a pause point after each."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from inference.chat.drafter import Drafter, Gauge, Guessing, open_drafter
from inference.chat.grammar import Grammar, compile_grammar
from inference.chat.media import AudioPart, MediaPart
from inference.chat.mixed import MixedContext
from inference.chat.native import ALL_LAYERS, KV_F16, NativeContext, NativeModel
from inference.chat.pacing import Pacer
from inference.chat.prefix import PrefixCache, Seat
from inference.chat.prepared import PreparedChat
from inference.chat.projector import Projector, Span
from inference.chat.prompt import PromptBuilder
from inference.chat.request import ChatPiece, ChatRequest, ModelFacts, Timings, Usage
from inference.chat.writer import Clock, Writer
from inference.errors import ContextLengthExceeded, InvalidRequest, ModelFailed, NotReady
from inference.interrupt import Interrupt, Interrupted

PROBE_TOKENS = 96


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
        drafter_path: Path | None = None,
        interrupt: Interrupt | None = None,
        snapshot_bytes: int = 256 << 20,
        kv_type: int = KV_F16,
        piece_tokens: int = 512,
        gpu_layers: int = ALL_LAYERS,
    ) -> None:
        self.name = name or model_path.parent.name
        self._model_path = model_path
        self._mmproj_path = mmproj_path
        self._drafter_path = drafter_path
        self._interrupt = interrupt
        self._n_ctx = n_ctx
        self._threads = threads
        self._snapshot_bytes = snapshot_bytes
        self._kv_type = kv_type
        self._piece_tokens = piece_tokens
        self._gpu_layers = gpu_layers
        self._pacer = Pacer(limit=piece_tokens)
        self._gauge = Gauge()
        self._model: NativeModel | None = None
        self._context: NativeContext | None = None
        self._projector: Projector | None = None
        self._mixed: MixedContext | None = None
        self._drafter: Drafter | None = None

    @property
    def draft_speedup(self) -> float | None:
        """Of drafting, as seen so far; None without a drafter, or before it was tried."""
        return self._gauge.speedup if self._drafter else None

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
        model = NativeModel(self._model_path, gpu_layers=self._gpu_layers)
        if model.chat_template is None:
            model.close()
            raise ModelFailed("The chat model's file has no chat template: it is not a chat model.")
        n_ctx = min(self._n_ctx, model.trained_context)
        self._context = NativeContext(
            model,
            n_ctx=n_ctx,
            threads=self._threads,
            piece_tokens=self._piece_tokens,
            kv_type=self._kv_type,
            interrupt=self._interrupt,
        )
        self._builder = PromptBuilder(model.chat_template, model.vocabulary)
        if self._mmproj_path is not None:
            self._projector = Projector(
                self._mmproj_path, model, threads=self._threads, max_image_tokens=self._piece_tokens
            )
            self._mixed = MixedContext(self._context, self._projector)
        if self._drafter_path is not None:
            self._drafter = open_drafter(self._drafter_path, model, self._context, threads=self._threads)
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
        self._pacer.note(size, time.monotonic() - started_at)
        self._prefixes.forget()

    def close(self) -> None:
        for part in (self._drafter, self._projector, self._context, self._model):
            if part:
                part.close()
        self._context = self._model = self._projector = self._mixed = self._drafter = None

    def get_facts(self) -> ModelFacts:
        model, context = self._loaded()
        more = ("audio",) * self.can_hear + ("image",) * self.can_see + ("drafter",) * bool(self._drafter)
        return ModelFacts(
            description=model.description,
            context_length=context.n_ctx,
            device="gpu" if model.gpu_layers else "cpu",
            capabilities=(*ModelFacts.capabilities, *more),
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
        clock = Clock()
        if self._mixed:
            self._mixed.hold(prepared.spans)
        try:
            last = yield from self._read_prompt(seat, clock)
            guessing = Guessing(self._drafter.read_hidden(last)) if self._drafter else None
            yield from self._write(prepared, seat, grammar, clock, guessing)
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

    def _read_prompt(self, seat: Seat, clock: Clock) -> Generator[None, None, int]:
        """Leaves the logits of the prompt's last token in the context; gives its place in the last computation."""
        pace = self._pacer.open()
        with clock.reading():
            self._prefixes.enter(seat)
        while len(seat.tokens) < len(seat.prompt):
            piece = self._prefixes.next_piece(seat, pace.size)
            read_s = clock.prefill_s
            try:
                with clock.reading():
                    self._prefixes.compute(seat, piece, may_stop=pace.may_stop)
            except Interrupted:
                pace.interrupted()
            else:
                pace.finished(len(piece), clock.prefill_s - read_s)
            if len(seat.tokens) < len(seat.prompt):
                yield None
        return sum(1 for _ in takewhile(lambda token: token >= 0, reversed(piece))) - 1

    def _write(
        self,
        prepared: PreparedChat,
        seat: Seat,
        grammar: Grammar | None,
        clock: Clock,
        guessing: Guessing | None,
    ) -> Iterator[ChatPiece | None]:
        """Sampling follows computing without a pause between them: a request that runs in a pause overwrites the logits."""
        model, context = self._loaded()
        writer = Writer(prepared.request, model.vocabulary, max_tokens=prepared.max_tokens)
        with clock.writing():
            piece = writer.step(context.logits(), grammar)
        while writer.stopped_by is None:
            yield piece
            with clock.writing():
                *before, piece = self._step(writer, seat, grammar, guessing)
            yield from before
        usage = Usage(
            prompt_tokens=len(seat.prompt), completion_tokens=writer.count, cached_tokens=seat.reused
        )
        timings = Timings(
            prefill_s=clock.prefill_s,
            decode_s=clock.decode_s,
            guessed_tokens=guessing.guessed if guessing else 0,
            accepted_tokens=guessing.accepted if guessing else 0,
        )
        yield replace(
            piece,
            finish_reason="stop" if writer.stopped_by in ("end", "stop", "calls") else "length",
            stopped_by=writer.stopped_by,
            usage=usage,
            timings=timings,
        )

    def _step(
        self, writer: Writer, seat: Seat, grammar: Grammar | None, guessing: Guessing | None
    ) -> list[ChatPiece]:
        """One computation of the model: one token, or more where guesses were right."""
        _, context = self._loaded()
        if guessing is None or self._drafter is None:
            self._prefixes.compute(seat, [writer.token])
            return [writer.step(context.logits(), grammar)]
        started_at = time.monotonic()
        guesses = self._guess(writer, seat, guessing)
        self._prefixes.compute(seat, [writer.token, *guesses], all_logits=True)
        pieces = []
        for index, guess in enumerate([*guesses, None]):
            pieces.append(writer.step(context.logits(index), grammar))
            if writer.stopped_by or writer.token != guess:
                break
        guessing.hidden = self._drafter.read_hidden(index)
        guessing.note(guessed=len(guesses), accepted=index)
        self._prefixes.take_back(seat, len(guesses) - index)
        took_s = time.monotonic() - started_at
        self._gauge.note(tokens=len(pieces), took_s=took_s, with_guesses=bool(guesses))
        return pieces

    def _guess(self, writer: Writer, seat: Seat, guessing: Guessing) -> list[int]:
        """Nothing where guessing does not pay, or only one more token is wanted."""
        _, context = self._loaded()
        at = len(seat.tokens)
        count = min(guessing.next_count, writer.room - 1, context.n_ctx - at - 1)
        if count < 1 or not self._gauge.wants_guesses():
            return []
        self._prefixes.enter(seat)  # the drafter looks at the cache
        return self._drafter.guess(writer.token, guessing.hidden, at=at, count=count)
