"""Dates as people type them."""

import datetime as dt

import pytest

from meetings.typed_dates import NotADate, parse_typed_date

WEDNESDAY = dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2026-12-02", "", dt.date(2026, 12, 2)),
        ("Friday", "en", dt.date(2026, 11, 27)),
        ("by Wednesday", "en", WEDNESDAY),
        ("next Friday", "en", dt.date(2026, 12, 4)),
        ("in two weeks", "en", dt.date(2026, 12, 9)),
        ("2 Dec", "en", dt.date(2026, 12, 2)),
        ("end of the month", "en", dt.date(2026, 11, 30)),
        ("in zwei Wochen", "de", dt.date(2026, 12, 9)),
        ("bis Freitag", "de", dt.date(2026, 11, 27)),
        ("vendredi", "fr", dt.date(2026, 11, 27)),
        ("tomorrow", "de", dt.date(2026, 11, 26)),
        ("tomorrow", "xx", dt.date(2026, 11, 26)),
        ("viernes", "es", dt.date(2026, 11, 27)),
        ("yesterday", "en", dt.date(2026, 11, 24)),
    ],
)
def test_dates(text, language, expected):
    assert parse_typed_date(text, language=language, today=WEDNESDAY) == expected


@pytest.mark.parametrize(
    "text", ["purple", "2026-13-45", "<b>", "9999-12-31", "Friday or never", "%", "a" * 100]
)
def test_no_dates(text):
    with pytest.raises(NotADate):
        parse_typed_date(text, language="en", today=WEDNESDAY)
