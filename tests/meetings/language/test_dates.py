"""What was said about time → a date, or none."""

import datetime as dt

import pytest

from meetings.language.dates import find_dates, find_due_date

# A Monday.
HELD_ON = dt.date(2026, 11, 16)


def due(text: str, *, language: str = "en", held_on: dt.date = HELD_ON) -> str | None:
    found = find_due_date(text, held_on=held_on, language=language)
    return found.on.isoformat() if found else None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I'll do it today", "2026-11-16"),
        ("I'll do it before five today", "2026-11-16"),
        ("by end of day", "2026-11-16"),
        ("tomorrow morning I'll call", "2026-11-17"),
        ("the day after tomorrow", "2026-11-18"),
        ("I will send it by Friday", "2026-11-20"),
        ("by Monday", "2026-11-16"),
        ("next Friday", "2026-11-27"),
        ("by the end of the week", "2026-11-20"),
        ("sometime next week", "2026-11-27"),
        ("at the start of next week", "2026-11-23"),
        ("Both fixed by Thursday the twenty sixth, please.", "2026-11-26"),
        ("Both fixed by Thursday the 26th please", "2026-11-26"),
        ("by the 26th", "2026-11-26"),
        ("by the 3rd", "2026-12-03"),
        ("in the wiki by the end of the month", "2026-11-30"),
        ("by the end of next month", "2026-12-31"),
        ("by the end of February", "2027-02-28"),
        ("by the end of the year", "2026-12-31"),
        ("in two weeks", "2026-11-30"),
        ("within a couple of weeks", "2026-11-30"),
        ("in a month", "2026-12-16"),
        ("on December fifteenth", "2026-12-15"),
        ("by the fifteenth of December", "2026-12-15"),
        ("by 15 January 2028", "2028-01-15"),
        ("by January the second", "2027-01-02"),
        ("due on 2026-12-01", "2026-12-01"),
        ("by Wednesday, no, by Friday", "2026-11-20"),
    ],
)
def test_deadlines(said, expected):
    assert due(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "before launch",
        "as soon as possible",
        "we found two blockers yesterday",
        "the feature freeze was last Friday",
        "reschedule the newsletter to the 15th",
        "I can take the twenty fourth to the twenty sixth of December",
        "support is down to three people from the twentieth",
        "the second point",
        "it may work",
        "in two minds",
        "by the ninth of nothing",
        "on February 30",
        "",
    ],
)
def test_no_deadline(said):
    assert due(said) is None


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        ("de", "Ich schicke es bis Freitag", "2026-11-20"),
        ("de", "bis Ende der Woche", "2026-11-20"),
        ("de", "bis nächsten Freitag", "2026-11-27"),
        ("de", "bis zum sechsundzwanzigsten November", "2026-11-26"),
        ("de", "am 15. Dezember", "2026-12-15"),
        ("de", "bis 15.12.2026", "2026-12-15"),
        ("de", "in zwei Wochen", "2026-11-30"),
        ("de", "heute noch", "2026-11-16"),
        ("fr", "d'ici vendredi", "2026-11-20"),
        ("fr", "avant la fin du mois", "2026-11-30"),
        ("fr", "avant le vingt-six novembre", "2026-11-26"),
        ("fr", "dans deux semaines", "2026-11-30"),
        ("es", "lo haré el viernes", "2026-11-20"),
    ],
)
def test_other_languages(language, said, expected):
    assert due(said, language=language) == expected


def test_a_weekday_that_contradicts_its_day_follows_the_day():
    assert due("by Monday the 26th") == "2027-04-26"
    assert due("by Thursday the 26th") == "2026-11-26"


def test_the_29th_of_february_waits_for_its_year():
    assert due("by February 29") == "2028-02-29"


def test_a_day_and_month_of_the_last_weeks_is_past():
    found = find_dates("the freeze was on November 13", held_on=HELD_ON, language="en")
    assert [(date.on.isoformat(), date.is_deadline) for date in found] == [("2026-11-13", False)]


def test_the_words_are_kept_as_they_were_said():
    found = find_due_date("Send it by Thursday the twenty sixth, please", held_on=HELD_ON, language="en")
    assert found.text == "by Thursday the twenty sixth"


@pytest.mark.parametrize(
    "said",
    ["tomorrow", "in two weeks", "by the 3rd", "by the end of next month", "next year", "in 900 years"],
)
def test_the_last_day_there_is(said):
    assert due(said, held_on=dt.date(9999, 12, 31)) is None


def test_a_language_without_any_grammar():
    assert due("whatever tomorrow", language="xx") is None
