"""What a measurement found, and how it is printed."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from meetings.evaluation.report import render_table


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number. `limit`: what it should stay under, where the project has promised something."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_kept(self) -> bool | None:
        return None if self.limit is None else self.value <= self.limit


def render_figures(figures: Sequence[Figure]) -> str:
    """A table with the promise, where there is one, and whether it is kept."""
    rows = [["what", "measured", "unit", "at most", ""]]
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.limit:g}"
        kept = {None: "", True: "kept", False: "NOT KEPT"}[figure.is_kept]
        rows.append([figure.name, _round(figure.value), figure.unit, limit, kept])
    return render_table(rows)


def render_figures_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(figure) | {"is_kept": figure.is_kept} for figure in figures]


def _round(value: float) -> str:
    """Three digits that mean something, thousands as they are."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
