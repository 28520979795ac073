from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from inference.measuring import Speeds, Stopwatch, predict_minutes_per_hour

SPEEDS = Speeds(asr_rtf=0.1, diarization_rtf=0.02, prefill_tps=50, decode_tps=16, embeddings_per_s=200)


def test_prediction_is_the_documented_formula():
    expected = 60 * 0.12 + (24_000 / 50 + 2_500 / 16 + 700 / 200) / 60
    assert predict_minutes_per_hour(SPEEDS) == pytest.approx(expected)


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
