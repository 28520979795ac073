"""What is between finding and publishing: a line of the notes that is not yet believed."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from .lines import Line
from .people import People

KINDS = ("decision", "action", "question", "risk")
ALL_SECTIONS = frozenset({*KINDS, "summary", "point"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Written:
    """A line somebody typed during the meeting, or, without text, a moment they marked; `id` of its row."""

    id: str
    at_ms: int
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShownSlide:
    """A slide on screen from `from_ms` until `until_ms` (None: to the end)."""

    slide_id: int
    text: str
    from_ms: int
    until_ms: int | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """What both strategies work on. `language` is the meeting's, `write_in` a sentence for the prompt or empty; `written`: what people wrote
    down meanwhile; `slides`: what was on screen, in order of time. From the template: kinds of lines wanted (`sections`), how many of what is usual
    (`share`), and what the notes' owner wishes, as a sentence for the prompts of points and summary (`wishes`)."""

    lines: Sequence[Line]
    people: People
    held_on: dt.date
    language: str
    write_in: str = ""
    sections: frozenset[str] = ALL_SECTIONS
    share: float = 1.0
    wishes: str = ""
    written: Sequence[Written] = ()
    slides: Sequence[ShownSlide] = ()

    @property
    def more(self) -> str:
        """What stands at the end of the prompts of points and summary."""
        return "\n".join(part for part in (self.wishes, self.write_in) if part)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Candidate:
    """Lines that may carry an item, before anybody has written it.

    `lines` are line numbers that may be cited; `clause` the words that carry it, by rule; `strength` orders candidates (2 and more: shown
    without further proof). `owner_speaker_id`, `owner_name`: who is to do it, None and "" when nobody took it.
    """

    kind: str
    lines: tuple[int, ...]
    clause: str
    strength: float = 1.0
    owner_speaker_id: int | None = None
    owner_name: str = ""
    due_on: str = ""
    due_text: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DraftItem:
    """A written line with its sources. `segment_ids` is the closed list it may cite; `fallback` are words that were said, for when the model's
    own do not hold. `kind`: one of `KINDS`, "summary" or "point"; `chapter` is the number of its chapter for points; `own_note_id`: the typed line these words are; `slide_ids`: slides
    that show the same. JSON-able by `dump`.
    """

    kind: str
    text: str
    segment_ids: tuple[int, ...]
    position_ms: int
    fallback: str = ""
    owner_speaker_id: int | None = None
    owner_name: str = ""
    due_on: str = ""
    due_text: str = ""
    strength: float = 2.0
    chapter: int | None = None
    own_note_id: str = ""
    slide_ids: tuple[int, ...] = ()

    def dump(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def load(cls, data: dict[str, Any]) -> "DraftItem":
        ids = {name: tuple(data.get(name, ())) for name in ("segment_ids", "slide_ids")}
        return cls(**data | ids)


def make_draft(candidate: Candidate, lines: Sequence[Line], *, text: str, fallback: str) -> DraftItem:
    """The candidate with the words that were written for it."""
    chosen = [lines[number] for number in candidate.lines]
    return DraftItem(
        kind=candidate.kind,
        text=text,
        segment_ids=tuple(dict.fromkeys(pk for line in chosen for pk in line.segment_ids)),
        position_ms=chosen[0].start_ms,
        fallback=fallback,
        owner_speaker_id=candidate.owner_speaker_id,
        owner_name=candidate.owner_name,
        due_on=candidate.due_on,
        due_text=candidate.due_text,
        strength=candidate.strength,
    )
