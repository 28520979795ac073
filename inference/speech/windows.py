"""Spans of speech → windows that whisper hears at once.

A window is one stretch of the recording with its short pauses left in: cutting pauses out and gluing speech together would
hide sentence ends from the model and need times mapped back. Windows end in pauses; only a speaker who does not breathe for
a whole window is cut in speech, at the quietest moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.vad import Heard, Span

QUIET_STEP = SAMPLE_RATE_HZ // 20
MIN_SPLIT_S = 4.0


@dataclass(frozen=True, kw_only=True)
class WindowRules:
    """`max_s` bounds a window, `max_gap_s` the pause one may contain. From `good_s` on, a pause of `good_gap_s` ends it."""

    max_s: float = 28.0
    max_gap_s: float = 2.0
    good_s: float = 20.0
    good_gap_s: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Window:
    """Samples [start, end) and the spans of speech inside."""

    start: int
    end: int
    spans: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        return (self.end - self.start) / SAMPLE_RATE_HZ

    @property
    def speech_s(self) -> float:
        return sum(span.size for span in self.spans) / SAMPLE_RATE_HZ

    def speech_between(self, start_s: float, end_s: float) -> float:
        """Seconds of speech between two seconds of the recording."""
        start, end = start_s * SAMPLE_RATE_HZ, end_s * SAMPLE_RATE_HZ
        inside = (min(span.end, end) - max(span.start, start) for span in self.spans)
        return sum(size for size in inside if size > 0) / SAMPLE_RATE_HZ

    def rest_after(self, sample: int) -> Window | None:
        """The part from `sample` on; None when nobody speaks there."""
        spans = tuple(
            Span(start=max(span.start, sample), end=span.end) for span in self.spans if span.end > sample
        )
        return Window(start=spans[0].start, end=self.end, spans=spans) if spans else None


def cut_windows(
    heard: Iterable[Heard],
    samples: np.ndarray,
    *,
    rules: WindowRules | None = None,
    first: WindowRules | None = None,
) -> Iterator[Window | Heard]:
    """Windows as soon as they are complete; each Heard is passed on behind the windows it completed, as a pause point.

    `first`: other rules for the first window.
    """
    later = rules or WindowRules()
    rules = first or later
    waiting: list[Span] = []
    for one in heard:
        for span in one.spans:
            for part in _split_long(span, samples, max_size=int(rules.max_s * SAMPLE_RATE_HZ)):
                if waiting and _must_end(waiting, part, rules=rules):
                    yield _to_window(waiting)
                    waiting, rules = [], later
                waiting.append(part)
        following = one.position if one.open_since is None else one.open_since
        if waiting and following - waiting[-1].end > rules.max_gap_s * SAMPLE_RATE_HZ:
            yield _to_window(waiting)
            waiting, rules = [], later
        yield one
    if waiting:
        yield _to_window(waiting)


def split_window(window: Window, samples: np.ndarray) -> tuple[Window, Window] | None:
    """Two windows in place of one, cut in its longest pause near the middle; at the quietest moment when there is no pause. None when
    the window is too short to be cut."""
    if window.duration_s < MIN_SPLIT_S:
        return None
    spans = list(window.spans)
    if len(spans) == 1:
        third = spans[0].size // 3
        middle = _quietest(samples, spans[0].start + third, spans[0].end - third)
        spans = [Span(start=spans[0].start, end=middle), Span(start=middle, end=spans[0].end)]
    center = (window.start + window.end) / 2

    def rate_cut(index: int) -> float:
        pause_s = (spans[index].start - spans[index - 1].end) / SAMPLE_RATE_HZ
        return pause_s - abs(spans[index].start - center) / (window.end - window.start)

    at = max(range(1, len(spans)), key=rate_cut)
    return _to_window(spans[:at]), _to_window(spans[at:])


def _must_end(waiting: list[Span], following: Span, *, rules: WindowRules) -> bool:
    start, gap_s = waiting[0].start, (following.start - waiting[-1].end) / SAMPLE_RATE_HZ
    if gap_s > rules.max_gap_s or following.end - start > rules.max_s * SAMPLE_RATE_HZ:
        return True
    is_good = waiting[-1].end - start >= rules.good_s * SAMPLE_RATE_HZ
    return is_good and gap_s >= rules.good_gap_s


def _to_window(spans: list[Span]) -> Window:
    return Window(start=spans[0].start, end=spans[-1].end, spans=tuple(spans))


def _split_long(span: Span, samples: np.ndarray, *, max_size: int) -> Iterator[Span]:
    start = span.start
    while span.end - start > max_size:
        middle = _quietest(samples, start + max_size // 2, start + max_size)
        yield Span(start=start, end=middle)
        start = middle
    yield Span(start=start, end=span.end)


def _quietest(samples: np.ndarray, start: int, end: int) -> int:
    """The sample in the middle of the 150 ms with the least energy in [start, end)."""
    steps = (end - start) // QUIET_STEP
    energy = np.square(to_float(samples[start : start + steps * QUIET_STEP])).reshape(steps, -1).mean(axis=1)
    smooth = np.convolve(energy, np.ones(3), mode="valid")
    return start + int((np.argmin(smooth) + 1.5) * QUIET_STEP)
