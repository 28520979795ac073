"""llama.cpp without us: the same weights in a bare loop of `llama_decode`, as its own `llama-bench` measures it (pp and tg)."""

from __future__ import annotations

import time
from pathlib import Path

from llama_cpp import llama_cpp as lib

from inference.chat.native import NativeContext, NativeModel

BATCH_TOKENS = 512


class LlamaLoop:
    """A context of its own over weights of its own. Close it."""

    def __init__(self, path: Path, *, n_ctx: int, threads: int) -> None:
        self._model = NativeModel(path)
        self._context = NativeContext(self._model, n_ctx=n_ctx, threads=threads, piece_tokens=BATCH_TOKENS)
        self._decode(1)  # the first call pays for memory and threads

    def run(self, *, read: int, write: int) -> tuple[float, float]:
        """Tokens per second: `read` tokens in batches, then `write` tokens one by one behind them."""
        self._context.clear()
        started_at = time.monotonic()
        for start in range(0, read, BATCH_TOKENS):
            self._decode(min(BATCH_TOKENS, read - start))
        read_at = time.monotonic()
        for _ in range(write):
            self._decode(1)
        return read / (read_at - started_at), write / (time.monotonic() - read_at)

    def close(self) -> None:
        self._context.close()
        self._model.close()

    def _decode(self, count: int) -> None:
        token = self._model.vocabulary.eos
        tokens = (lib.llama_token * count)(*([token] * count))
        status = lib.llama_decode(self._context.handle, lib.llama_batch_get_one(tokens, count))
        if status != 0:
            raise RuntimeError(f"llama_decode returned {status}")
        lib.llama_synchronize(self._context.handle)
