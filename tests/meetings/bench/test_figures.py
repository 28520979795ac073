"""Figures and their promises."""

from meetings.bench.figures import Figure, render_figures, render_figures_json


def test_promises():
    assert Figure("a", 5, "ms").is_kept is None
    assert Figure("a", 5, "ms", 5).is_kept is True
    assert Figure("a", 5.1, "ms", 5).is_kept is False


def test_table():
    lines = render_figures(
        [Figure("fast", 0.0123, "s", 1), Figure("large", 12_345.6, "KiB"), Figure("slow", 3, "s", 1)]
    ).splitlines()
    assert lines[2].split() == ["fast", "0.0123", "s", "1", "kept"]
    assert lines[3].split() == ["large", "12346", "KiB"]
    assert lines[4].split() == ["slow", "3", "s", "1", "NOT", "KEPT"]


def test_json():
    assert render_figures_json([Figure("a", 1.5, "s", 2)]) == [
        {"name": "a", "value": 1.5, "unit": "s", "limit": 2, "is_kept": True}
    ]
