"""Dates that were said, computed from the day of the meeting.

The words come from the transcript, the date is arithmetic. English, German and French have a small grammar here; other languages go
through dateparser. What cannot be told for sure has no date: "before launch", "soon", "on the ninth of nothing".

Rules where people differ: a weekday is the next one on or after the meeting; "next Friday" and "next week" mean the week after the
meeting's (Monday first), "this week" ends on Friday; a day without a month, and a month without a year, is the next one to come; a
deadline "by next week" or "this month" is the last (working) day of it.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from .date_reading import Token, read_date, tokenise
from .date_words import DATE_WORDS, DateWords


@dataclass(frozen=True, kw_only=True)
class FoundDate:
    """`text` as it was said, with its preposition; `is_deadline`: the words make it one ("by", "today"), so it may be a due date."""

    text: str
    on: dt.date
    is_deadline: bool


def find_due_date(text: str, *, held_on: dt.date, language: str) -> FoundDate | None:
    """The last deadline in the text: people correct themselves forwards."""
    found = [date for date in find_dates(text, held_on=held_on, language=language) if date.is_deadline]
    return found[-1] if found else None


def find_dates(text: str, *, held_on: dt.date, language: str) -> list[FoundDate]:
    """Every date in the text, in order. A date that lies before the meeting is found but is never a deadline."""
    words = DATE_WORDS.get(language[:2])
    if words is None:
        return _find_with_dateparser(text, held_on=held_on, language=language[:2])
    return list(_find_with_grammar(text, held_on=held_on, words=words))


def _find_with_grammar(text: str, *, held_on: dt.date, words: DateWords) -> Iterator[FoundDate]:
    tokens = tokenise(text, language=words.language)
    i = 0
    while i < len(tokens):
        date, used, kind = read_date(tokens, i, held_on=held_on, words=words)
        if date is None:
            i += 1
            continue
        first, marked = _find_deadline_word(tokens, i, words=words)
        unmarked = i > 0 and tokens[i - 1].word in words.not_deadline
        is_past = date < held_on
        is_range = i + used < len(tokens) and tokens[i + used].word in words.range_words
        is_deadline = not is_past and not is_range and (marked or (kind == "adverb" and not unmarked) or (kind == "weekday" and not unmarked))  # fmt: skip
        yield FoundDate(
            text=text[tokens[first].start : tokens[i + used - 1].end], on=date, is_deadline=is_deadline
        )
        i += used


def _find_deadline_word(tokens: list[Token], i: int, *, words: DateWords) -> tuple[int, bool]:
    """Where the phrase begins ("by", "no later than"), and whether such a word stands there. Articles and times of day may be between."""
    for back in range(1, 5):
        j = i - back
        if j < 0:
            break
        if tokens[j].word in words.deadline:
            return j, True
        if tokens[j].word not in words.fillers and not tokens[j].word.isdigit():
            break
    return i, False


def _find_with_dateparser(text: str, *, held_on: dt.date, language: str) -> list[FoundDate]:
    """Languages without a grammar here. dateparser does not tell deadlines from other dates, so a coming date is taken for one."""
    from dateparser.conf import SettingValidationError
    from dateparser.search import search_dates

    base = dt.datetime.combine(held_on, dt.time())
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False}
    try:
        found = search_dates(text, languages=[language], settings=settings) or []
    except (ValueError, OverflowError, SettingValidationError):
        return []
    return [
        FoundDate(text=words, on=moment.date(), is_deadline=moment.date() >= held_on)
        for words, moment in found
        # A bare number or two letters ("ma", "3") is no date.
        if len(words) > 3 and not words.isdigit()
    ]
