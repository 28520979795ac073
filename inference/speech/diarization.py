"""Who spoke when.

    samples ─▶ VAD ─▶ windows of 1.5 s inside each stretch of speech ─▶ voice vectors ─▶ clusters = speakers
            ─▶ a vector for every quarter of a second, between those of its windows ─▶ nearest speaker, smoothed along time ─▶ turns

A window never crosses a pause: a short answer between two long turns keeps a vector of its own.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from inference.errors import InvalidRequest
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.clustering import ClusterRules, assign_speakers, find_centroids
from inference.speech.embedder import WINDOW_SIZE, SpeakerEmbedder
from inference.speech.overlap import OverlapDetector
from inference.speech.vad import Span, VadRules, detect_speech
from inference.speech.voice_net import DIMENSIONS
from inference.types import Diarization, Progress, Turn, Voice

STEP = SAMPLE_RATE_HZ // 4
HOP = SAMPLE_RATE_HZ // 2  # from one window to the next, at most
BATCH = 8
MIN_CLUSTERED = SAMPLE_RATE_HZ  # what is shorter is assigned to a speaker, but makes none
MAX_BREAK = SAMPLE_RATE_HZ // 4
MOST_HEARD = 4  # windows of an utterance; its caption waits for them
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

    def __init__(
        self,
        embedder: SpeakerEmbedder,
        *,
        overlap: OverlapDetector | None = None,
        rules: ClusterRules | None = None,
    ) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._overlap = overlap
        self._rules = rules or ClusterRules()

    def load(self) -> None:
        self._embedder.load()
        if self._overlap:
            self._overlap.load()

    def warm(self) -> None:
        self._embedder.warm()

    def close(self) -> None:
        self._embedder.close()
        if self._overlap:
            self._overlap.close()

    def describe_voice(self, samples: np.ndarray, spans: Sequence[Span]) -> np.ndarray | None:
        """One vector of length 1 for a short stretch of speech (int16), the mean of at most MOST_HEARD windows of it, shape (DIMENSIONS,); None where
        too little is spoken to tell a voice by. Up to 50 ms on two cores."""
        if sum(span.size for span in spans) < MIN_CLUSTERED:
            return None
        windows = [
            window for span in spans for window in cut_windows(span) if window.size >= MIN_CLUSTERED // 2
        ]
        if not windows:
            return None
        chosen = np.linspace(0, len(windows) - 1, min(len(windows), MOST_HEARD)).astype(int)
        sounds = [to_float(samples[windows[i].start : windows[i].end]) for i in chosen]
        mean = self._embedder.embed(sounds).mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def diarize(
        self, samples: np.ndarray, request: DiarizationRequest
    ) -> Iterator[Diarization | Progress | None]:
        """int16 samples, shape (n,), 16 kHz mono → progress, and one Diarization at the end. A piece takes under a second."""
        low, high = request.bounds()
        duration = samples.size / SAMPLE_RATE_HZ
        spans: list[Span] = []
        windows: list[Span] = []
        vectors: list[np.ndarray] = []
        for heard in detect_speech(samples, rules=SPEECH):
            found = [window for span in heard.spans for window in cut_windows(span)]
            for start in range(0, len(found), BATCH):
                sounds = [to_float(samples[part.start : part.end]) for part in found[start : start + BATCH]]
                vectors.append(self._embedder.embed(sounds))
                yield None
            spans += heard.spans
            windows += found
            yield Progress(position=heard.position / SAMPLE_RATE_HZ, duration=duration)
        if not windows:
            yield Diarization(duration=duration)
            return
        told = self._tell_apart(spans, windows, np.vstack(vectors), duration=duration, bounds=(low, high))
        overlaps = yield from self._find_overlaps(samples)
        yield replace(told, overlaps=overlaps)

    def learn_voice(self, samples: np.ndarray) -> Iterator[Voice | None]:
        """Sound of one person, as `diarize` takes it → None after every piece of work, and one Voice at the end: the mean of all windows that
        hold a second of speech or more."""
        spans = [span for heard in detect_speech(samples, rules=SPEECH) for span in heard.spans]
        windows = [window for span in spans for window in cut_windows(span) if window.size >= MIN_CLUSTERED]
        total = np.zeros(DIMENSIONS)
        for start in range(0, len(windows), BATCH):
            sounds = [to_float(samples[part.start : part.end]) for part in windows[start : start + BATCH]]
            total += self._embedder.embed(sounds).sum(axis=0)
            yield None
        length = float(np.linalg.norm(total))
        yield Voice(
            embedder=self._embedder.id,
            vector=tuple((total / length).tolist()) if length else (),
            speech=round(sum(span.size for span in spans) / SAMPLE_RATE_HZ, 3),
            duration=samples.size / SAMPLE_RATE_HZ,
        )

    def _find_overlaps(self, samples: np.ndarray) -> Generator[None, None, tuple[tuple[float, float], ...]]:
        """Yields between pieces of work, returns stretches in seconds; none without the extra model."""
        for step in self._overlap.find(samples) if self._overlap else ():
            if step is not None:
                return tuple((span.start / SAMPLE_RATE_HZ, span.end / SAMPLE_RATE_HZ) for span in step)
            yield None
        return ()

    def _tell_apart(
        self,
        spans: Sequence[Span],
        windows: Sequence[Span],
        vectors: np.ndarray,
        *,
        duration: float,
        bounds: tuple[int, int | None],
    ) -> Diarization:
        low, high = bounds
        whole = np.array([window.size >= MIN_CLUSTERED for window in windows])
        centroids = find_centroids(
            vectors[whole] if whole.any() else vectors,
            min_speakers=low,
            max_speakers=high,
            rules=self._rules,
        )
        marks = mark_spans(spans)
        similarities = interpolate(marks, windows, vectors) @ centroids.T
        path = assign_speakers(similarities, breaks=[mark.after_break for mark in marks], rules=self._rules)
        order = list(dict.fromkeys(path.tolist()))
        names = {label: f"S{number}" for number, label in enumerate(order, start=1)}
        return Diarization(
            duration=duration,
            speakers=tuple(names.values()),
            turns=tuple(_widen(list(_to_turns(marks, path, similarities, names)), duration_s=duration)),
        )


def cut_windows(span: Span) -> list[Span]:
    """Windows of WINDOW_SIZE from end to end of the stretch, at most HOP apart; a shorter stretch is one window."""
    room = span.size - WINDOW_SIZE
    if room <= 0:
        return [span]
    starts = np.linspace(span.start, span.start + room, math.ceil(room / HOP) + 1).astype(int)
    return [Span(start=int(start), end=int(start) + WINDOW_SIZE) for start in starts]


def mark_spans(spans: Sequence[Span]) -> list[_Mark]:
    """A mark about every STEP of speech."""
    marks: list[_Mark] = []
    last_end = -SAMPLE_RATE_HZ
    for span in spans:
        edges = np.linspace(span.start, span.end, max(1, round(span.size / STEP)) + 1).astype(int)
        after_break = span.start - last_end > MAX_BREAK
        marks += [
            _Mark(start=int(start), end=int(end), after_break=after_break and number == 0)
            for number, (start, end) in enumerate(pairwise(edges))
        ]
        last_end = span.end
    return marks


def interpolate(marks: Sequence[_Mark], windows: Sequence[Span], vectors: np.ndarray) -> np.ndarray:
    """A vector of length 1 for each mark: between those of the windows before and after its middle, the nearer one counts more.

    Windows of other stretches than its own do not count.
    """
    middles = np.array([(mark.start + mark.end) / 2 for mark in marks])
    starts = np.array([window.start for window in windows])
    ends = np.array([window.end for window in windows])
    centres = (starts + ends) / 2
    after = np.clip(np.searchsorted(centres, middles), 0, len(windows) - 1)
    before = np.clip(after - 1, 0, None)
    before = np.where(ends[before] > middles, before, after)
    after = np.where(starts[after] < middles, after, before)
    gap = np.maximum(centres[after] - centres[before], 1)
    share = np.clip((middles - centres[before]) / gap, 0, 1)[:, None]
    mixed = vectors[before] * (1 - share) + vectors[after] * share
    return mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-12)


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
