"""What was on screen, as evidence: a number or a name in a line of the notes may stand on a slide; a line that a slide shows as well cites it; and
where a slide and a decision differ, that is a line of its own.

Text on a slide is data like what was said: lines of it that order a machine to do something are left out before anything is compared.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..language.date_words import DATE_WORDS
from ..language.dates import find_dates
from ..language.words import list_content_stems, list_numbers, list_stems
from ..models import Meeting, Slide
from .cues import is_machine_order
from .items import DraftItem, ShownSlide, Task

# People go on talking about a slide after the next one has come.
REACH_MS = 60_000
MOST_SLIDES = 2
# A line stands on a slide when so many of its words do, and so large a part of them; a number counts like a word.
MIN_SHARED = 3
MIN_SHARE = 0.5
# So many equal numbers are no accident, whatever stands around them.
MIN_NUMBERS = 2
_ORDER = re.compile(r"^\W*(?:system|assistant|developer|user)\s*(?:prompt|message)?\s*[:>\]]", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?P<before>[$€£])\s?(?P<a>\d[\d.,]*)|(?P<b>\d[\d.,]*)\s?(?P<after>%|percent\b|prozent\b|pour cent\b|dollars?\b|euros?\b|[€£$])",
    re.IGNORECASE,
)
_UNITS = {"$": "$", "dollar": "$", "dollars": "$", "€": "€", "euro": "€", "euros": "€", "£": "£"}
_DIFFER = {
    "en": "The meeting settled on {said} instead of {shown}, which is on the slide",
    "de": "Beschlossen wurde {said} statt {shown}, was auf der Folie steht",
    "fr": "La réunion a retenu {said} au lieu de {shown}, qui est sur la diapositive",
}


@dataclass(frozen=True, kw_only=True)
class _Value:
    """A day or an amount as it is written. `unit`: "day", "%" or a currency; values of one unit can be compared by `key`."""

    text: str
    unit: str
    key: str


def load_slides(meeting: Meeting) -> list[ShownSlide]:
    """Slides with text whose time is known, in order of it; one query. Each is taken to stay until the next comes."""
    rows = [
        row
        for row in meeting.slides.shown().filter(shown_ms__isnull=False, state=Slide.State.READ)
        if row.is_sure
    ]
    return [
        ShownSlide(
            slide_id=row.pk,
            text=text,
            from_ms=row.shown_ms,
            until_ms=following.shown_ms if following else None,
        )
        for row, following in zip(rows, [*rows[1:], None], strict=False)
        if (text := keep_harmless(row.text))
    ]


def keep_harmless(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not is_machine_order(line) and not _ORDER.match(line))


def list_shown(slides: Sequence[ShownSlide], *, start_ms: int, end_ms: int) -> list[ShownSlide]:
    """Those on screen at some time from `start_ms` to `end_ms`."""
    return [
        slide
        for slide in slides
        if slide.from_ms <= end_ms and (slide.until_ms is None or slide.until_ms > start_ms)
    ]


def write_slides(slides: Sequence[ShownSlide]) -> str:
    """For a prompt; whoever uses it wraps it."""
    return "\n\n".join(slide.text for slide in slides)


def list_proofs(text: str, slides: Sequence[ShownSlide], *, language: str) -> list[ShownSlide]:
    """Slides about the same thing: they share a word that carries meaning, so that their numbers and names may stand for the line's."""
    words = set(list_content_stems(text, language=language))
    return [slide for slide in slides if words & set(list_content_stems(slide.text, language=language))]


def choose_slides(
    text: str, said: Sequence[str], slides: Sequence[ShownSlide], *, language: str
) -> tuple[int, ...]:
    """Ids of the slides a line cites: those that have what was not said, and those that show most of it, the fullest first."""
    wanted = set(list_stems(text, language=language))
    heard = set(list_stems("\n".join(said), language=language))
    fitting = []
    for slide in slides:
        shared = wanted & set(list_stems(slide.text, language=language))
        numbers = {stem for stem in shared if stem[0].isdigit()}
        shows_it = len(shared) >= MIN_SHARED and len(shared) >= MIN_SHARE * len(wanted)
        proves_it = bool(shared - heard) and bool(shared - numbers)
        if proves_it or shows_it or len(numbers) >= MIN_NUMBERS:
            fitting.append((-len(shared), slide.from_ms, slide.slide_id))
    return tuple(slide_id for _, _, slide_id in sorted(fitting)[:MOST_SLIDES])


def find_disagreements(items: Sequence[DraftItem], task: Task, *, language: str) -> Iterator[DraftItem]:
    """A risk for each decision that settles on another day or amount than a slide shows beside the same word. `language`: of the notes."""
    told: set[tuple[str, str]] = set()
    for item in items:
        if item.kind != "decision":
            continue
        near = list_shown(task.slides, start_ms=item.position_ms - REACH_MS, end_ms=item.position_ms)
        for slide in near:
            for shown, said in _compare(item.text, slide.text, held_on=task.held_on, language=task.language):
                if (shown.key, said.key) in told:
                    continue
                told.add((shown.key, said.key))
                sentence = _DIFFER.get(language[:2], _DIFFER["en"]).format(shown=shown.text, said=said.text)
                yield DraftItem(
                    kind="risk",
                    text=sentence,
                    segment_ids=item.segment_ids,
                    position_ms=item.position_ms,
                    slide_ids=(slide.slide_id,),
                )


def _compare(said: str, shown: str, *, held_on: dt.date, language: str) -> Iterator[tuple[_Value, _Value]]:
    """Values on a line of the slide that has a word of the decision, where nothing on the slide has the decision's."""
    words = set(list_content_stems(said, language=language)) - _list_calendar_stems(language)
    settled = list(_list_values(said, held_on=held_on, language=language))
    everywhere = {
        (value.unit, value.key) for value in _list_values(shown, held_on=held_on, language=language)
    }
    if any((value.unit, value.key) in everywhere for value in settled):
        return
    for line in shown.splitlines():
        if not words & set(list_content_stems(line, language=language)):
            continue
        for value in _list_values(line, held_on=held_on, language=language):
            yield from ((value, other) for other in settled if other.unit == value.unit)


def _list_calendar_stems(language: str) -> set[str]:
    words = DATE_WORDS.get(language[:2])
    names = " ".join([*words.months, *words.weekdays]) if words else ""
    return set(list_stems(names, language=language))


def _list_values(text: str, *, held_on: dt.date, language: str) -> Iterator[_Value]:
    """Days with a number ("Dec 8"; not "Friday", which nobody puts on a plan), and amounts with their unit."""
    for line in text.splitlines():
        for date in find_dates(line, held_on=held_on, language=language):
            bare = _strip_small_words(date.text, language=language)
            if any(ch.isdigit() for ch in bare) and len(bare.split()) > 1:
                yield _Value(text=bare, unit="day", key=date.on.isoformat())
        for match in _AMOUNT.finditer(line):
            unit = (match["before"] or match["after"]).casefold()
            number = list_numbers(match["a"] or match["b"], language=language)
            if number:
                yield _Value(text=match[0].strip(), unit=_UNITS.get(unit, "%"), key=number[0])


def _strip_small_words(text: str, *, language: str) -> str:
    """ "on the 15th of December" → "15th of December"."""
    words = DATE_WORDS.get(language[:2])
    small = words.deadline | words.fillers | words.articles if words else frozenset()
    parts = text.split()
    while len(parts) > 1 and parts[0].casefold() in small:
        parts.pop(0)
    return " ".join(parts)
