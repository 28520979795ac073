"""The rows of a transcript as HTML.

Python instead of a template, and the only place where that is so: a five-hour meeting has 5,000 rows, and `bench transcript` holds the page to
a second. For the same reason rows are read as tuples, not as model instances. Every value that a person or a model wrote goes through `escape`.
"""

from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .models import Segment, Speaker, VoiceMatch
from .templatetags.minutebook import clock

_FIELDS = (
    "pk",
    "start_ms",
    "end_ms",
    "text",
    "engine",
    "speaker_id",
    "edited_at",
    "gate_reason",
    "gate_score",
    "overlap_ms",
)
# What is said of a row beside its text, when it differs from the usual.
_ENGINES = {
    Segment.Engine.LIVE: '<i class="mark">caption</i>',
    Segment.Engine.HUMAN: '<i class="mark">typed</i>',
}
# Why the chat model's own text of a stretch was not taken (`inference/speech/gate.py`).
_FAULTS = {
    "empty": "it wrote nothing",
    "leaked_reasoning": "it wrote its own thoughts",
    "answered": "it answered in place of writing down",
    "looping": "it repeated itself",
    "too_few_characters": "it wrote too little for the time",
    "too_many_characters": "it wrote too much for the time",
    "wrong_script": "it wrote in another script",
    "improbable": "its text does not fit the sound",
}
# Shorter is an "mm-hm" over the end of a sentence.
_MARKED_OVERLAP_MS = 500
_OVERLAP = (
    '<i class="mark" title="Somebody else speaks at the same time: words may be theirs, or missing.">two at once'
    '<span class="vh">. Somebody else speaks at the same time: words may be theirs, or missing.</span></i>'
)
# As in `static/js/voices.js`.
_KNOWN = "Named by voice. Click to say yes or no."
_EDITED = '<button type="button" class="mark" data-history tabindex="-1">edited</button>'


def render_segments(segments: QuerySet[Segment]) -> SafeString:
    """In the order of `segments`. Three queries; some 20 µs a row with reading it."""
    rows = list(segments.values_list(*_FIELDS))
    speakers = Speaker.objects.in_bulk({row[5] for row in rows if row[5]})
    VoiceMatch.objects.mark(speakers.values())
    heads = {pk: _render_who(speaker) for pk, speaker in speakers.items()}
    voices = [row[5] for row in rows]
    html = "".join(
        [
            _render_row(row, head=heads.get(voice, ""), goes_on=voice is not None and voice == before)
            for row, voice, before in zip(rows, voices, [None, *voices], strict=False)
        ]
    )
    return mark_safe(html)  # noqa: S308 - the only free text in it is escaped in `_render_row` and `_render_who`


def _render_row(row: tuple, *, head: str, goes_on: bool) -> str:
    """`goes_on`: the voice of the row before, whose name need not be read again; kept true by `static/js/voice_filter.js`."""
    pk, start_ms, end_ms, text, engine, _, edited_at, gate_reason, gate_score, overlap_ms = row
    marks = (_EDITED if edited_at else "") + _ENGINES.get(engine, "")
    if gate_reason or engine == Segment.Engine.NATIVE:
        marks += _render_gate(engine, gate_reason, gate_score)
    if overlap_ms >= _MARKED_OVERLAP_MS:
        marks += _OVERLAP
    if marks:
        head = f'<span class="said">{head}{marks}</span>'
    return (
        f'<li class="seg{" seg--on" if goes_on else ""}" id="seg-{pk}" data-s="{start_ms}" data-e="{end_ms}" tabindex="-1">'
        f'<a class="at" href="#seg-{pk}" tabindex="-1">{clock(start_ms)}</a>'
        f'{head}<p dir="auto">{escape(text)}</p></li>'
    )


def _render_who(speaker: Speaker) -> str:
    known, title = ("", "") if speaker.sure is None else (" who--known", f' title="{_KNOWN}"')
    return (
        f'<button type="button" class="who c{speaker.colour}{known}"{title} data-speaker="{speaker.pk}" tabindex="-1">'
        f"{escape(speaker.display_name)}</button>"
    )


def _render_gate(engine: str, reason: str, score: float | None) -> str:
    """Which engine wrote it, why, and the score: in the mark's tooltip, and in words for who does not see one."""
    fits = "" if score is None else f" Whisper finds that its text fits the sound at {score:.0%}."
    fault = _FAULTS.get(reason, "its text did not hold")
    if engine == Segment.Engine.NATIVE:
        name, why = (
            "native",
            "Written by the chat model that hears" + (f", although {fault}." if reason else "."),
        )
    else:
        name, why = "whisper", f"Written by whisper: the chat model was asked first, but {fault}."
    why = escape(why + fits)
    return f'<i class="mark" title="{why}">{name}<span class="vh">. {why}</span></i>'
