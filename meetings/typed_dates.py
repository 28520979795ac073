"""A due date as a person types it: as a date, or in words, counted from today where the person is (`User.today`)."""

import datetime as dt
import re

from .language.date_words import DATE_WORDS
from .language.dates import find_dates

# Farther away is a slip of the finger.
MOST_YEARS = 20


class NotADate(ValueError):
    """What was typed is no date, or one nobody means. The message is for the person."""


def parse_typed_date(text: str, *, language: str, today: dt.date) -> dt.date:
    """The date in the meeting's language (ISO 639-1, may be empty) or in English. Raises NotADate.

    The words mean what they mean in the notes (see `language/dates.py`): "Friday" is the next one, today included. A past day is
    a date like any other: such an item is overdue.
    """
    found = _read_iso(text)
    for code in dict.fromkeys([language[:2], "en"]):
        found = found or _read_words(text, language=code, today=today)
    found = found or _read_elsewhere(text, languages=[language[:2], "en"], today=today)
    if found is None:
        raise NotADate("Not understood as a date. Try “Friday”, “in two weeks” or 2026-12-02.")
    if abs(found.year - today.year) > MOST_YEARS:
        raise NotADate(f"The year {found.year} is too far away. Check the date.")
    return found


def _read_iso(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _read_words(text: str, *, language: str, today: dt.date) -> dt.date | None:
    """By the grammar of the notes, when nothing else is in the text than one date."""
    words = DATE_WORDS.get(language)
    if words is None:
        return None
    found = find_dates(text, held_on=today, language=language)
    if len(found) != 1:
        return None
    rest = text.replace("’", "'").replace(found[0].text.replace("’", "'"), " ", 1)
    left = set(re.findall(r"[^\W_]+", rest.casefold()))
    return found[0].on if left <= words.deadline | words.articles | words.fillers else None


def _read_elsewhere(text: str, *, languages: list[str], today: dt.date) -> dt.date | None:
    """What the grammar does not know ("12/02/2026", other languages)."""
    # Loading its language data takes half a second; most processes never need it.
    import dateparser

    settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": dt.datetime.combine(today, dt.time())}
    for code in dict.fromkeys(code for code in languages if code):
        try:
            found = dateparser.parse(text, languages=[code], settings=settings)
        except (ValueError, OverflowError):
            # A language it does not know.
            continue
        if found is not None:
            return found.date()
    return None
