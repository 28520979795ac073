"""Arithmetic on days: the next one of a kind, the edge of a week or month, and the same day some months on."""

import calendar
import datetime as dt

FRIDAY = 4
# A day and month without a year this far back is the past one, not next year's.
RECENT_DAYS = 100


def next_day_and_month(day: int, *, month: int, after: dt.date) -> dt.date:
    """This year's, unless that is long past. 29 February waits for its year."""
    for year in range(after.year, after.year + 9):
        if day <= calendar.monthrange(year, month)[1]:
            date = dt.date(year, month, day)
            if (after - date).days <= RECENT_DAYS:
                return date
    raise ValueError(month)


def next_day_of_month(day: int, *, after: dt.date, weekday: int | None = None) -> dt.date:
    """The next such day; with a weekday the next on which both agree within a year, else the day alone."""
    coming = []
    for count in range(13):
        first = add_months(after.replace(day=1), count=count)
        if day <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=day) >= after:
            coming.append(first.replace(day=day))
    both = [date for date in coming if weekday is not None and date.weekday() == weekday]
    if not coming:
        raise ValueError(day)
    return (both or coming)[0]


def next_month(month: int, *, after: dt.date) -> dt.date:
    return dt.date(after.year + (month < after.month), month, 1)


def shifted_weekday(weekday: int, *, shift: int, day: dt.date) -> dt.date:
    if shift < 0:
        return day - dt.timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)
    monday = day - dt.timedelta(days=day.weekday())
    return monday + dt.timedelta(weeks=1, days=weekday)


def edge_of(unit: str, *, edge: str, day: dt.date, shift: int = 0) -> dt.date:
    """First, middle or last (working) day of the day's, week's, month's or year's successor number `shift`."""
    if unit == "day":
        return day + dt.timedelta(days=shift)
    if unit == "week":
        monday = day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=shift)
        friday = monday + dt.timedelta(days={"start": 0, "middle": 2, "end": FRIDAY}[edge])
        return friday if friday >= day else day
    if unit == "month":
        first = add_months(day.replace(day=1), count=shift)
        last = calendar.monthrange(first.year, first.month)[1]
        return first.replace(day={"start": 1, "middle": 15, "end": last}[edge])
    if unit == "year":
        month, number = {"start": (1, 1), "middle": (6, 30), "end": (12, 31)}[edge]
        return dt.date(day.year + shift, month, number)
    raise ValueError(unit)


def add_months(day: dt.date, *, count: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
