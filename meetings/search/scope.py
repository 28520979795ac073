"""Words nobody says, one for each thing a search is narrowed by: who may see a meeting, its day and its tags.

They stand in the full text index beside what was said, so that narrowing costs no join; both databases take each as one word.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator


def make_person_word(user_id: int) -> str:
    return f"zq{user_id}zq"


def make_tag_word(name: str) -> str:
    """Letters alone, whatever the tag is made of."""
    digits = hashlib.sha256(name.casefold().encode()).hexdigest()[:20]
    return "zt" + digits.translate({ord(c): chr(ord("a") + i) for i, c in enumerate("0123456789abcdef")})


def make_day_words(day: dt.date) -> list[str]:
    """Its year, its month and itself."""
    return [_year(day.year), _month(day.year, day.month), _day(day)]


def list_range_words(first: dt.date, last: dt.date) -> list[str]:
    """The fewest words of which every day from `first` to `last` has one; whole years and months are one word each."""
    return list(_iterate_range(first, last))


def _iterate_range(day: dt.date, last: dt.date) -> Iterator[str]:
    while day <= last:
        if day.day == 1 and day.month == 1 and (end := dt.date(day.year, 12, 31)) <= last:
            yield _year(day.year)
        elif day.day == 1 and (end := _month_end(day)) <= last:
            yield _month(day.year, day.month)
        else:
            end = day
            yield _day(day)
        if end == dt.date.max:
            return
        day = end + dt.timedelta(days=1)


def _month_end(day: dt.date) -> dt.date:
    if day.month == 12:
        return dt.date(day.year, 12, 31)
    return dt.date(day.year, day.month + 1, 1) - dt.timedelta(days=1)


def _year(year: int) -> str:
    return f"zy{year:04d}"


def _month(year: int, month: int) -> str:
    return f"zm{year:04d}{month:02d}"


def _day(day: dt.date) -> str:
    return f"zd{day:%Y%m%d}"
