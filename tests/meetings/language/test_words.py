"""Numbers as digits, stems, names."""

import pytest

from meetings.language.numerals import replace_number_words
from meetings.language.words import get_stems, list_numbers, list_words
from meetings.notes.people import People, find_known_name


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        ("en", "twenty sixth", ["26"]),
        ("en", "the fifteenth of december", ["the", "15", "of", "december"]),
        ("en", "two hundred and five people", ["205", "people"]),
        ("en", "three million", ["3000000"]),
        ("en", "42nd", ["42"]),
        ("en", "nine", ["9"]),
        ("en", "twelfth thirtieth", ["12", "30"]),
        ("de", "sechsundzwanzigsten", ["26"]),
        ("de", "einundzwanzig", ["21"]),
        ("de", "ersten", ["1"]),
        ("fr", "quatre vingt dix sept", ["97"]),
        ("fr", "vingt et un", ["21"]),
        ("fr", "soixante et onze", ["71"]),
        ("pl", "dwadzieścia", ["dwadzieścia"]),
    ],
)
def test_number_words(language, said, expected):
    assert replace_number_words(said.split(), language=language) == expected


@pytest.mark.parametrize("text", ["$1,200.00 or so", "1,200"])
def test_thousands(text):
    assert any(number.startswith("1200") for number in list_numbers(text, language="en"))


def test_hyphens_and_apostrophes():
    assert list_words("Twenty-sixth, Ben’s 14-day trial", language="en") == [
        "26",
        "ben's",
        "14",
        "day",
        "trial",
    ]


def test_endings_do_not_matter():
    assert get_stems("rescheduling the newsletters", language="en") == get_stems(
        "Reschedule newsletter", language="en"
    )


@pytest.mark.parametrize(
    ("said", "known", "expected"),
    [
        ("Alina", ["Priya", "Elena"], "Elena"),
        ("Sophia", ["Sofia", "Tom"], "Sofia"),
        ("Tom", ["Tom Baker", "Ann"], "Tom Baker"),
        ("Tim", ["Tom", "Ann"], "Tom"),
        ("Zorro", ["Tom", "Ann"], ""),
        ("Anna", ["Tom", "Ben"], ""),
    ],
)
def test_a_name_as_it_was_heard(said, known, expected):
    assert find_known_name(said, known) == expected


def test_a_voice_known_by_another_name_is_not_the_one_called():
    people = People(names={1: "Ann", 2: "Ben"})
    assert people.may_be(2, "Ben") and not people.may_be(1, "Ben")
    assert people.may_be(1, "Zoe")
