"""Number words as digits."""

import pytest

from meetings.evaluation.numbers import replace_number_words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("the twenty sixth", "the 26"),
        ("december fifteenth", "december 15"),
        ("two hundred and five", "205"),
        ("two hundred", "200"),
        ("one thousand two", "1002"),
        ("three million", "3000000"),
        ("50 million", "50000000"),
        ("nineteen eighty four", "1984"),
        ("twenty twenty six", "2026"),
        ("two nine", "2 9"),
        ("ninety nine and one", "99 and 1"),
        ("the twenty fourth to the twenty sixth", "the 24 to the 26"),
        ("eighth eighty eightieth", "8 80 80"),
        ("this and that", "this and that"),
        ("hundred", "hundred"),
        ("twenty", "20"),
        ("", ""),
    ],
)
def test_replace(words: str, expected: str):
    assert " ".join(replace_number_words(words.split())) == expected
