"""Where is speech? Silero VAD over a long recording in pieces, with its state carried from piece to piece.

faster-whisper brings the network (silero_vad_v6.onnx) and a function that reads a whole file at once; that would hold up a live
request for as long as an hour of audio takes. Here each piece is half a minute of audio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from faster_whisper.vad import get_vad_model

from inference.speech.audio import SAMPLE_RATE_HZ, to_float

FRAME = 512  # samples a probability stands for (32 ms); the network's input is these and the 64 before
CONTEXT = 64
PIECE_FRAMES = 1024  # 33 s of audio, about 0.1 s of one core


@dataclass(frozen=True, kw_only=True)
class Span:
    """Samples [start, end) in which somebody speaks."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class VadRules:
    """Probabilities → spans. Speech starts at `threshold` and lasts until it stays under `threshold - 0.15` (Silero's own
    hysteresis) for `min_silence_s`; shorter than `min_speech_s` is a click; `pad_s` is kept on both sides."""

    threshold: float = 0.5
    min_silence_s: float = 0.3
    min_speech_s: float = 0.1
    pad_s: float = 0.2


class VoiceDetector:
    """The network and its recurrent state. One object per recording."""

    def __init__(self) -> None:
        self._session = get_vad_model().session
        self._h = np.zeros((1, 1, 128), dtype=np.float32)
        self._c = np.zeros((1, 1, 128), dtype=np.float32)
        self._context = np.zeros(CONTEXT, dtype=np.float32)

    def probabilities(self, samples: np.ndarray) -> np.ndarray:
        """float32 samples in [-1, 1), a multiple of FRAME long → speech probability per frame, shape (n / FRAME,)."""
        frames = samples.reshape(-1, FRAME)
        before = np.vstack([self._context, frames[:-1, -CONTEXT:]])
        inputs = {"input": np.hstack([before, frames]), "h": self._h, "c": self._c}
        output, self._h, self._c = self._session.run(None, inputs)
        self._context = frames[-1, -CONTEXT:].copy()
        return np.asarray(output, dtype=np.float32).reshape(-1)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one more piece of audio told: spans that are now closed, and up to which sample everything is known.

    Speech that still goes on at the end of the piece starts at `open_since`.
    """

    spans: tuple[Span, ...]
    position: int
    open_since: int | None


def detect_speech(samples: np.ndarray, *, rules: VadRules | None = None) -> Iterator[Heard]:
    """int16 samples, 16 kHz → one Heard per piece; the last closes everything. Spans are in order and do not touch each other
    beyond their padding, which never crosses the middle of a pause."""
    builder = _SpanBuilder(rules or VadRules(), total=samples.size)
    detector = VoiceDetector()
    for start in range(0, samples.size, FRAME * PIECE_FRAMES):
        piece = to_float(samples[start : start + FRAME * PIECE_FRAMES])
        piece = np.pad(piece, (0, -piece.size % FRAME))
        builder.add(detector.probabilities(piece))
        is_last = start + piece.size >= samples.size
        spans = builder.take(finish=is_last)
        yield Heard(
            spans=tuple(spans),
            position=min(start + piece.size, samples.size),
            open_since=None if is_last else builder.open_since,
        )


class _SpanBuilder:
    """Hysteresis over frame probabilities. A span is given out when the pause behind it is long enough to be padded."""

    def __init__(self, rules: VadRules, *, total: int) -> None:
        self._rules = rules
        self._total = total
        self._frame = 0
        self._start: int | None = None  # frame
        self._quiet_since: int | None = None
        self._closed: list[tuple[int, int]] = []  # samples, without padding
        self._last_end = 0  # padded end of the last span given out

    @property
    def open_since(self) -> int | None:
        if self._closed:
            return self._padded_start(self._closed[0][0])
        return None if self._start is None else self._padded_start(self._start * FRAME)

    def add(self, probabilities: np.ndarray) -> None:
        rules = self._rules
        min_silence = rules.min_silence_s * SAMPLE_RATE_HZ / FRAME
        for probability in probabilities:
            if probability >= rules.threshold:
                self._quiet_since = None
                if self._start is None:
                    self._start = self._frame
            elif self._start is not None and probability < rules.threshold - 0.15:
                if self._quiet_since is None:
                    self._quiet_since = self._frame
                if self._frame - self._quiet_since >= min_silence:
                    self._close(self._quiet_since)
            self._frame += 1

    def take(self, *, finish: bool) -> list[Span]:
        if finish and self._start is not None:
            self._close(self._frame if self._quiet_since is None else self._quiet_since)
        pad = int(self._rules.pad_s * SAMPLE_RATE_HZ)
        spans = []
        while self._closed:
            start, end = self._closed[0]
            following = self._closed[1][0] if len(self._closed) > 1 else None
            if following is None and self._start is not None:
                following = self._start * FRAME
            if following is None and not finish and self._frame * FRAME < end + 2 * pad:
                break  # the next speech may begin within the padding
            limit = self._total if following is None else (end + following) // 2
            span = Span(start=self._padded_start(start), end=min(end + pad, limit, self._total))
            self._last_end = span.end
            self._closed.pop(0)
            spans.append(span)
        return spans

    def _padded_start(self, start: int) -> int:
        return max(self._last_end, start - int(self._rules.pad_s * SAMPLE_RATE_HZ), 0)

    def _close(self, end_frame: int) -> None:
        start, self._start, self._quiet_since = self._start, None, None
        if (end_frame - start) * FRAME >= self._rules.min_speech_s * SAMPLE_RATE_HZ:
            self._closed.append((start * FRAME, end_frame * FRAME))
