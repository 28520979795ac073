"""How times, days and shares are written on every page."""

import datetime as dt

from django import template
from django.utils import formats, timezone

from ..models import ActionItem

register = template.Library()


@register.filter
def spaced(code: str) -> str:
    """ "number_not_in_source" → "number not in source"."""
    return code.replace("_", " ")


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds as m:ss, from an hour on as h:mm:ss; an empty string for None."""
    if ms is None:
        return ""
    minutes, seconds = divmod(int(ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def spell_duration(ms: int | None) -> str:
    """A rough length in words: "12 s", "4 min", "1 h 10 min"."""
    seconds = max(0, int(ms or 0)) / 1000
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@register.filter
def day(value: dt.date) -> str:
    """ "Monday, 16 November 2026"."""
    return formats.date_format(value, "l, j F Y")


@register.filter
def day_heading(value: dt.date) -> str:
    """ "Today, Monday 16 November"; the year only when it is not this one."""
    today = timezone.localdate()
    text = formats.date_format(value, "l j F" if value.year == today.year else "l j F Y")
    relative = {0: "Today, ", 1: "Yesterday, "}.get((today - value).days, "")
    return relative + text


@register.filter
def due(value: dt.date) -> str:
    """ "today", "tomorrow", else "Thu 26 Nov"; the year only when it is not this one."""
    today = timezone.localdate()
    relative = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((value - today).days)
    return relative or formats.date_format(value, "D j M" if value.year == today.year else "D j M Y")


@register.filter
def percent(share: float | None) -> str:
    """0..1 as "62 %"; never rounded up to 100."""
    value = (share or 0) * 100
    return f"{100 if value >= 100 else min(99, round(value))} %"


@register.filter
def megabytes(size_bytes: int | None) -> str:
    """Decimal units, as disks and browsers count: "12 MB", "1.3 GB"."""
    size = (size_bytes or 0) / 1e6
    if size < 1:
        return f"{max(1, round(size * 1000))} kB"
    return f"{size:.0f} MB" if size < 1000 else f"{size / 1000:.1f} GB"


@register.filter
def is_overdue(item: ActionItem) -> bool:
    """Open, and its day is over."""
    return item.state == item.State.OPEN and item.due_on is not None and item.due_on < timezone.localdate()


@register.filter
def as_gigabytes(memory_mb: float | None) -> str:
    """ "3.9 GB"."""
    return f"{(memory_mb or 0) / 1000:.1f} GB"


@register.filter
def per_minute(real_time_factor: float | None) -> str:
    """Seconds of work for one minute of sound: "5.4 s"."""
    return f"{(real_time_factor or 0) * 60:.1f} s"


@register.filter
def role_name(role: str) -> str:
    """What a model of this role does, in a person's words."""
    return {
        "asr": "Writing the transcript",
        "chat": "Writing the notes",
        "speaker": "Telling speakers apart",
        "embedding": "Comparing sentences",
        "ocr": "Reading slides",
        "mmproj": "Hearing and seeing",
    }.get(role, role)
