"""What a row of the bench found, and how it is printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Goal:
    """The figure should be `limit` at most, or with `is_floor` at least."""

    limit: float
    is_floor: bool = False

    def is_met_by(self, value: float) -> bool:
        return value >= self.limit if self.is_floor else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_floor else '≤'} {self.limit:g}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number. `ours` and `other`: what a ratio was made of. `note`: what the reader has to know to believe it."""

    row: str
    what: str
    value: float
    unit: str
    goal: Goal | None = None
    ours: float | None = None
    other: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.goal is None else self.goal.is_met_by(self.value)

    def with_note(self, note: str) -> Figure:
        """The same with one more thing to know."""
        return replace(self, note=f"{self.note}; {note}" if self.note else note)

    def to_json(self) -> dict[str, Any]:
        goal = None if self.goal is None else str(self.goal)
        return {**asdict(self), "goal": goal, "is_met": self.is_met}


def compare(row: str, what: str, *, ours: float, other: float, goal: Goal, note: str = "") -> Figure:
    """`ours` as a share of `other`."""
    return Figure(
        row=row, what=what, value=ours / other, unit="ratio", goal=goal, ours=ours, other=other, note=note
    )


def format_figures(figures: Sequence[Figure]) -> str:
    """A table for a terminal, a line per figure and its note under it."""
    rows = [("row", "what", "measured", "goal", "")]
    for one in figures:
        parts = "" if one.ours is None or one.other is None else f" ({one.ours:.3g} / {one.other:.3g})"
        met = {None: "", True: "met", False: "NOT MET"}[one.is_met]
        rows.append((one.row, one.what, f"{one.value:.3g} {one.unit}{parts}", str(one.goal or ""), met))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for row, one in zip(rows, [None, *figures], strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
        if one and one.note:
            lines.append(f"    {one.note}")
    return "\n".join(lines)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0…1) of them do not exceed; nearest rank. Raises ValueError when there are none."""
    if not values:
        raise ValueError("no values to rank")
    ordered = sorted(values)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]
