from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from inference.measuring import Stopwatch


def test_the_stopwatch_counts_pieces_and_not_the_pauses_between_them(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def work() -> Iterator[str]:
        nonlocal now
        for _ in range(3):
            now += 2.0
            yield "a piece"

    watch = Stopwatch()
    for nothing in watch.run(work()):
        assert nothing is None
        now += 50.0
    assert watch.elapsed_s == pytest.approx(6.0)
