"""Sentence vectors: all-MiniLM-L6-v2 as ONNX, mean pooling over the tokens that are not padding, length 1.

The recipe is the model card's (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from inference.errors import ModelFailed
from inference.sessions import make_options

DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained with; the rest of a longer text is not read
BATCH = 16


@dataclass(frozen=True, kw_only=True)
class EmbeddingBatch:
    """`vectors`: float32, shape (n, 384), each of length 1. `indexes`: which inputs they belong to."""

    indexes: tuple[int, ...]
    vectors: np.ndarray
    tokens: int


class EmbeddingEngine:
    """One sentence model. `load`, `warm`, `embed` and `close` belong to the model thread."""

    def __init__(
        self, model_path: Path, tokenizer_path: Path, *, threads: int, name: str | None = None
    ) -> None:
        self.name = name or model_path.parent.name
        self._model_path = model_path
        self._tokenizer_path = tokenizer_path
        self._threads = threads
        self._session: onnxruntime.InferenceSession | None = None

    def load(self) -> None:
        """Raises ModelFailed when the files are missing or damaged."""
        try:
            self._session = onnxruntime.InferenceSession(
                str(self._model_path),
                sess_options=make_options(self._threads),
                providers=["CPUExecutionProvider"],
            )
            self._tokenizer = Tokenizer.from_file(str(self._tokenizer_path))
        except Exception as error:  # both libraries raise their own, undocumented classes
            raise ModelFailed("The sentence model's files cannot be loaded.") from error
        self._tokenizer.enable_truncation(max_length=MAX_TOKENS)
        self._tokenizer.enable_padding()

    def warm(self) -> None:
        list(self.embed(["warm"]))

    def close(self) -> None:
        self._session = None

    def embed(self, texts: Sequence[str]) -> Iterator[EmbeddingBatch]:
        """One batch per piece, texts of similar length together (padding is wasted work); about 0.1 s each."""
        if self._session is None:
            raise ModelFailed("The sentence model is not loaded.")
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), BATCH):
            indexes = order[start : start + BATCH]
            encodings = self._tokenizer.encode_batch([texts[index] for index in indexes])
            mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
            inputs = {
                "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
                "attention_mask": mask,
                "token_type_ids": np.zeros_like(mask),
            }
            hidden = self._session.run(None, inputs)[0]  # (batch, tokens, 384)
            yield EmbeddingBatch(indexes=tuple(indexes), vectors=pool(hidden, mask), tokens=int(mask.sum()))


def pool(hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Token vectors (b, t, d) and their mask (b, t) → mean vectors of length 1, (b, d), float32."""
    weights = mask[..., None].astype(np.float32)
    mean = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
    return (mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)).astype(np.float32)
