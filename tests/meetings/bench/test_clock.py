"""Timing a call. No test here asserts a time."""

from meetings.bench.clock import time_call


def test_warm_up_does_not_count():
    calls = []
    timing = time_call(lambda: calls.append(1), runs=3, warm_up=2)
    assert len(calls) == 5
    assert 0 <= timing.fastest_ms <= timing.median_ms <= timing.slowest_ms
