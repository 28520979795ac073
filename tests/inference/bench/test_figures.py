from __future__ import annotations

import pytest

from inference.bench.figures import Figure, Goal, compare, format_figures, percentile


def test_a_ratio_and_whether_its_goal_is_met():
    slow = compare("short", "5 s", ours=2.0, other=4.0, goal=Goal(limit=0.35))
    fast = compare("engine", "reading", ours=96.0, other=100.0, goal=Goal(limit=0.95, is_floor=True))
    assert (slow.value, slow.is_met) == (0.5, False)
    assert (fast.value, fast.is_met) == (0.96, True)
    assert Figure(row="memory", what="after work", value=2.0, unit="GB").is_met is None


def test_table_shows_both_sides_the_goal_and_the_note():
    figure = compare("short", "5 s", ours=2.0, other=4.0, goal=Goal(limit=0.35)).with_note("seconds")
    text = format_figures([figure.with_note("busy")])
    assert "0.5 ratio (2 / 4)" in text
    assert "≤ 0.35" in text
    assert "NOT MET" in text
    assert "seconds; busy" in text


def test_json_has_the_goal_in_words():
    found = compare("engine", "reading", ours=1.0, other=1.0, goal=Goal(limit=0.95, is_floor=True)).to_json()
    assert (found["goal"], found["is_met"], found["ours"]) == ("≥ 0.95", True, 1.0)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.0, 1)])
def test_percentile_is_the_nearest_rank(share: float, expected: int):
    assert percentile(list(range(20, 0, -1)), share) == expected


def test_percentile_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
