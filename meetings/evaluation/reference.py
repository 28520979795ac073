"""Meetings whose truth is known, read from a folder of JSON files.

One file holds one meeting (or a list of them): `{id, audio, duration, language, title, held_on, attendees, speakers, segments: [{start,
end, speaker, text}], action_items, decisions, traps, …}`; times in seconds; `audio` is a path beside the file, or null. A missing or
null list means "not annotated", an empty one "annotated, and there is none". Action items and decisions are sentences, or objects with
`text` and, if known, `owner`, `due_on` and `optional`. Other JSON files in the folder are passed over.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Where a reference has no times, turns are laid out at this speed (usual for English conversation), so that windows and chapters
# have something to go by.
WORDS_PER_MINUTE = 150


@dataclasses.dataclass(frozen=True)
class Turn:
    """What one person said without a pause. `is_timed`: the times are measured, not laid out by the number of words."""

    start_ms: int
    end_ms: int
    speaker: str
    text: str
    is_timed: bool = True


@dataclasses.dataclass(frozen=True)
class ExpectedItem:
    """An action item or a decision that a careful note-taker wrote down."""

    text: str
    owner: str | None = None
    due_on: dt.date | None = None
    is_required: bool = True
    has_owner_annotation: bool = False


@dataclasses.dataclass(frozen=True)
class Reference:
    """One meeting and what is known about it; `None` in a list's place: not annotated."""

    id: str
    audio_path: Path | None
    language: str
    title: str
    held_on: dt.date | None
    attendees: list[str]
    turns: list[Turn]
    action_items: list[ExpectedItem] | None
    decisions: list[ExpectedItem] | None
    traps: list[str]

    @property
    def has_times(self) -> bool:
        return bool(self.turns) and all(turn.is_timed for turn in self.turns)

    @property
    def duration_ms(self) -> int:
        """To the end of the last turn."""
        return max((turn.end_ms for turn in self.turns), default=0)


def list_references(folder: Path) -> Iterator[Reference]:
    """Every meeting below `folder`, in order of the files' names. A file that is not one of ours is passed over."""
    for path in sorted(folder.rglob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError):
            continue
        for entry in data if isinstance(data, list) else [data]:
            if isinstance(entry, dict) and entry.get("id") and isinstance(entry.get("segments"), list):
                yield parse_reference(entry, folder=path.parent)


def parse_reference(entry: dict[str, Any], *, folder: Path) -> Reference:
    """One meeting; `folder` is where its audio lies. Raises ValueError for a date or a turn that makes no sense."""
    held_on = entry.get("held_on")
    return Reference(
        id=str(entry["id"]),
        audio_path=_find_audio(entry.get("audio"), folder=folder),
        language=entry.get("language") or "",
        title=entry.get("title") or str(entry["id"]),
        held_on=dt.date.fromisoformat(held_on) if held_on else None,
        attendees=[str(name) for name in entry.get("attendees") or []],
        turns=_lay_out_turns(entry["segments"]),
        action_items=_parse_items(entry.get("action_items")),
        decisions=_parse_items(entry.get("decisions")),
        traps=[str(trap) for trap in entry.get("traps") or []],
    )


def _find_audio(name: str | None, *, folder: Path) -> Path | None:
    """Beside the file, or beside its folder (a list of clips names them from there)."""
    if not name:
        return None
    return next((path for path in (folder / name, folder.parent / name) if path.is_file()), None)


def _lay_out_turns(segments: list[dict[str, Any]]) -> list[Turn]:
    turns, clock_ms = [], 0
    for segment in segments:
        text = str(segment.get("text") or "").strip()
        start, end = segment.get("start"), segment.get("end")
        is_timed = start is not None and end is not None
        if not is_timed:
            start, end = clock_ms / 1000, clock_ms / 1000 + 60 * len(text.split()) / WORDS_PER_MINUTE
        if end < start:
            raise ValueError("a turn ends before it begins")
        turn = Turn(round(start * 1000), round(end * 1000), str(segment.get("speaker") or ""), text, is_timed)
        clock_ms = max(clock_ms, turn.end_ms)
        turns.append(turn)
    return sorted(turns, key=lambda turn: turn.start_ms)


def _parse_items(items: list[Any] | None) -> list[ExpectedItem] | None:
    return None if items is None else [_parse_item(item) for item in items]


def _parse_item(item: str | dict[str, Any]) -> ExpectedItem:
    if isinstance(item, str):
        return ExpectedItem(text=item)
    due_on = item.get("due_on")
    return ExpectedItem(
        text=item["text"],
        owner=item.get("owner"),
        due_on=dt.date.fromisoformat(due_on) if due_on else None,
        is_required=not item.get("optional", False),
        has_owner_annotation="owner" in item,
    )
