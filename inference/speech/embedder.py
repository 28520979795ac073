"""Voices as vectors: the sound of a moment → 192 numbers, near each other for one voice.

Front end, as the network was trained (Kaldi's filter banks): frames of 25 ms every 10 ms, mean removed, pre-emphasis 0.97, Povey window,
512-point power spectrum, 80 mel bands from 20 Hz to 8 kHz, natural logarithm, then the mean over the window taken off each band, so that
how loud it is and what the microphone does to it count less.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from inference.errors import ModelFailed
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.voice_net import BANDS, DIMENSIONS, start_voice_net

FRAME_SIZE = 400
HOP_SIZE = 160
FFT_SIZE = 512
PRE_EMPHASIS = 0.97
LOG_FLOOR = float(np.finfo(np.float32).eps)
# Part of `SpeakerEmbedder.id`: count it up with any change above or below that gives another vector for the same sound.
FRONT_END = 1
WINDOW_FRAMES = 150
WINDOW_SIZE = FRAME_SIZE + (WINDOW_FRAMES - 1) * HOP_SIZE  # samples: 1.5 s


class SpeakerEmbedder:
    """`load`, `embed` and `close` belong to the model thread."""

    def __init__(
        self, model_path: Path, *, threads: int, name: str | None = None, version: str = "unknown"
    ) -> None:
        """`version`: of the weights; vectors may be compared where `id`, made of it, is the same."""
        self.name = name or model_path.parent.name
        self.id = f"{self.name}@{version}.{FRONT_END}"
        self._model_path = model_path
        self._threads = threads
        self._mel = make_mel_filters()
        self._session: onnxruntime.InferenceSession | None = None

    def load(self) -> None:
        """Raises ModelFailed when the file is missing or damaged."""
        try:
            self._session = start_voice_net(self._model_path, threads=self._threads)
        except ModelFailed:
            raise
        except Exception as error:  # onnxruntime raises its own, undocumented classes
            raise ModelFailed("The speaker model's file cannot be loaded.") from error

    def warm(self) -> None:
        self.embed([np.zeros(WINDOW_SIZE, dtype=np.float32)])

    def close(self) -> None:
        self._session = None

    def embed(self, sounds: Sequence[np.ndarray]) -> np.ndarray:
        """float32 samples in [-1, 1), 16 kHz, at most WINDOW_SIZE each → vectors of length 1, float32, shape (n, DIMENSIONS).

        What is shorter is heard again and again until the window is full. Some 12 ms a vector on two cores.
        """
        if self._session is None:
            raise ModelFailed("The speaker model is not loaded.")
        if not sounds:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        bands = np.stack([self._prepare(sound) for sound in sounds])
        vectors = self._session.run(None, {"input": bands})[0]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def _prepare(self, sound: np.ndarray) -> np.ndarray:
        bands = np.resize(compute_log_mel(sound, self._mel), (WINDOW_FRAMES, BANDS))
        return bands - bands.mean(axis=0)


def compute_log_mel(samples: np.ndarray, mel: np.ndarray) -> np.ndarray:
    """(n,) → (frames, BANDS), float32; less than a frame is filled up with silence."""
    samples = np.pad(samples, (0, max(0, FRAME_SIZE - samples.size)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SIZE)[::HOP_SIZE].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = np.fft.rfft((frames - PRE_EMPHASIS * before) * _povey_window(), n=FFT_SIZE)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return np.log(np.maximum(power @ mel.T, LOG_FLOOR)).astype(np.float32)


def _povey_window() -> np.ndarray:
    """Kaldi's own: a Hann window to the power of 0.85, so that it does not quite reach zero early."""
    return np.hanning(FRAME_SIZE) ** 0.85


def make_mel_filters() -> np.ndarray:
    """Triangles that are even on the mel scale 1127 ln(1 + f / 700), shape (BANDS, FFT_SIZE // 2 + 1); the topmost bin is in none."""
    low, high = _to_mel(np.array([20.0, SAMPLE_RATE_HZ / 2]))
    edges = np.linspace(low, high, BANDS + 2)
    bins = _to_mel(np.fft.rfftfreq(FFT_SIZE, d=1 / SAMPLE_RATE_HZ))
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))


def _to_mel(hz: np.ndarray) -> np.ndarray:
    return 1127.0 * np.log1p(hz / 700.0)
