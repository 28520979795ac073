"""Kaldi's filter banks, and a graph written step by step."""

from __future__ import annotations

import numpy as np
import pytest

from inference.errors import ModelFailed
from inference.speech.embedder import (
    FRAME_SIZE,
    WINDOW_FRAMES,
    WINDOW_SIZE,
    SpeakerEmbedder,
    compute_log_mel,
    make_mel_filters,
)
from inference.speech.graph import Graph
from inference.speech.voice_net import BANDS


def make_tone(hz: float, *, size: int = WINDOW_SIZE) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(size) / 16_000)).astype(np.float32)


def test_a_window_is_one_and_a_half_seconds_of_frames():
    bands = compute_log_mel(make_tone(440), make_mel_filters())
    assert bands.shape == (WINDOW_FRAMES, BANDS)
    assert bands.dtype == np.float32


@pytest.mark.parametrize("hz", [200, 1_000, 3_000, 7_000])
def test_a_tone_is_loudest_in_the_band_it_lies_in(hz: float):
    mel = make_mel_filters()
    band = int(compute_log_mel(make_tone(hz), mel).mean(axis=0).argmax())
    edges = 700 * np.expm1(
        np.linspace(1127 * np.log1p(20 / 700), 1127 * np.log1p(8000 / 700), BANDS + 2) / 1127
    )
    assert edges[band] - 40 < hz < edges[band + 2] + 40


def test_silence_and_less_than_a_frame_are_numbers_too():
    for size in (0, 10, FRAME_SIZE, WINDOW_SIZE):
        assert np.isfinite(compute_log_mel(np.zeros(size, dtype=np.float32), make_mel_filters())).all()


def test_vectors_without_a_model(tmp_path):
    embedder = SpeakerEmbedder(tmp_path / "missing.pt", threads=1)
    with pytest.raises(ModelFailed):
        embedder.load()
    with pytest.raises(ModelFailed):
        embedder.embed([np.zeros(WINDOW_SIZE, dtype=np.float32)])


def test_a_graph_computes_what_its_steps_say():
    random = np.random.default_rng(1)
    weights = {
        "norm.running_mean": np.float32([1, 2]), "norm.running_var": np.float32([4, 9]),
        "norm.weight": np.float32([1, 3]), "norm.bias": np.float32([0, 1]),
        "conv.weight": random.normal(size=(3, 2, 1)).astype(np.float32),
    }  # fmt: skip
    graph = Graph(weights, input_shape=("n", 2, "t"))
    session = graph.start(graph.conv(graph.batch_norm("input", "norm"), "conv"), threads=1)
    x = random.normal(size=(2, 2, 5)).astype(np.float32)
    normal = (x - [[1], [2]]) / np.sqrt(np.array([[4], [9]]) + 1e-5) * [[1], [3]] + [[0], [1]]
    expected = np.einsum("oi,nit->not", weights["conv.weight"][:, :, 0], normal)
    assert np.allclose(session.run(None, {"input": x})[0], expected, atol=1e-5)
