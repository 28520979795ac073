"""One date at one place of a text: the small grammar of English, German and French, a reader for each way of naming a day."""

import datetime as dt
import re
from dataclasses import dataclass

from .calendar_days import (
    add_months,
    edge_of,
    next_day_and_month,
    next_day_of_month,
    next_month,
    shifted_weekday,
)
from .date_words import DateWords
from .numerals import replace_number_words

_TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?|\d+(?:st|nd|rd|th|er|\.(?=\s))?|[^\W\d_]+(?:'[^\W\d_]+)?", re.UNICODE)  # fmt: skip
Reading = tuple[dt.date | None, int, str]
_NOTHING: Reading = (None, 0, "")


@dataclass(frozen=True)
class Token:
    word: str
    start: int
    end: int


def tokenise(text: str, *, language: str) -> list[Token]:
    """Words with their places; number words that belong together become one token of digits."""
    raw = [Token(m[0].casefold(), m.start(), m.end()) for m in _TOKEN.finditer(text.replace("’", "'"))]
    tokens: list[Token] = []
    i = 0
    while i < len(raw):
        for size in (3, 2, 1):
            group = raw[i : i + size]
            merged = replace_number_words([token.word for token in group], language=language)
            if len(group) == size and len(merged) == 1 and merged[0].isdigit():
                tokens.append(Token(merged[0], group[0].start, group[-1].end))
                i += size
                break
        else:
            tokens.append(raw[i])
            i += 1
    return tokens


def read_date(
    tokens: list[Token], i: int, *, held_on: dt.date, words: DateWords
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


def _word(tokens: list[Token], i: int) -> str:
    return tokens[i].word if 0 <= i < len(tokens) else ""


def _day(word: str) -> int | None:
    return int(word) if word.isdigit() and 1 <= int(word) <= 31 else None


def _skip(tokens: list[Token], i: int, skipped: frozenset[str]) -> tuple[str, int]:
    while _word(tokens, i) in skipped:
        i += 1
    return _word(tokens, i), i


def _read_numeric(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    word = tokens[i].word
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        return dt.date.fromisoformat(word), 1, "day"
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?", word):
        day, month, year = match.groups()
        if year:
            return dt.date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)), 1, "day"
        return next_day_and_month(int(day), month=int(month), after=held_on), 1, "day"
    return _NOTHING


def _read_day_and_month(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
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
    return next_day_and_month(day, month=month, after=held_on), end - i, "day"


def _read_end_of(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "end of the month", "Ende nächster Woche", "start of next week", "end of December"."""
    edge = words.edges.get(_word(tokens, i))
    if edge is None:
        return _NOTHING
    name, at = _skip(tokens, i + 1, words.of | words.articles | words.this)
    shift = 0
    if name in words.next:
        shift, (name, at) = 1, _skip(tokens, at + 1, words.of)
    if name in words.months:
        month = next_month(words.months[name], after=held_on)
        return edge_of("month", edge=edge, day=month), at + 1 - i, "adverb"
    unit = words.units.get(name)
    if unit is None:
        return _NOTHING
    used = at + 1 - i
    if shift == 0 and _word(tokens, at + 1) in words.next:
        shift, used = 1, used + 1
    return edge_of(unit, edge=edge, day=held_on, shift=shift), used, "adverb"


def _read_weekday(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
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
        return shifted_weekday(weekday, shift=shift, day=held_on), j + 2 - i, "weekday"
    if shift is not None:
        return shifted_weekday(weekday, shift=shift, day=held_on), j + 1 - i, "weekday"
    name, at = _skip(tokens, j + 1, words.articles)
    dated, used, _ = _read_day_and_month(tokens, at, held_on, words)
    if dated is not None:
        return dated, at + used - i, "weekday"
    if (day := _day(name)) and at > j + 1:
        return next_day_of_month(day, after=held_on, weekday=weekday), at + 1 - i, "weekday"
    return held_on + dt.timedelta(days=(weekday - held_on.weekday()) % 7), j + 1 - i, "weekday"


def _read_day_of_month(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "the 26th": only after an article, else every number would be a day."""
    if not words.day_after_article or _word(tokens, i - 1) not in words.articles:
        return _NOTHING
    day = _day(_word(tokens, i))
    if day is None or _word(tokens, i + 1) in words.not_after_day:
        return _NOTHING
    return next_day_of_month(day, after=held_on), 1, "day"


def _read_adverb(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    for size in (3, 2, 1):
        phrase = " ".join(token.word for token in tokens[i : i + size])
        if len(tokens) >= i + size and phrase in words.adverbs:
            return held_on + dt.timedelta(days=words.adverbs[phrase]), size, "adverb"
    return _NOTHING


def _read_in_span(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
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
        date = add_months(held_on, count=count)
    elif unit == "year":
        date = add_months(held_on, count=12 * count)
    else:
        date = held_on + dt.timedelta(days=count * (7 if unit == "week" else 1))
    return date, at + 1 - i, "adverb"


def _read_week(tokens: list[Token], i: int, held_on: dt.date, words: DateWords) -> Reading:
    """ "this week", "next month": the last (working) day of it."""
    word = _word(tokens, i)
    following = _word(tokens, i + 1)
    if (word in words.next or word in words.this) and following in words.units:
        unit, shift = words.units[following], int(word in words.next)
    elif word in words.units and following in words.next:
        unit, shift = words.units[word], 1
    else:
        return _NOTHING
    return (
        _NOTHING
        if unit == "day" and shift == 0
        else (edge_of(unit, edge="end", day=held_on, shift=shift), 2, "adverb")
    )
