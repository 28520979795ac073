"""The measure of likeness, on pairs judged by hand, and the assignment."""

import pytest

from meetings.evaluation.matching import MATCH_THRESHOLD, compare_texts, match_texts

NEWSLETTER = "Reschedule the newsletter to December 15"
CSV = "Fix the CSV encoding blocker"
TIMEOUT = "Fix the timeout blocker"
MOCK = "Update the pricing mock and send it to legal"
ROTA = "Ask Sofia about the days between and put the on-call rota in the wiki"
TICKET = "Open a ticket for the old domain on the status page"
TIERS = "Two pricing tiers, $29 and $99; the $9 starter tier is dropped"


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (NEWSLETTER, "Elena will reschedule the newsletter to the fifteenth"),
        (NEWSLETTER, "Move newsletter to December fifteenth"),
        (CSV, "Marcus will fix the CSV encoding issue"),
        (CSV, "Take the CSV encoding blocker"),
        (TIMEOUT, "Tom will take the timeout"),
        (MOCK, "Send the updated pricing page to legal"),
        (MOCK, "Send the mock to legal by Friday"),
        (ROTA, "Put the rota in the wiki"),
        (ROTA, "Marcus will ask Sofia"),
        (TICKET, "Open a ticket for it"),
        (TIERS, "There will be two pricing tiers: twenty nine and ninety nine dollars"),
        (TIERS, "Drop the starter tier"),
    ],
)
def test_same_matter(expected: str, written: str):
    assert compare_texts(expected, written) >= MATCH_THRESHOLD


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (NEWSLETTER, "Send the mock to legal by Friday"),
        (CSV, "Tom will take the timeout"),
        (MOCK, "Put the rota in the wiki"),
        (ROTA, "Open a ticket for it"),
        (TICKET, "Ask finance about the free trial for existing customers"),
        (TIERS, "A free trial of fourteen days is offered"),
        (NEWSLETTER, "The free trial is offered for fourteen days"),
        (NEWSLETTER, ""),
    ],
)
def test_another_matter(expected: str, written: str):
    assert compare_texts(expected, written) < MATCH_THRESHOLD


def test_each_line_is_used_once():
    pairs = match_texts(
        [CSV, TIMEOUT], ["Fix the blocker", "Fix the timeout blocker", "Fix the timeout blocker"]
    )
    assert len(pairs) == 2
    assert len({pair.written for pair in pairs}) == 2


def test_assignment_is_the_best_as_a_whole():
    """Greedy matching would give the first line to the second reference and leave one alone."""
    pairs = match_texts([TIMEOUT, CSV], ["Fix the CSV blocker", "Fix the timeout blocker"])
    assert {(pair.expected, pair.written) for pair in pairs} == {(0, 1), (1, 0)}


def test_nothing_to_match():
    assert match_texts([], ["a line"]) == []
    assert match_texts(["a line"], []) == []
