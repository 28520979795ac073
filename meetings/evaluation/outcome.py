"""What the program made of a meeting, as plain values to be scored: read from a `minutebook/1` document."""

import dataclasses
import datetime as dt
from typing import Any


@dataclasses.dataclass(frozen=True)
class HeardSegment:
    id: str
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str


@dataclasses.dataclass(frozen=True)
class WrittenItem:
    """A line of the notes. `kind`: summary, decision, question, risk, point or action."""

    kind: str
    text: str
    cited: tuple[HeardSegment, ...]
    dangling_citations: int = 0
    owner: str = ""
    owner_speaker: str | None = None
    due_on: dt.date | None = None
    shown: tuple[str, ...] = ()
    """Texts of the slides it cites."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Everything that is scored. `speakers`: id → name shown."""

    segments: list[HeardSegment]
    items: list[WrittenItem]
    speakers: dict[str, str]
    coverage: float
    dropped_items: int
    duration_ms: int
    timings_ms: dict[str, int | None]

    def items_of(self, *kinds: str) -> list[WrittenItem]:
        return [item for item in self.items if item.kind in kinds]


_KINDS = {"summary": "summary", "decisions": "decision", "questions": "question", "risks": "risk"}


def read_outcome(document: dict[str, Any]) -> Outcome:
    """From a `minutebook/1` document. Action items that were refused are not part of what is shown."""
    segments = [
        HeardSegment(s["id"], s["start_ms"], s["end_ms"], s["speaker"], s["text"])
        for s in document["segments"]
    ]
    by_id = {segment.id: segment for segment in segments}
    notes = document["notes"]
    shown = {slide["id"]: f"Slide: {slide['text']}" for slide in document["slides"]}
    items = [_read_item(raw, kind, by_id, shown) for key, kind in _KINDS.items() for raw in notes[key]]
    items += [_read_item(raw, "point", by_id, shown) for topic in notes["topics"] for raw in topic["items"]]
    items += [
        _read_item(raw, "action", by_id, shown) for raw in notes["action_items"] if raw["state"] != "dropped"
    ]
    return Outcome(
        segments=segments,
        items=items,
        speakers={speaker["id"]: speaker["name"] for speaker in document["speakers"]},
        coverage=notes["coverage"],
        dropped_items=document["provenance"]["dropped_items"],
        duration_ms=document["meeting"]["duration_ms"],
        timings_ms=document["provenance"]["timings_ms"],
    )


def _read_item(
    raw: dict[str, Any], kind: str, by_id: dict[str, HeardSegment], shown: dict[str, str]
) -> WrittenItem:
    ids = [c.get("segment") or c.get("slide", "") for c in raw["citations"] if "own_note" not in c]
    due_on = raw.get("due_on")
    return WrittenItem(
        kind=kind,
        text=raw["text"],
        cited=tuple(by_id[i] for i in ids if i in by_id),
        dangling_citations=sum(i not in by_id and i not in shown for i in ids),
        shown=tuple(shown[i] for i in ids if i in shown),
        owner=raw.get("owner") or "",
        owner_speaker=raw.get("owner_speaker"),
        due_on=dt.date.fromisoformat(due_on) if due_on else None,
    )
