"""Days as words: every day of a range has one of its words, and no other day has."""

import datetime as dt

import pytest

from meetings.search.scope import list_range_words, make_day_words, make_tag_word

D = dt.date


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (D(2026, 3, 2), D(2026, 3, 2), 1),
        (D(2024, 1, 1), D(2026, 12, 31), 3),
        (D(2024, 2, 1), D(2024, 3, 31), 2),
        (D(2023, 12, 30), D(2025, 1, 2), 2 + 1 + 2),
        (D(2026, 3, 3), D(2026, 3, 2), 0),
        (D(9998, 1, 1), dt.date.max, 2),
    ],
)
def test_a_range_in_few_words(first, last, count):
    assert len(list_range_words(first, last)) == count


def test_a_range_holds_its_days_alone():
    first, last = D(2024, 11, 20), D(2026, 2, 10)
    words = set(list_range_words(first, last))
    for offset in range(-40, 500):
        day = first + dt.timedelta(days=offset)
        assert (not words.isdisjoint(make_day_words(day))) == (first <= day <= last), day


def test_tags_are_one_word_each():
    assert make_tag_word("Q1 – 50 %") == make_tag_word("q1 – 50 %") != make_tag_word("q1")
    assert make_tag_word("🙂").isalpha() and make_tag_word("🙂").isascii()
