"""Pooling is the model card's formula; the engine keeps the order of its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.catalogue import load_catalogue
from inference.embedding import BATCH, DIMENSIONS, EmbeddingEngine, pool
from inference.errors import ModelFailed
from tests.tiers import MODELS_DIR


def test_pooling_leaves_padding_out():
    hidden = np.array([[[3.0, 0.0], [1.0, 0.0], [99.0, 99.0]]])
    assert np.allclose(pool(hidden, np.array([[1, 1, 0]])), [[1.0, 0.0]])


def test_pooled_vectors_have_length_one():
    hidden = np.random.default_rng(0).normal(size=(4, 5, 8))
    lengths = np.linalg.norm(pool(hidden, np.ones((4, 5), dtype=np.int64)), axis=1)
    assert np.allclose(lengths, 1, atol=1e-6)


def test_nothing_to_pool_is_no_division_by_zero():
    assert np.array_equal(pool(np.ones((1, 2, 3)), np.zeros((1, 2), dtype=np.int64)), np.zeros((1, 3)))


@pytest.mark.parametrize("content", [None, b"no model"])
def test_files_that_are_missing_or_damaged(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    engine = EmbeddingEngine(tmp_path / "model.onnx", tmp_path / "tokenizer.json", threads=1)
    with pytest.raises(ModelFailed):
        engine.load()


def test_an_engine_that_is_not_loaded(tmp_path: Path):
    engine = EmbeddingEngine(tmp_path / "model.onnx", tmp_path / "tokenizer.json", threads=1)
    with pytest.raises(ModelFailed):
        next(engine.embed(["one"]))


@pytest.fixture(scope="module")
def engine() -> Iterator[EmbeddingEngine]:
    files = load_catalogue().get_profile("compact").files("embedding", models_dir=MODELS_DIR)
    engine = EmbeddingEngine(*files[:2], threads=2)
    engine.load()
    yield engine
    engine.close()


def embed(engine: EmbeddingEngine, texts: list[str]) -> np.ndarray:
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for batch in engine.embed(texts):
        vectors[list(batch.indexes)] = batch.vectors
    return vectors


@pytest.mark.models
def test_a_sentence_has_its_vector_whatever_else_is_in_the_batch(engine: EmbeddingEngine):
    texts = [f"Sentence number {number} {'goes on and on ' * (number % 7)}" for number in range(BATCH + 5)]
    together = embed(engine, texts)
    alone = np.vstack([embed(engine, [text]) for text in texts[:4]])
    # int8 activations are scaled by the batch: near, not equal
    assert (np.sum(together[:4] * alone, axis=1) > 0.97).all()


@pytest.mark.models
def test_a_text_longer_than_the_model_reads_is_cut(engine: EmbeddingEngine):
    (batch,) = engine.embed(["word " * 2000])
    assert batch.tokens == 256
