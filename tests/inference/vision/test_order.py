"""Reading order."""

from __future__ import annotations

from inference.vision.order import order_lines
from inference.vision.types import Line


def line(text: str, x: int, y: int, width: int = 200, height: int = 20) -> Line:
    return Line(text=text, box=(x, y, width, height), score=0.9)


def read(*lines: Line) -> list[list[str]]:
    return [[one.text for one in row] for row in order_lines(lines)]


def test_nothing():
    assert read() == []


def test_from_top_to_bottom():
    assert read(line("two", 0, 30), line("one", 0, 0)) == [["one"], ["two"]]


def test_a_title_over_two_columns():
    left = [line(f"left {n}, a sentence that goes over the whole column", 0, 100 + 30 * n) for n in range(3)]
    right = [
        line(f"right {n}, a sentence that goes over the whole column", 300, 100 + 30 * n) for n in range(3)
    ]
    rows = read(*right, line("A title", 50, 0, width=400, height=40), *left)
    assert [row[0].split(",")[0] for row in rows] == [
        "A title", "left 0", "left 1", "left 2", "right 0", "right 1", "right 2",
    ]  # fmt: skip


def test_a_table_is_read_by_rows():
    cells = [line(f"{x}{y}", 150 * x, 30 * y, width=40) for x in range(3) for y in range(3)]
    assert read(*cells) == [["00", "10", "20"], ["01", "11", "21"], ["02", "12", "22"]]


def test_more_lines_than_python_may_recurse():
    rows = read(*[line(str(n), 0, n * (20 + n), height=10) for n in range(1000)])
    assert [row[0] for row in rows] == [str(n) for n in range(1000)]
