"""The part of a model that hears and sees: sound or a picture → rows that stand in a prompt where tokens would.

    AudioPart, ImagePart ─▶ spell ─▶ tokens around it and a Span of n places ─▶ encode ─▶ float32 [n, embedding]

libmtmd's own loop over a prompt is not used: it cannot pause for more urgent work, forgets what it has read, and looks for its
marker in what people wrote. Here it is given single pictures and sounds, never text.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as lib
from llama_cpp import mtmd_cpp as mtmd

from inference.chat.media import AudioPart, MediaPart
from inference.chat.native import NativeModel
from inference.errors import InvalidRequest, ModelFailed
from inference.speech.audio import SAMPLE_RATE_HZ, to_float

TEXT_CHUNK = 0  # mtmd_input_chunk_type
MIN_AUDIO_S = 0.1


@dataclass(eq=False)
class Span:
    """Places in a prompt that are no tokens. `places`: their stand-ins, negative and equal for equal media, so that prompts can be
    compared. `is_whole`: all of it must be read at once (pictures, whose patches see each other both ways). `rows`: float32
    [places, embedding] once it was encoded."""

    places: list[int]
    is_whole: bool
    chunk: int
    owner: _Chunks
    rows: np.ndarray | None = field(default=None)


class _Chunks:
    """libmtmd's list, freed when nothing looks at it any more."""

    def __init__(self) -> None:
        self.handle = mtmd.mtmd_input_chunks_init()
        weakref.finalize(self, mtmd.mtmd_input_chunks_free, self.handle)


class Projector:
    """`spell` may be called from any thread, `encode` from the model thread. One call of libmtmd at a time."""

    def __init__(self, path: Path, model: NativeModel, *, threads: int, max_image_tokens: int) -> None:
        """Raises ModelFailed: the file is damaged, does not fit the model, or is of a kind this engine cannot place."""
        params = mtmd.mtmd_context_params_default()
        params.use_gpu = True
        params.print_timings = False
        params.n_threads = threads
        params.warmup = False
        params.image_max_tokens = max_image_tokens
        self._handle = mtmd.mtmd_init_from_file(str(path).encode(), model.handle, params)
        if not self._handle:
            raise ModelFailed("The chat model's mmproj file is damaged or does not fit the model.")
        if mtmd.mtmd_decode_use_mrope(self._handle):
            self.close()
            raise ModelFailed("Models with positions in two dimensions are not supported.")
        self._width = lib.llama_model_n_embd_inp(model.handle)
        self._lock = threading.Lock()
        self.can_hear = mtmd.mtmd_support_audio(self._handle)
        self.can_see = mtmd.mtmd_support_vision(self._handle)
        if self.can_hear and mtmd.mtmd_get_audio_sample_rate(self._handle) != SAMPLE_RATE_HZ:
            self.close()
            raise ModelFailed("The chat model hears at another sample rate than 16 kHz.")

    def close(self) -> None:
        if self._handle:
            mtmd.mtmd_free(self._handle)
            self._handle = None

    def spell(self, part: MediaPart) -> tuple[list[int], list[Span]]:
        """What stands in the prompt for it: tokens, and the places of its spans among them. Raises InvalidRequest (not retryable)."""
        if isinstance(part, AudioPart) and part.samples.size < MIN_AUDIO_S * SAMPLE_RATE_HZ:
            raise InvalidRequest("A sound is shorter than a tenth of a second.", param="messages")
        with self._lock:
            chunks = self._cut(part)
            tokens: list[int] = []
            spans: list[Span] = []
            for index in range(mtmd.mtmd_input_chunks_size(chunks.handle)):
                chunk = mtmd.mtmd_input_chunks_get(chunks.handle, index)
                if mtmd.mtmd_input_chunk_get_type(chunk) == TEXT_CHUNK:
                    tokens += _read_tokens(chunk)
                    continue
                count = mtmd.mtmd_input_chunk_get_n_tokens(chunk)
                span = Span(
                    places=make_places(part.digest, index, count),
                    is_whole=mtmd.mtmd_decode_use_non_causal(self._handle, chunk),
                    chunk=index,
                    owner=chunks,
                )
                spans.append(span)
                tokens += span.places
        return tokens, spans

    def encode(self, span: Span) -> np.ndarray:
        """float32 [places, embedding]; computed once. Raises ModelFailed (retryable)."""
        if span.rows is None:
            with self._lock:
                chunk = mtmd.mtmd_input_chunks_get(span.owner.handle, span.chunk)
                if mtmd.mtmd_encode_chunk(self._handle, chunk) != 0:
                    raise ModelFailed("The chat model could not take in a sound or a picture.")
                rows = mtmd.mtmd_get_output_embd(self._handle)
                span.rows = np.ctypeslib.as_array(rows, shape=(len(span.places), self._width)).copy()
        return span.rows

    def _cut(self, part: MediaPart) -> _Chunks:
        bitmap, kept = _make_bitmap(part)
        try:
            one = mtmd.mtmd_input_part(bitmap=bitmap)
            parts = (ctypes.POINTER(mtmd.mtmd_input_part) * 1)(ctypes.pointer(one))
            chunks = _Chunks()
            status = mtmd.mtmd_tokenize_from_parts(self._handle, chunks.handle, parts, 1, False)
        finally:
            mtmd.mtmd_bitmap_free(bitmap)
            del kept
        if status != 0:
            raise InvalidRequest("A sound or a picture cannot be taken in by this model.", param="messages")
        return chunks


def make_places(digest: bytes, index: int, count: int) -> list[int]:
    """Stand-ins for the places of one piece of media: negative, so no tokens, and the same whenever the same media comes again."""
    base = int.from_bytes(hashlib.sha256(digest + bytes([index % 256])).digest()[:6], "big") << 20
    return [-(base + place) - 1 for place in range(count)]


def _make_bitmap(part: MediaPart) -> tuple[int, np.ndarray]:
    """libmtmd's copy, and the array it was made of, which has to live as long as the call."""
    if isinstance(part, AudioPart):
        samples = np.ascontiguousarray(to_float(part.samples))
        data = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        return mtmd.mtmd_bitmap_init_from_audio(samples.size, data), samples
    pixels = np.ascontiguousarray(part.pixels, dtype=np.uint8)
    height, width = pixels.shape[:2]
    data = pixels.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
    return mtmd.mtmd_bitmap_init(width, height, data), pixels


def _read_tokens(chunk: int) -> list[int]:
    count = ctypes.c_size_t(0)
    tokens = mtmd.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
    return [tokens[index] for index in range(count.value)]
