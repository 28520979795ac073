"""Where two people speak at once: segmentation-3.0 of pyannote.audio (Plaquet and Bredin 2023, https://arxiv.org/abs/2310.13025).

The network reads ten seconds and says for every moment whether nobody, one of three people or two of them speak. Band-pass filters
learned by their edges (SincNet), two convolutions, four LSTM layers that read both ways. Only how many speak is used: who they are is told
apart better by their voices over the whole recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime

from inference.errors import ModelFailed
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.checkpoint import read_checkpoint
from inference.speech.graph import Graph
from inference.speech.vad import Span

WINDOW_SIZE = 10 * SAMPLE_RATE_HZ
FRAME_STEP = 270  # samples from one output to the next
FRAME_MIDDLE = 495  # of what the first output sees
FIRST_PAIR = 4  # states: nobody, three alone, three pairs
MIN_SIZE = SAMPLE_RATE_HZ // 4
MAX_GAP = SAMPLE_RATE_HZ // 5
_LAYERS = 4
_HIDDEN = 128
_MIN_HZ = 50.0


class OverlapDetector:
    """`load`, `find` and `close` belong to the model thread."""

    def __init__(self, model_path: Path, *, threads: int) -> None:
        self._model_path = model_path
        self._threads = threads
        self._session: onnxruntime.InferenceSession | None = None

    def load(self) -> None:
        """Raises ModelFailed when the file is missing or damaged."""
        try:
            self._session = start_segmentation_net(self._model_path, threads=self._threads)
        except ModelFailed:
            raise
        except Exception as error:  # onnxruntime raises its own, undocumented classes
            raise ModelFailed("The overlap model's file cannot be loaded.") from error

    def close(self) -> None:
        self._session = None

    def find(self, samples: np.ndarray) -> Iterator[list[Span] | None]:
        """int16 samples, 16 kHz → None after each ten seconds (0.04 s of work), then the spans in which two speak at once."""
        if self._session is None:
            raise ModelFailed("The overlap model is not loaded.")
        chances: list[np.ndarray] = []
        for start in range(0, samples.size, WINDOW_SIZE):
            part = to_float(samples[start : start + WINDOW_SIZE])
            window = np.pad(part, (0, WINDOW_SIZE - part.size))[None, None]
            states = np.exp(self._session.run(None, {"input": window})[0][0])
            times = start + FRAME_MIDDLE + FRAME_STEP * np.arange(len(states))
            chances.append(np.stack([times, states[:, FIRST_PAIR:].sum(axis=1)]))
            yield None
        yield join_frames(np.concatenate(chances, axis=1), size=samples.size) if chances else []


def join_frames(frames: np.ndarray, *, size: int) -> list[Span]:
    """Row 0: the sample in a frame's middle, row 1: how likely two speak there → spans without short gaps, none very short."""
    half = FRAME_STEP // 2
    spans: list[Span] = []
    for middle in frames[0][frames[1] > 0.5].astype(int):
        start, end = max(0, int(middle) - half), min(size, int(middle) + half)
        if spans and start - spans[-1].end <= MAX_GAP:
            start = spans.pop().start
        spans.append(Span(start=start, end=end))
    return [span for span in spans if span.size >= MIN_SIZE]


def start_segmentation_net(path: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """Samples in [-1, 1), float32, (n, 1, WINDOW_SIZE) → log probabilities of the states, (n, frames, 7). Raises ModelFailed."""
    weights = read_checkpoint(path)["state_dict"]
    weights["filters"] = _make_filters(weights)
    graph = Graph(weights, input_shape=("n", 1, "samples"))
    x = _normalise(graph, "input", "sincnet.wav_norm1d")
    x = graph.add("Abs", graph.add("Conv", x, graph.weight("filters"), strides=[10]))
    x = _pool(graph, x, "sincnet.norm1d.0")
    for number in (1, 2):
        x = _pool(graph, graph.conv(x, f"sincnet.conv1d.{number}"), f"sincnet.norm1d.{number}")
    x = graph.add("Transpose", x, perm=[2, 0, 1])  # frames, n, features
    for layer in range(_LAYERS):
        x = _add_lstm(graph, x, layer)
    for number in (0, 1):
        x = graph.add("LeakyRelu", graph.linear(x, f"linear.{number}"), alpha=0.01)
    x = graph.add("LogSoftmax", graph.linear(x, "classifier"), axis=-1)
    return graph.start(graph.add("Transpose", x, perm=[1, 0, 2]), threads=threads)


def _normalise(graph: Graph, x: str, name: str) -> str:
    return graph.add(
        "InstanceNormalization", x, graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias"), epsilon=1e-5
    )


def _pool(graph: Graph, x: str, norm: str) -> str:
    x = graph.add("MaxPool", x, kernel_shape=[3], strides=[3])
    return graph.add("LeakyRelu", _normalise(graph, x, norm), alpha=0.01)


def _add_lstm(graph: Graph, x: str, layer: int) -> str:
    """(frames, n, f) → (frames, n, 2 · _HIDDEN). PyTorch has the gates in the order i f g o, ONNX in i o f g."""

    def gather(kind: str) -> np.ndarray:
        both = []
        for side in ("", "_reverse"):
            i, f, g, o = np.split(graph.weights[f"lstm.{kind}_l{layer}{side}"], 4)
            both.append(np.concatenate([i, o, f, g]))
        return np.stack(both)

    bias = np.concatenate([gather("bias_ih"), gather("bias_hh")], axis=1)
    tensors = [graph.constant(values) for values in (gather("weight_ih"), gather("weight_hh"), bias)]
    out = graph.add("LSTM", x, *tensors, hidden_size=_HIDDEN, direction="bidirectional")
    out = graph.add("Transpose", out, perm=[0, 2, 1, 3])  # frames, n, side, hidden
    return graph.add("Reshape", out, graph.constant(np.array([0, 0, 2 * _HIDDEN])))


def _make_filters(weights: dict[str, np.ndarray]) -> np.ndarray:
    """Even and odd band-pass filters from their edges (Ravanelli and Bengio 2018, https://arxiv.org/abs/1808.00158), (80, 1, 251)."""
    base = "sincnet.conv1d.0.filterbank"
    window, times = (np.float64(weights[f"{base}.{name}"]) for name in ("window_", "n_"))
    low = _MIN_HZ + np.abs(np.float64(weights[f"{base}.low_hz_"]))
    high = np.clip(
        low + _MIN_HZ + np.abs(np.float64(weights[f"{base}.band_hz_"])), _MIN_HZ, SAMPLE_RATE_HZ / 2
    )
    band = high - low
    even = (np.sin(high @ times) - np.sin(low @ times)) / (times / 2) * window
    odd = (np.cos(low @ times) - np.cos(high @ times)) / (times / 2) * window
    filters = np.concatenate(
        [
            np.concatenate([even, 2 * band, even[:, ::-1]], axis=1),
            np.concatenate([odd, np.zeros_like(band), -odd[:, ::-1]], axis=1),
        ]
    )
    return (filters / np.concatenate([2 * band, 2 * band]))[:, None].astype(np.float32)
