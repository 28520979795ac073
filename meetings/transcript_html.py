"""The rows of a transcript as HTML.

Python instead of a template, and the only place where that is so: a five-hour meeting has 5,000 rows, and `bench transcript` holds the page to
a second. Every value that a person or a model wrote goes through `escape`.
"""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .models import Segment
from .templatetags.minutebook import clock

# What is said of a row beside its text, when it differs from the usual.
_ENGINES = {
    Segment.Engine.LIVE: "caption",
    Segment.Engine.HUMAN: "typed",
    Segment.Engine.NATIVE: "native",
}


def render_segments(segments: Iterable[Segment]) -> SafeString:
    """`segments` in order, with `speaker` selected; word times are not needed. About 10 µs a row."""
    heads: dict[int | None, str] = {}
    return mark_safe("".join(_render(segment, heads) for segment in segments))  # noqa: S308 - every part is escaped below


def _render(segment: Segment, heads: dict[int | None, str]) -> str:
    if segment.speaker_id not in heads:
        heads[segment.speaker_id] = _render_who(segment)
    pk, start_ms = segment.pk, segment.start_ms
    marks = (
        '<button type="button" class="mark" data-history tabindex="-1">edited</button>'
        if segment.edited_at
        else ""
    )
    if label := _ENGINES.get(segment.engine):
        marks += f'<i class="mark">{label}</i>'
    return (
        f'<li class="seg" id="seg-{pk}" data-s="{start_ms}" data-e="{segment.end_ms}" tabindex="-1">'
        f'<a class="at" href="#seg-{pk}" tabindex="-1">{clock(start_ms)}</a>'
        f'<div>{heads[segment.speaker_id]}{marks}<p dir="auto">{escape(segment.text)}</p></div></li>\n'
    )


def _render_who(segment: Segment) -> str:
    speaker = segment.speaker
    if speaker is None:
        return ""
    return (
        f'<button type="button" class="who c{speaker.colour}" data-speaker="{speaker.pk}" tabindex="-1">'
        f"{escape(speaker.display_name)}</button>"
    )
