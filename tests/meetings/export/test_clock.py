"""Times as people and subtitle files write them."""

import pytest

from meetings.export.clock import format_clock, format_cue_time


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0:00"),
        (999, "0:00"),
        (61_000, "1:01"),
        (723_500, "12:03"),
        (3_600_000, "1:00:00"),
        (36_061_000, "10:01:01"),
    ],
)
def test_clock(ms: int, text: str):
    assert format_clock(ms) == text


def test_cue_time():
    assert format_cue_time(3_661_007, decimal_mark=",") == "01:01:01,007"
    assert format_cue_time(360_000_000, decimal_mark=".") == "100:00:00.000"
