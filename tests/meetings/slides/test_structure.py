"""What was read and described as paragraphs and tables."""

import pytest

from meetings.models import Slide
from meetings.slides.structure import lay_out, split_text

CHART = {
    "title": "Tickets",
    "series": [
        {"name": "2025", "points": [{"label": "May", "value": "30"}, {"label": "June", "value": "31 %"}]},
        {"name": "2026", "points": [{"label": "June", "value": "42"}]},
    ],
}


def texts(block):
    return [[cell.text for cell in row] for row in (block.head, *block.rows)]


def test_rows_between_paragraphs():
    before, table, after = split_text("Prices\nfrom May\nPlan\tPrice\nTeam\t29\tnew\nAsk us")
    assert before.text == "Prices\nfrom May" and after.text == "Ask us"
    assert texts(table) == [["Plan", "Price", ""], ["Team", "29", "new"]]


@pytest.mark.parametrize(
    ("text", "has_head"),
    [
        ("Plan\tPrice\nTeam\t29", True),
        ("Freeze\tNov 13\nLaunch\tDec 8", False),
        ("Ann\tBen\nlegal\tsales", False),
    ],
)
def test_the_first_row_heads_what_it_does_not_resemble(text, has_head):
    [table] = split_text(text)
    assert table.is_table and bool(table.head) == has_head and len(table.rows) == 2 - has_head


def test_one_row_alone_is_a_line():
    assert [block.text for block in split_text("Left\tright\nBelow")] == ["Left\tright", "Below"]


@pytest.mark.parametrize("text", ["", "\n\n", "\t"])
def test_nothing(text):
    assert split_text(text) == []


def test_a_chart_is_a_table_and_a_value_that_is_not_written_is_a_guess():
    [block] = lay_out(Slide(text="Tickets 2025 2026: 42", description={"charts": [CHART]})).more
    assert texts(block) == [["", "2025", "2026"], ["May", "30", ""], ["June", "31 %", "42"]]
    assert [[cell.is_guess for cell in row] for row in block.rows] == [
        [False, True, False],
        [False, True, False],
    ]


def test_tables_of_the_description_stand_in_only_where_none_was_read():
    found = {
        "tables": [{"title": "Prices", "rows": [["Plan", "Price"], ["Team", "29"]]}],
        "claim": "Team costs 29.",
    }
    layout = lay_out(Slide(text="Prices", description=found))
    assert [block.title for block in layout.more] == ["Prices"] and layout.claim == "Team costs 29."
    assert lay_out(Slide(text="Plan\tPrice\nTeam\t29", description=found)).more == []


def test_without_a_description():
    layout = lay_out(Slide(text="Hello"))
    assert (layout.more, layout.claim) == ([], "")
