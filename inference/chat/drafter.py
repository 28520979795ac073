"""A small model that guesses how the large one will go on (`gemma4-assistant`, "MTP"), and the large one checks all guesses at once.

    token, hidden row ─▶ drafter ─▶ guess 1 ─▶ guess 2 ─▶ guess 3           a few per cent of the large model's time each
    [token, guess 1, guess 2, guess 3] ─▶ large model, one computation ─▶ sampled one by one with the request's own sampler and
                                           grammar; the first that differs from its guess ends the row, the rest is taken back

Nothing is ever written that the large model did not sample. The drafter has no keys and values of its own: it looks at the large
model's, whatever they came from, and every guess of a row stands at the same position (llama.cpp, common/speculative.cpp). What it is
given besides the token is the large model's last hidden row.
"""

from __future__ import annotations

import ctypes
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as lib
from llama_cpp import llama_cpp_ext as ext

from inference.chat.native import NativeContext, NativeModel
from inference.errors import ModelFailed

logger = logging.getLogger(__name__)

ARCHITECTURE = "gemma4-assistant"
MAX_GUESSES = 4
PROBE_STEPS = 8
CYCLE_STEPS = 256


class Drafter:
    """Belongs to the model thread, and to one context: that must be closed after it."""

    def __init__(self, path: Path, target: NativeModel, context: NativeContext, *, threads: int) -> None:
        """Raises ModelFailed: the file is damaged, no drafter, or another model's."""
        self._handle = None
        self._model = NativeModel(path, mtp=True)
        self._target = context
        try:
            self._check(target)
            self._handle = self._open(context, threads=threads)
        except ModelFailed:
            self._model.close()
            raise
        self._row = np.zeros((1, self._width), dtype=np.float32)
        ext.llama_set_embeddings_nextn(context.handle, True, False)
        ext.llama_set_embeddings_nextn(self._handle, True, True)

    def close(self) -> None:
        if self._handle:
            lib.llama_free(self._handle)
            self._handle = None
        self._model.close()

    def read_hidden(self, index: int) -> np.ndarray:
        """The large model's hidden row of token `index` of its last computation; a copy."""
        row = ext.llama_get_embeddings_nextn_ith(self._target.handle, index)
        if not row:
            raise ModelFailed("The chat model gave no hidden row for its drafter.")
        return np.ctypeslib.as_array(row, shape=(self._width,)).copy()

    def guess(self, token: int, hidden: np.ndarray, *, at: int, count: int) -> list[int]:
        """At most `count` tokens after `token`, which will stand at position `at`. The cache must hold everything before it."""
        guesses: list[int] = []
        self._row[0] = hidden
        while len(guesses) < count and self._compute(token, at=at):
            logits = np.ctypeslib.as_array(
                lib.llama_get_logits_ith(self._handle, 0), shape=(self._model.vocabulary.size,)
            )
            token = int(logits.argmax())
            guesses.append(token)
            row = ext.llama_get_embeddings_nextn_ith(self._handle, 0)
            if not row:
                break
            self._row[0] = np.ctypeslib.as_array(row, shape=(self._width,))
        return guesses

    def _check(self, target: NativeModel) -> None:
        if self._model.get_metadata("general.architecture") != ARCHITECTURE:
            raise ModelFailed("The drafter's file is not a gemma4-assistant model.")
        self._width = lib.llama_model_n_embd_out(self._model.handle)
        if self._width != lib.llama_model_n_embd_out(target.handle):
            raise ModelFailed("The drafter was made for another chat model: its width differs.")
        if self._model.vocabulary.size != target.vocabulary.size:
            raise ModelFailed("The drafter was made for another chat model: its vocabulary differs.")

    def _open(self, context: NativeContext, *, threads: int) -> int:
        params = lib.llama_context_default_params()
        params.n_ctx = context.n_ctx
        params.n_batch = params.n_ubatch = context.piece_tokens
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.swa_full = False
        params.no_perf = True
        params.ctx_type = lib.LLAMA_CONTEXT_TYPE_MTP
        params.ctx_other = context.handle
        handle = lib.llama_init_from_model(self._model.handle, params)
        if not handle or not ext.llama_get_ctx_other(handle):
            raise ModelFailed("The drafter's context could not be made.")
        return handle

    def _compute(self, token: int, *, at: int) -> bool:
        sequence = (lib.llama_seq_id * 1)(0)
        batch = lib.llama_batch(
            n_tokens=1,
            token=(lib.llama_token * 1)(token),
            embd=self._row.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            pos=(lib.llama_pos * 1)(at),
            n_seq_id=(ctypes.c_int32 * 1)(1),
            seq_id=(ctypes.POINTER(lib.llama_seq_id) * 1)(
                ctypes.cast(sequence, ctypes.POINTER(lib.llama_seq_id))
            ),
            logits=(ctypes.c_int8 * 1)(1),
        )
        return lib.llama_decode(self._handle, batch) == 0


def open_drafter(path: Path, target: NativeModel, context: NativeContext, *, threads: int) -> Drafter | None:
    """None where its file cannot be used: the answers are the same without it."""
    try:
        return Drafter(path, target, context, threads=threads)
    except ModelFailed as error:
        logger.warning("the drafter is not used: %s", error.message)
        return None


class Gauge:
    """Does drafting pay on this machine, with these texts? Of every CYCLE_STEPS steps some are taken without guesses and some with
    them; the rest is done in whichever way took less time per token."""

    def __init__(self) -> None:
        self._steps = 0
        self._plain_s = 0.0
        self._drafted_s = 0.0

    @property
    def speedup(self) -> float | None:
        """Time per token without guesses ÷ with them; None before both were seen."""
        return self._plain_s / self._drafted_s if self._plain_s and self._drafted_s else None

    def wants_guesses(self) -> bool:
        """Asked once per step."""
        place = self._steps % CYCLE_STEPS
        self._steps += 1
        if place < PROBE_STEPS:
            return False
        return place < 2 * PROBE_STEPS or (self.speedup or 0.0) > 1.0

    def note(self, *, tokens: int, took_s: float, with_guesses: bool) -> None:
        name = "_drafted_s" if with_guesses else "_plain_s"
        per_token = took_s / tokens
        before = getattr(self, name)
        setattr(self, name, per_token if not before else 0.8 * before + 0.2 * per_token)


@dataclass
class Guessing:
    """Of one request: how many tokens were guessed, how many were right, and how many to guess next: one more than were right."""

    hidden: np.ndarray
    guessed: int = 0
    accepted: int = 0
    next_count: int = 2

    def note(self, *, guessed: int, accepted: int) -> None:
        self.guessed += guessed
        self.accepted += accepted
        if guessed:
            self.next_count = min(MAX_GUESSES, accepted + 1)
