"""Who spoke when.

    samples ─▶ VAD ─▶ short windows inside speech ─▶ voice vectors ─▶ clusters of smoothed vectors = speakers
            ─▶ every short window to its nearest speaker, smoothed along time ─▶ turns

Clustering sees vectors averaged over about two seconds (steadier), assignment sees single windows (sharper in time).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from inference.errors import InvalidRequest
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.clustering import ClusterRules, assign_speakers, find_centroids
from inference.speech.embedder import WINDOW_SIZE, SpeakerEmbedder
from inference.speech.vad import Span, VadRules, detect_speech
from inference.types import Diarization, Progress, Turn

STEP = SAMPLE_RATE_HZ // 4
BATCH = 64
SMOOTH = 5  # windows averaged for clustering: 0.8 s + 4 steps
MAX_BREAK = SAMPLE_RATE_HZ // 4
# The detector finds the loud inside of speech; people mark its soft ends too, and do not count a breath as a pause.
TURN_PAD_S = 0.15
MAX_BREATH_S = 0.5
SPEECH = VadRules(min_silence_s=0.2, pad_s=0.05)


@dataclass(frozen=True, kw_only=True)
class DiarizationRequest:
    """Bounds on the number of speakers; `num_speakers` fixes it. None: found out."""

    num_speakers: int | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None

    def bounds(self) -> tuple[int, int | None]:
        """Least and most. Raises InvalidRequest when they contradict each other."""
        low = self.num_speakers or self.min_speakers or 1
        high = self.num_speakers or self.max_speakers
        if high is not None and low > high:
            raise InvalidRequest("min_speakers is larger than max_speakers.", param="min_speakers")
        return low, high


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """One window: what it stands for on the time axis (samples), and whether a pause lies before it."""

    start: int
    end: int
    after_break: bool


class DiarizationEngine:
    """`load`, `warm`, `diarize` and `close` belong to the model thread."""

    def __init__(self, embedder: SpeakerEmbedder, *, rules: ClusterRules | None = None) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._rules = rules or ClusterRules()

    def load(self) -> None:
        self._embedder.load()

    def warm(self) -> None:
        self._embedder.warm()

    def close(self) -> None:
        self._embedder.close()

    def diarize(
        self, samples: np.ndarray, request: DiarizationRequest
    ) -> Iterator[Diarization | Progress | None]:
        """int16 samples, shape (n,), 16 kHz mono → progress, and one Diarization at the end. A piece takes under a second."""
        low, high = request.bounds()
        duration = samples.size / SAMPLE_RATE_HZ
        marks: list[_Mark] = []
        vectors: list[np.ndarray] = []
        last_end = -SAMPLE_RATE_HZ
        for heard in detect_speech(samples, rules=SPEECH):
            found = []
            for span in heard.spans:
                found += _mark_windows(span, after_break=span.start - last_end > MAX_BREAK)
                last_end = span.end
            for start in range(0, len(found), BATCH):
                part = found[start : start + BATCH]
                vectors.append(self._embedder.embed(_cut(samples, part)))
                yield None
            marks += found
            yield Progress(position=heard.position / SAMPLE_RATE_HZ, duration=duration)
        if not marks:
            yield Diarization(duration=duration)
            return
        yield self._tell_apart(marks, np.vstack(vectors), duration=duration, low=low, high=high)

    def _tell_apart(
        self, marks: Sequence[_Mark], vectors: np.ndarray, *, duration: float, low: int, high: int | None
    ) -> Diarization:
        smooth = _smooth(vectors, marks)
        centroids = find_centroids(smooth, min_speakers=low, max_speakers=high, rules=self._rules)
        similarities = (vectors + smooth) @ centroids.T / 2
        path = assign_speakers(similarities, breaks=[mark.after_break for mark in marks], rules=self._rules)
        order = list(dict.fromkeys(path.tolist()))
        names = {label: f"S{number}" for number, label in enumerate(order, start=1)}
        return Diarization(
            duration=duration,
            speakers=tuple(names.values()),
            turns=tuple(_widen(list(_to_turns(marks, path, similarities, names)), duration_s=duration)),
        )


def _mark_windows(span: Span, *, after_break: bool) -> list[_Mark]:
    """Windows every STEP; each stands for the STEP around its middle, the first and the last for the ends as well."""
    count = max(1, round(span.size / STEP))
    edges = np.linspace(span.start, span.end, count + 1).astype(int)
    return [
        _Mark(start=int(edges[i]), end=int(edges[i + 1]), after_break=after_break and i == 0)
        for i in range(count)
    ]


def _cut(samples: np.ndarray, marks: Sequence[_Mark]) -> np.ndarray:
    """The sound around each mark's middle, float32, shape (n, WINDOW_SIZE); shifted inwards at the ends of the recording."""
    starts = [(mark.start + mark.end - WINDOW_SIZE) // 2 for mark in marks]
    last = max(0, samples.size - WINDOW_SIZE)
    windows = [to_float(samples[max(0, min(start, last)) :][:WINDOW_SIZE]) for start in starts]
    return np.stack([np.pad(window, (0, WINDOW_SIZE - window.size)) for window in windows])


def _smooth(vectors: np.ndarray, marks: Sequence[_Mark]) -> np.ndarray:
    """Running mean over SMOOTH windows that does not cross a pause, of length 1."""
    groups = np.cumsum([mark.after_break for mark in marks])
    result = np.zeros_like(vectors)
    half = SMOOTH // 2
    for group in np.unique(groups):
        index = np.flatnonzero(groups == group)
        sums = np.vstack([np.zeros(vectors.shape[1]), np.cumsum(vectors[index], axis=0)])
        low = np.maximum(np.arange(len(index)) - half, 0)
        high = np.minimum(np.arange(len(index)) + half + 1, len(index))
        result[index] = sums[high] - sums[low]
    return result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12)


def _to_turns(
    marks: Sequence[_Mark], path: np.ndarray, similarities: np.ndarray, names: dict[int, str]
) -> Iterator[Turn]:
    """Neighbouring windows of one speaker joined, up to the next pause."""
    first = 0
    for index in range(1, len(marks) + 1):
        is_end = index == len(marks) or path[index] != path[first] or marks[index].after_break
        if not is_end:
            continue
        label = int(path[first])
        yield Turn(
            start=round(marks[first].start / SAMPLE_RATE_HZ, 3),
            end=round(marks[index - 1].end / SAMPLE_RATE_HZ, 3),
            speaker=names[label],
            confidence=_compute_confidence(similarities[first:index], label),
        )
        first = index


def _widen(turns: Sequence[Turn], *, duration_s: float) -> list[Turn]:
    """TURN_PAD_S more on both sides of each turn, as far as the middle of the pause to its neighbours; then turns of one speaker with
    only a breath between them made one."""
    edges = [0.0, *((left.end + right.start) / 2 for left, right in pairwise(turns)), duration_s]
    joined: list[Turn] = []
    for turn, low, high in zip(turns, edges[:-1], edges[1:], strict=True):
        start, end = max(low, turn.start - TURN_PAD_S), min(high, turn.end + TURN_PAD_S)
        wide = replace(turn, start=round(start, 3), end=round(end, 3))
        last = joined[-1] if joined else None
        if last and last.speaker == wide.speaker and wide.start - last.end <= MAX_BREATH_S:
            wide = _join(joined.pop(), wide)
        joined.append(wide)
    return joined


def _join(left: Turn, right: Turn) -> Turn:
    """One turn, with the confidence of both weighted by their lengths."""
    sizes = [max(turn.end - turn.start, 1e-3) for turn in (left, right)]
    confidence = float(np.average([left.confidence, right.confidence], weights=sizes))
    return replace(left, end=right.end, confidence=round(confidence, 3))


def _compute_confidence(similarities: np.ndarray, label: int) -> float:
    """0.5 when another speaker is as near, 1 when this one is nearer by 0.5 in cosine or more; 1 with a single speaker."""
    others = np.delete(similarities, label, axis=1)
    if not others.size:
        return 1.0
    margin = float(np.mean(similarities[:, label] - others.max(axis=1)))
    return round(min(1.0, max(0.0, 0.5 + margin)), 3)
