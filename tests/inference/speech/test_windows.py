"""Speech → windows: cut in pauses, never lost, never longer than whisper's 30 s."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.vad import Heard, Span
from inference.speech.windows import Window, WindowRules, cut_windows
from tests.inference.sound import make_noise


def to_span(start_s: float, end_s: float) -> Span:
    return Span(start=int(start_s * SAMPLE_RATE_HZ), end=int(end_s * SAMPLE_RATE_HZ))


def cut(
    *spans_s: tuple[float, float], total_s: float = 120.0, samples: np.ndarray | None = None
) -> list[Window]:
    """All spans heard at once."""
    samples = make_noise(total_s) if samples is None else samples
    heard = Heard(spans=tuple(to_span(*one) for one in spans_s), position=samples.size, open_since=None)
    return [one for one in cut_windows([heard], samples) if isinstance(one, Window)]


def to_seconds(windows: list[Window]) -> list[tuple[float, float]]:
    return [(one.start / SAMPLE_RATE_HZ, one.end / SAMPLE_RATE_HZ) for one in windows]


def test_silence_has_no_windows():
    assert cut() == []


def test_short_pauses_stay_inside():
    windows = cut((0, 4), (5, 9), (9.5, 12))
    assert to_seconds(windows) == [(0, 12)]
    assert windows[0].speech_s == 10.5
    assert len(windows[0].spans) == 3


def test_a_long_pause_ends_a_window():
    assert to_seconds(cut((0, 4), (7, 9))) == [(0, 4), (7, 9)]


def test_a_good_pause_ends_a_long_window():
    assert to_seconds(cut((0, 10), (10.3, 21), (21.6, 25))) == [(0, 21), (21.6, 25)]


def test_no_window_is_longer_than_the_rule():
    spans = [(start, start + 3.8) for start in range(0, 100, 4)]
    windows = cut(*spans)
    assert max(one.duration_s for one in windows) <= WindowRules().max_s
    assert [span for one in windows for span in one.spans] == [to_span(*one) for one in spans]


def test_a_speaker_without_a_breath_is_cut_where_it_is_quietest():
    samples = make_noise(60, level=3000)
    quiet = slice(int(22.0 * SAMPLE_RATE_HZ), int(22.4 * SAMPLE_RATE_HZ))
    samples[quiet] //= 100
    windows = cut((0, 60), samples=samples)
    assert 22.0 <= windows[0].end / SAMPLE_RATE_HZ <= 22.4
    assert windows[0].start == 0
    assert windows[-1].end == samples.size
    assert all(before.end == after.start for before, after in pairwise(windows))


def test_a_window_comes_as_soon_as_nothing_can_join_it():
    samples = make_noise(60)
    first = Heard(spans=(to_span(0, 5),), position=6 * SAMPLE_RATE_HZ, open_since=None)
    later = Heard(spans=(), position=30 * SAMPLE_RATE_HZ, open_since=None)
    given = list(cut_windows(iter([first, later]), samples))
    assert [type(one) for one in given] == [Heard, Window, Heard]


def test_speech_that_still_goes_on_may_join():
    samples = make_noise(60)
    open_ = Heard(spans=(to_span(0, 5),), position=30 * SAMPLE_RATE_HZ, open_since=int(5.5 * SAMPLE_RATE_HZ))
    rest = Heard(spans=(to_span(5.5, 20),), position=60 * SAMPLE_RATE_HZ, open_since=None)
    windows = [one for one in cut_windows(iter([open_, rest]), samples) if isinstance(one, Window)]
    assert to_seconds(windows) == [(0, 20)]


def test_the_rest_of_a_window():
    (window,) = cut((0, 4), (5, 9))
    rest = window.rest_after(int(4.5 * SAMPLE_RATE_HZ))
    assert to_seconds([rest]) == [(5, 9)]
    within = window.rest_after(6 * SAMPLE_RATE_HZ)
    assert to_seconds([within]) == [(6, 9)]
    assert window.rest_after(9 * SAMPLE_RATE_HZ) is None
