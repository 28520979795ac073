"""Traps, from the sentence that describes them."""

import datetime as dt

import pytest

from meetings.evaluation.outcome import WrittenItem
from meetings.evaluation.traps import build_trap, find_traps

RIGHT = [
    "Atlas launches on December 15",
    "Two pricing tiers, $29 and $99; the $9 starter tier is dropped",
    "Fix the CSV encoding blocker Marcus",
]
PRICE = build_trap("raising starter to $19 was proposed, then dropped: not a decision", expected=RIGHT)
OLD_DATE = build_trap("December 8 is the old date", expected=RIGHT)
JOKE = build_trap("the bonus for Marcus is a joke and must not be in the notes", expected=RIGHT)


def is_caught(trap, text: str, *, kind: str = "decision", due_on: dt.date | None = None) -> bool:
    return bool(find_traps([trap], [WrittenItem(kind=kind, text=text, cited=(), due_on=due_on)]))


def test_claims():
    assert (PRICE.numbers, PRICE.only_where_settled) == ({"19"}, True)
    assert (OLD_DATE.numbers, OLD_DATE.words) == ({"8"}, {"decemb"})
    assert JOKE.own_words == {"bonus"}


@pytest.mark.parametrize(
    ("trap", "text"),
    [
        (PRICE, "The starter tier costs nineteen dollars"),
        (PRICE, "Raise starter to $19"),
        (OLD_DATE, "Atlas launches on December 8"),
        (OLD_DATE, "The launch is on the eighth of December"),
        (JOKE, "Marcus gets a bonus"),
        (JOKE, "Bonus approved"),
    ],
)
def test_caught(trap, text: str):
    assert is_caught(trap, text)


@pytest.mark.parametrize(
    ("trap", "text"),
    [
        (PRICE, "The starter tier is dropped"),
        (PRICE, "Raising starter to $19 was rejected"),
        (PRICE, "Two tiers, $29 and $99"),
        (OLD_DATE, "Atlas launches on December 15"),
        (OLD_DATE, "The launch moves from December 8 to December 15"),
        (OLD_DATE, "The eighth is too early for December"),
        (JOKE, "Marcus fixes the CSV encoding blocker"),
    ],
)
def test_not_caught(trap, text: str):
    assert not is_caught(trap, text)


def test_a_proposal_may_be_a_point_of_a_topic():
    assert not is_caught(PRICE, "Could starter be raised to nineteen?", kind="question")
    assert not is_caught(PRICE, "Marcus proposed to raise starter to $19", kind="point")


def test_a_due_date_is_part_of_the_line():
    assert is_caught(OLD_DATE, "Send the newsletter", kind="action", due_on=dt.date(2026, 12, 8))
    assert not is_caught(OLD_DATE, "Send the newsletter", kind="action", due_on=dt.date(2026, 12, 15))
