"""The order in which a person would read the lines of a picture: titles, columns one after the other, tables row by row.

    all lines ─▶ a gap from top to bottom? ─yes─▶ short texts side by side: a table, row by row
                     │                           └▶ else columns, left to right, each cut again
                     └no─▶ a gap from left to right? ─▶ the parts above and below, each cut again

The recursive X-Y cut of Nagy and Seth (1984), with the table as a third kind of block.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from inference.vision.types import Line

COLUMN_GAP = 1.5  # of the height of a line
SAME_ROW = 0.6
CELL_CHARACTERS = 30
MAX_DEPTH = 40

Row = list[Line]


def order_lines(lines: Sequence[Line]) -> list[Row]:
    """Rows in reading order; a row has more than one line where they are cells of a table."""
    return _order(list(lines), depth=0)


def _order(lines: list[Line], *, depth: int) -> list[Row]:
    if len(lines) < 2:
        return [lines] if lines else []
    height = median(line.height for line in lines)
    if depth > MAX_DEPTH:
        return _make_rows(lines, height)
    columns = _cut(lines, axis=0, smallest=COLUMN_GAP * height)
    if len(columns) > 1:
        if _is_table(columns, height):
            return _make_rows(lines, height)
        return [row for column in columns for row in _order(column, depth=depth + 1)]
    parts = _cut(lines, axis=1, smallest=0, only_widest=True)
    if len(parts) > 1:
        return [row for part in parts for row in _order(part, depth=depth + 1)]
    return [[line] for row in _make_rows(lines, height) for line in row]


def _cut(lines: list[Line], *, axis: int, smallest: float, only_widest: bool = False) -> list[list[Line]]:
    """Groups between which no line reaches: along x (axis 0) or y (axis 1), at gaps above `smallest`. With `only_widest`, at those
    that are nearly as wide as the widest, so that a heading comes off before the text below it is cut."""
    ordered = sorted(lines, key=lambda line: line.box[axis])
    gaps, reach = [], ordered[0].box[axis] + ordered[0].box[axis + 2]
    for line in ordered[1:]:
        gaps.append(line.box[axis] - reach)
        reach = max(reach, line.box[axis] + line.box[axis + 2])
    limit = max(smallest, 0.8 * max(gaps)) if only_widest else smallest
    groups = [[ordered[0]]]
    for line, gap in zip(ordered[1:], gaps, strict=True):
        if gap > smallest and gap >= limit:
            groups.append([])
        groups[-1].append(line)
    return groups


def _is_table(columns: list[list[Line]], height: float) -> bool:
    """Short texts, and nearly all beside one of another column. Two columns of prose are wide, and bullets rarely stand level."""
    others = [line for column in columns[1:] for line in column]
    lines = [line for column in columns for line in column]
    if median(len(line.text) for line in lines) > CELL_CHARACTERS:
        return False
    first_centres = [line.centre_y for line in columns[0]]
    level = sum(any(abs(line.centre_y - y) < SAME_ROW * height for y in first_centres) for line in others)
    return level >= 0.7 * len(others)


def _make_rows(lines: list[Line], height: float) -> list[Row]:
    rows: list[Row] = []
    for line in sorted(lines, key=lambda one: one.centre_y):
        if rows and abs(line.centre_y - rows[-1][0].centre_y) < SAME_ROW * height:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda one: one.box[0]) for row in rows]
