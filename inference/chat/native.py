"""llama.cpp's model and context behind a few typed calls.

Nothing here is thread-safe: two threads in one context abort the process. The scheduler's thread owns it.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as lib
from llama_cpp import mtmd_cpp

from inference.chat.vocabulary import Vocabulary
from inference.errors import ModelFailed
from inference.interrupt import Interrupt, Interrupted

KV_F16 = 1  # ggml_type
ALL_LAYERS = -1
KV_Q8_0 = 8
ABORTED = 2  # what llama_decode returns when its abort callback said so; the cache is as before
_IS_SET = ctypes.cast(ctypes.CDLL(None).strlen, lib.ggml_abort_callback)  # see `inference.interrupt`
_NEVER = lib.ggml_abort_callback()


logger = logging.getLogger(__name__)


@lib.llama_log_callback
def _drop_log(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
    """llama.cpp and libmtmd print parts of prompts; a log never holds what people said."""


def silence() -> None:
    """Send every log line of llama.cpp, ggml and libmtmd nowhere. For the whole process."""
    nothing = ctypes.c_void_p(0)
    lib.llama_log_set(_drop_log, nothing)
    mtmd_cpp.mtmd_log_set(_drop_log, nothing)
    mtmd_cpp.mtmd_helper_log_set(_drop_log, nothing)


class NativeModel:
    """Weights in memory, `gpu_layers` of them on a card where llama.cpp was built for one and sees it; all on the processor where they do not
    fit there.

    Raises ModelFailed when the file is not a model llama.cpp can load or memory does not suffice.
    """

    def __init__(
        self, path: Path, *, mmap: bool = False, mtp: bool = False, gpu_layers: int = ALL_LAYERS
    ) -> None:
        silence()
        lib.llama_backend_init()
        params = lib.llama_model_default_params()
        # The CPU build repacks most weights into new memory. With mmap the mapped originals stay resident as well:
        # Qwen2.5 1.5B Q4_K_M with an 8k context needs 1976 MiB mapped and 1387 MiB read, at the same speed.
        params.load_mode = lib.LLAMA_LOAD_MODE_MMAP if mmap else lib.LLAMA_LOAD_MODE_NONE
        params.load_mtp = mtp
        self.gpu_layers = params.n_gpu_layers = gpu_layers if lib.llama_supports_gpu_offload() else 0
        self.handle = lib.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle and self.gpu_layers:
            logger.warning("the chat model does not fit on the graphics card: the processor takes it")
            self.gpu_layers = params.n_gpu_layers = 0
            self.handle = lib.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle:
            raise ModelFailed(
                "The chat model could not be loaded: the file is damaged or memory does not suffice."
            )
        self.vocabulary = Vocabulary(self.handle)
        self.trained_context = lib.llama_model_n_ctx_train(self.handle)
        self.window = lib.llama_model_n_swa(self.handle)
        self.description = self._read_description()
        template = lib.llama_model_chat_template(self.handle, None)
        self.chat_template = template.decode("utf-8") if template else None

    def get_metadata(self, key: str) -> str | None:
        """One value of the model file's header, as text."""
        buffer = ctypes.create_string_buffer(4096)
        count = lib.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if count >= 0 else None

    def close(self) -> None:
        if self.handle:
            lib.llama_model_free(self.handle)
            self.handle = None

    def _read_description(self) -> str:
        buffer = ctypes.create_string_buffer(256)
        lib.llama_model_desc(self.handle, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")


class NativeContext:
    """One sequence of tokens in a KV cache.

    `piece_tokens` is the largest number of tokens one `decode` takes. It is n_batch and n_ubatch at once: llama.cpp
    aborts the process, or reads an image wrongly, when they differ. `interrupt` stops a `decode` that may be stopped (on a CPU; other
    devices do not look).
    """

    def __init__(
        self,
        model: NativeModel,
        *,
        n_ctx: int,
        threads: int,
        piece_tokens: int = 512,
        kv_type: int = KV_F16,
        interrupt: Interrupt | None = None,
    ) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = piece_tokens
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = threads
        params.type_k = params.type_v = kv_type
        # Without flash attention V is padded to the widest layer; with swa_full Gemma 4 12B wants 10 GiB at 32k.
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.swa_full = False
        params.no_perf = True
        self.handle = lib.llama_init_from_model(model.handle, params)
        if not self.handle:
            raise ModelFailed("The chat model's context could not be made: memory does not suffice.")
        self.n_ctx = lib.llama_n_ctx(self.handle)
        self.piece_tokens = piece_tokens
        self._interrupt = interrupt
        self._vocab_size = model.vocabulary.size
        self._memory = lib.llama_get_memory(self.handle)
        self._batch = lib.llama_batch_init(piece_tokens, 0, 1)

    def decode(
        self, tokens: Sequence[int], *, at: int, all_logits: bool = False, may_stop: bool = False
    ) -> None:
        """Compute `tokens` at positions `at`, `at`+1 … ; afterwards `logits` are those behind the last one, or `all_logits`.

        Raises ModelFailed (retryable) when the cache has no room or computing failed; Interrupted, when it `may_stop`.
        """
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = at + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = all_logits
        batch.logits[len(tokens) - 1] = 1
        self._watch(may_stop)
        status = lib.llama_decode(self.handle, batch)
        self._watch(False)
        if status == ABORTED:
            raise Interrupted
        if status != 0:
            raise ModelFailed(f"The chat model stopped computing (llama_decode returned {status}).")

    def _watch(self, may_stop: bool) -> None:
        if self._interrupt is not None:
            address = self._interrupt.address if may_stop else None
            lib.llama_set_abort_callback(self.handle, _IS_SET if may_stop else _NEVER, address)

    def decode_rows(self, rows: np.ndarray, *, at: int, is_causal: bool) -> None:
        """Compute embeddings, float32 [n, embedding], in place of n tokens; a picture is not causal. Raises as `decode`."""
        count = len(rows)
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        positions = (lib.llama_pos * count)(*range(at, at + count))
        counts = (ctypes.c_int32 * count)(*([1] * count))
        sequence = (lib.llama_seq_id * 1)(0)
        sequences = (ctypes.POINTER(lib.llama_seq_id) * count)(
            *([ctypes.cast(sequence, ctypes.POINTER(lib.llama_seq_id))] * count)
        )
        wanted = (ctypes.c_int8 * count)()
        wanted[count - 1] = 1
        batch = lib.llama_batch(
            n_tokens=count,
            token=None,
            embd=rows.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            pos=positions,
            n_seq_id=counts,
            seq_id=sequences,
            logits=wanted,
        )
        lib.llama_set_causal_attn(self.handle, is_causal)
        try:
            status = lib.llama_decode(self.handle, batch)
        finally:
            lib.llama_set_causal_attn(self.handle, True)
        if status != 0:
            raise ModelFailed(f"The chat model stopped computing (llama_decode returned {status}).")

    def logits(self, index: int = -1) -> np.ndarray:
        """float32 [vocabulary], a view that the next `decode` overwrites; of the last token, or of one where all were asked for."""
        return np.ctypeslib.as_array(lib.llama_get_logits_ith(self.handle, index), shape=(self._vocab_size,))

    def get_first_position(self) -> int:
        """The oldest position of which every layer still has its keys; -1 when the cache is empty. More than 0 only in models
        with a sliding window."""
        return lib.llama_memory_seq_pos_min(self._memory, 0)

    def cut(self, length: int) -> bool:
        """Forget everything from position `length` on. False when this memory cannot be cut there; it is then empty."""
        if lib.llama_memory_seq_rm(self._memory, 0, length, -1):
            return True
        self.clear()
        return False

    def clear(self) -> None:
        lib.llama_memory_clear(self._memory, True)

    def take_snapshot(self) -> np.ndarray:
        """The sequence's state as uint8; Qwen2.5 1.5B: 28 KiB a token, some 10 ms per 1,000 tokens."""
        size = lib.llama_state_seq_get_size(self.handle, 0)
        data = np.empty(size, dtype=np.uint8)
        written = lib.llama_state_seq_get_data(self.handle, _bytes_pointer(data), size, 0)
        return data[:written]

    def restore_snapshot(self, data: np.ndarray) -> bool:
        """Replace the sequence by a snapshot of this same context. False when it does not fit; the cache is then empty."""
        self.clear()
        if lib.llama_state_seq_set_data(self.handle, _bytes_pointer(data), data.size, 0) > 0:
            return True
        self.clear()
        return False

    def close(self) -> None:
        if self.handle:
            lib.llama_batch_free(self._batch)
            lib.llama_free(self.handle)
            self.handle = None


def _bytes_pointer(data: np.ndarray) -> ctypes._Pointer:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
