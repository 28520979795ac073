"""A slide as its page shows it: paragraphs, tables as rows, the values of charts as tables. Pure functions over what was read and described."""

import re
from dataclasses import dataclass, field
from itertools import groupby

from ..models import Slide

_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`is_guess`: a number that stands nowhere on the slide, read off a picture."""

    text: str
    is_guess: bool = False


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph (`text`), or a table: `rows` of as many cells each, and `head`, which may be missing."""

    text: str = ""
    title: str = ""
    head: list[Cell] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    @property
    def is_table(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`blocks`: what was read, in its order; `more`: what the description adds to that."""

    blocks: list[Block]
    more: list[Block]
    claim: str


def lay_out(slide: Slide) -> Layout:
    """Without a query. Tables of the description stand in only where none could be read."""
    found = slide.description or {}
    blocks = split_text(slide.text)
    more = []
    if not any(block.is_table for block in blocks):
        more += [
            make_table(table["rows"], title=table["title"], seen=slide.text)
            for table in found.get("tables", [])
        ]
    more += [make_chart_table(chart, seen=slide.text) for chart in found.get("charts", [])]
    return Layout(blocks=blocks, more=more, claim=found.get("claim", ""))


def split_text(text: str) -> list[Block]:
    """Rows in a row whose cells are divided by tabs are a table; one alone is a paragraph like the others."""
    blocks = []
    for is_row, group in groupby(text.splitlines(), key=lambda line: "\t" in line):
        lines = list(group)
        if is_row and len(lines) > 1:
            rows = [line.split("\t") for line in lines]
            blocks.append(make_table(rows, seen=text, has_head=_has_head(rows)))
        elif kept := "\n".join(lines).strip():
            blocks.append(Block(text=kept))
    return blocks


def _has_head(rows: list[list[str]]) -> bool:
    """Of rows that were read nobody says which is the head: the first, where numbers stand only under it."""
    first, *others = (any(ch.isdigit() for cell in row for ch in cell) for row in rows)
    return not first and any(others)


def make_table(rows: list[list[str]], *, seen: str, title: str = "", has_head: bool = True) -> Block:
    """`seen`: all that is written on the slide."""
    width = max(map(len, rows))
    cells = [[_make_cell(text, seen=seen) for text in row + [""] * (width - len(row))] for row in rows]
    return Block(title=title, head=cells[0] if has_head else [], rows=cells[has_head:])


def make_chart_table(chart: dict, *, seen: str) -> Block:
    """A row for each label, a column for each series."""
    labels = dict.fromkeys(point["label"] for series in chart["series"] for point in series["points"])
    values = [{point["label"]: point["value"] for point in series["points"]} for series in chart["series"]]
    rows = [["", *(series["name"] for series in chart["series"])]]
    rows += [[label, *(one.get(label, "") for one in values)] for label in labels]
    return make_table(rows, seen=seen, title=chart["title"])


def _make_cell(text: str, *, seen: str) -> Cell:
    written = set(_NUMBER.findall(seen))
    return Cell(text=text.strip(), is_guess=any(number not in written for number in _NUMBER.findall(text)))
