"""Dates that were said, computed from the day of the meeting.

The words come from the transcript, the date is arithmetic. English, German and French have a small grammar here; other languages go
through dateparser. What cannot be told for sure has no date: "before launch", "soon", "on the ninth of nothing".

Rules where people differ: a weekday is the next one on or after the meeting; "next Friday" and "next week" mean the week after the
meeting's (Monday first), "this week" ends on Friday; a day without a month, and a month without a year, is the next one to come; a
deadline "by next week" or "this month" is the last (working) day of it.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .date_words import DATE_WORDS, DateWords
from .numerals import replace_number_words

FRIDAY = 4
# A day and month without a year this far back is the past one, not next year's.
RECENT_DAYS = 100
_TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?|\d+(?:st|nd|rd|th|er|\.(?=\s))?|[^\W\d_]+(?:'[^\W\d_]+)?", re.UNICODE)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FoundDate:
    """`text` as it was said, with its preposition; `is_deadline`: the words make it one ("by", "today"), so it may be a due date."""

    text: str
    on: dt.date
    is_deadline: bool


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


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


def _tokenise(text: str, *, language: str) -> list[_Token]:
    """Words with their places; number words that belong together become one token of digits."""
    raw = [_Token(m[0].casefold(), m.start(), m.end()) for m in _TOKEN.finditer(text.replace("’", "'"))]
    tokens: list[_Token] = []
    i = 0
    while i < len(raw):
        for size in (3, 2, 1):
            group = raw[i : i + size]
            merged = replace_number_words([token.word for token in group], language=language)
            if len(group) == size and len(merged) == 1 and merged[0].isdigit():
                tokens.append(_Token(merged[0], group[0].start, group[-1].end))
                i += size
                break
        else:
            tokens.append(raw[i])
            i += 1
    return tokens


def _find_with_grammar(text: str, *, held_on: dt.date, words: DateWords) -> Iterator[FoundDate]:
    tokens = _tokenise(text, language=words.language)
    i = 0
    while i < len(tokens):
        date, used, kind = _read_date(tokens, i, held_on=held_on, words=words)
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


def _find_deadline_word(tokens: list[_Token], i: int, *, words: DateWords) -> tuple[int, bool]:
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


def _read_date(
    tokens: list[_Token], i: int, *, held_on: dt.date, words: DateWords
) -> tuple[dt.date | None, int, str]:
    """The date that begins at token `i`, how many tokens it takes, and its kind. (None, 0, "") where none begins."""
    for reader in (
        _read_numeric,
        _read_day_and_month,
        _read_end_of,
        _read_weekday,
        _read_adverb,
        _read_in_span,
        _read_week,
    ):
        try:
            date, used, kind = reader(tokens, i, held_on, words)
        except (ValueError, OverflowError):
            continue
        if date is not None:
            return date, used, kind
    return None, 0, ""


Reading = tuple[dt.date | None, int, str]
_NOTHING: Reading = (None, 0, "")


def _word(tokens: list[_Token], i: int) -> str:
    return tokens[i].word if 0 <= i < len(tokens) else ""


def _day(word: str) -> int | None:
    return int(word) if word.isdigit() and 1 <= int(word) <= 31 else None


def _read_numeric(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    word = tokens[i].word
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        return dt.date.fromisoformat(word), 1, "day"
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?", word):
        day, month, year = match.groups()
        if year:
            return dt.date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)), 1, "day"
        return _next_day_and_month(int(day), int(month), held_on), 1, "day"
    return _NOTHING


def _read_day_and_month(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "December 15", "the fifteenth of December 2027", "15 décembre"; with a year if one follows."""
    j = i
    while _word(tokens, j) in words.articles:
        j += 1
    first = _word(tokens, j)
    if first in words.months and (day := _day(_skip(tokens, j + 1, words.articles)[0])):
        month, end = words.months[first], _skip(tokens, j + 1, words.articles)[1] + 1
    elif (day := _day(first)) and _skip(tokens, j + 1, words.of)[0] in words.months:
        name, at = _skip(tokens, j + 1, words.of)
        month, end = words.months[name], at + 1
    else:
        return _NOTHING
    year = _word(tokens, end)
    if year.isdigit() and 1900 <= int(year) <= 9999:
        return dt.date(int(year), month, day), end + 1 - i, "day"
    return _next_day_and_month(day, month, held_on), end - i, "day"


def _skip(tokens: list[_Token], i: int, skipped: frozenset[str]) -> tuple[str, int]:
    while _word(tokens, i) in skipped:
        i += 1
    return _word(tokens, i), i


def _next_day_and_month(day: int, month: int, held_on: dt.date) -> dt.date:
    """This year's, unless that is long past. 29 February waits for its year."""
    for year in range(held_on.year, held_on.year + 9):
        if day <= calendar.monthrange(year, month)[1]:
            date = dt.date(year, month, day)
            if (held_on - date).days <= RECENT_DAYS:
                return date
    raise ValueError(month)


def _read_end_of(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "end of the month", "Ende nächster Woche", "start of next week", "end of December"."""
    edge = words.edges.get(_word(tokens, i))
    if edge is None:
        return _NOTHING
    name, at = _skip(tokens, i + 1, words.of | words.articles | words.this)
    shift = 0
    if name in words.next:
        shift, (name, at) = 1, _skip(tokens, at + 1, words.of)
    if name in words.months:
        month = _next_month_named(words.months[name], held_on)
        return _edge(month, "month", edge, 0), at + 1 - i, "adverb"
    unit = words.units.get(name)
    if unit is None:
        return _NOTHING
    used = at + 1 - i
    if shift == 0 and _word(tokens, at + 1) in words.next:
        shift, used = 1, used + 1
    return _edge(held_on, unit, edge, shift), used, "adverb"


def _next_month_named(month: int, held_on: dt.date) -> dt.date:
    return dt.date(held_on.year + (month < held_on.month), month, 1)


def _edge(day: dt.date, unit: str, edge: str, shift: int) -> dt.date:
    """First, middle or last (working) day of the day's, week's, month's or year's successor number `shift`."""
    if unit == "day":
        return day + dt.timedelta(days=shift)
    if unit == "week":
        monday = day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=shift)
        friday = monday + dt.timedelta(days={"start": 0, "middle": 2, "end": FRIDAY}[edge])
        return friday if friday >= day else day
    if unit == "month":
        first = _add_months(day.replace(day=1), shift)
        last = calendar.monthrange(first.year, first.month)[1]
        return first.replace(day={"start": 1, "middle": 15, "end": last}[edge])
    if unit == "year":
        month, number = {"start": (1, 1), "middle": (6, 30), "end": (12, 31)}[edge]
        return dt.date(day.year + shift, month, number)
    raise ValueError(unit)


def _add_months(day: dt.date, count: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _read_weekday(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "Friday", "next Friday", "Thursday the twenty sixth", "the 26th" (a day of the month needs an article or an ending)."""
    j = i
    word = _word(tokens, j)
    shift = None
    if word in words.next:
        shift, j = 1, j + 1
    elif word in words.last:
        shift, j = -1, j + 1
    elif word in words.this and _word(tokens, j + 1) in words.weekdays:
        j += 1
    weekday = words.weekdays.get(_word(tokens, j))
    if weekday is None:
        return _read_day_of_month(tokens, i, held_on, words) if shift is None else _NOTHING
    if shift is None and _word(tokens, j + 1) in words.next | words.last:
        shift = 1 if _word(tokens, j + 1) in words.next else -1
        return _shifted_weekday(weekday, shift, held_on), j + 2 - i, "weekday"
    if shift is not None:
        return _shifted_weekday(weekday, shift, held_on), j + 1 - i, "weekday"
    name, at = _skip(tokens, j + 1, words.articles)
    dated, used, _ = _read_day_and_month(tokens, at, held_on, words)
    if dated is not None:
        return dated, at + used - i, "weekday"
    if (day := _day(name)) and at > j + 1:
        return _next_day_of_month(day, held_on, weekday=weekday), at + 1 - i, "weekday"
    return held_on + dt.timedelta(days=(weekday - held_on.weekday()) % 7), j + 1 - i, "weekday"


def _shifted_weekday(weekday: int, shift: int, held_on: dt.date) -> dt.date:
    if shift < 0:
        return held_on - dt.timedelta(days=(held_on.weekday() - weekday - 1) % 7 + 1)
    monday = held_on - dt.timedelta(days=held_on.weekday())
    return monday + dt.timedelta(weeks=1, days=weekday)


def _read_day_of_month(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "the 26th": only after an article, else every number would be a day."""
    if not words.day_after_article or _word(tokens, i - 1) not in words.articles:
        return _NOTHING
    day = _day(_word(tokens, i))
    if day is None or _word(tokens, i + 1) in words.not_after_day:
        return _NOTHING
    return _next_day_of_month(day, held_on), 1, "day"


def _next_day_of_month(day: int, held_on: dt.date, *, weekday: int | None = None) -> dt.date:
    """The next such day; with a weekday the next on which both agree within a year, else the day alone."""
    coming = []
    for count in range(13):
        first = _add_months(held_on.replace(day=1), count)
        if day <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=day) >= held_on:
            coming.append(first.replace(day=day))
    both = [date for date in coming if weekday is not None and date.weekday() == weekday]
    if not coming:
        raise ValueError(day)
    return (both or coming)[0]


def _read_adverb(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    for size in (3, 2, 1):
        phrase = " ".join(token.word for token in tokens[i : i + size])
        if len(tokens) >= i + size and phrase in words.adverbs:
            return held_on + dt.timedelta(days=words.adverbs[phrase]), size, "adverb"
    return _NOTHING


def _read_in_span(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "in two weeks", "within a month", "innerhalb von drei Tagen"."""
    if _word(tokens, i) not in words.spans:
        return _NOTHING
    number, at = _skip(tokens, i + 1, words.of | words.span_fillers)
    if number in words.a and _word(tokens, at + 1) in words.couple:
        count, at = 2, at + 2
    elif number in words.a:
        count, at = 1, at + 1
    elif number.isdigit() and int(number) < 1000:
        count, at = int(number), at + 1
    else:
        return _NOTHING
    name, at = _skip(tokens, at, words.of)
    unit = words.units.get(name)
    if unit is None:
        return _NOTHING
    if unit == "month":
        date = _add_months(held_on, count)
    elif unit == "year":
        date = _add_months(held_on, 12 * count)
    else:
        date = held_on + dt.timedelta(days=count * (7 if unit == "week" else 1))
    return date, at + 1 - i, "adverb"


def _read_week(tokens: list[_Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "this week", "next month": the last (working) day of it."""
    word = _word(tokens, i)
    following = _word(tokens, i + 1)
    if (word in words.next or word in words.this) and following in words.units:
        unit, shift = words.units[following], int(word in words.next)
    elif word in words.units and following in words.next:
        unit, shift = words.units[word], 1
    else:
        return _NOTHING
    return _NOTHING if unit == "day" and shift == 0 else (_edge(held_on, unit, "end", shift), 2, "adverb")


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
