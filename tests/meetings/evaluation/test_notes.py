"""Scores of a whole set of notes."""

import datetime as dt

import pytest

from meetings.evaluation.notes import is_same_person, score_notes
from meetings.evaluation.outcome import HeardSegment, Outcome, WrittenItem
from meetings.evaluation.reference import ExpectedItem, Reference

SEGMENT = HeardSegment(
    "s1", 0, 5_000, "S1", "Tom, can you fix the timeout by Friday? And send the mock to legal."
)


def make_reference(**fields) -> Reference:
    values = {
        "id": "x", "audio_path": None, "language": "en", "title": "x", "held_on": dt.date(2026, 11, 16), "attendees": [],
        "turns": [], "action_items": None, "decisions": None, "traps": [],
    }  # fmt: skip
    return Reference(**values | fields)


def make_outcome(*items: WrittenItem) -> Outcome:
    return Outcome([SEGMENT], list(items), {"S1": "Speaker 1", "S2": "Speaker 2"}, 1.0, 0, 5_000, {})


def action(text: str, **fields) -> WrittenItem:
    return WrittenItem(kind="action", text=text, cited=(SEGMENT,), **fields)


EXPECTED = [
    ExpectedItem(
        "Fix the timeout blocker", owner="Tom", due_on=dt.date(2026, 11, 20), has_owner_annotation=True
    ),
    ExpectedItem("Send the mock to legal", owner="Elena", has_owner_annotation=True),
    ExpectedItem("Ask finance about the trial", is_required=False, has_owner_annotation=True),
]


def test_actions():
    outcome = make_outcome(
        action("Fix the timeout", owner="Tom", due_on=dt.date(2026, 11, 20)),
        action("Send the mock to legal", owner="Speaker 2", owner_speaker="S2", due_on=dt.date(2026, 11, 21)),
        action("Buy flowers for the office"),
    )
    score = score_notes(make_reference(action_items=EXPECTED), outcome, voices={"S2": "Elena"}).actions
    assert (score.required, score.found, score.written, score.matched) == (2, 2, 3, 2)
    assert (score.owners_scored, score.owners_right, score.owner_voices_right) == (2, 1, 2)
    assert (score.dates_required, score.dates_right, score.dates_invented) == (1, 1, 1)
    assert score.precision == pytest.approx(2 / 3)


def test_optional_items_count_for_precision_only():
    outcome = make_outcome(action("Ask finance about the trial"))
    score = score_notes(make_reference(action_items=EXPECTED), outcome, voices={}).actions
    assert (score.required, score.found, score.matched) == (2, 0, 1)
    assert score.owners_right == 0


def test_sentences_have_no_owner_to_score():
    reference = make_reference(action_items=[ExpectedItem("Fix the timeout blocker")])
    score = score_notes(reference, make_outcome(action("Fix the timeout")), voices={}).actions
    assert (score.found, score.owners_scored, score.owners_right) == (1, 0, 0)


def test_not_annotated_is_not_scored():
    score = score_notes(make_reference(), make_outcome(action("Fix the timeout")), voices={})
    assert score.actions is None
    assert score.decisions is None
    assert score.support_share == 1.0


def test_lines_without_support_are_counted():
    outcome = make_outcome(
        action("Fix the timeout"),
        WrittenItem("risk", "The budget of 70 is too small", (SEGMENT,)),
        WrittenItem("risk", "A", ()),
    )
    score = score_notes(make_reference(), outcome, voices={})
    assert score.reasons == {"number": 1, "no_citation": 1}
    assert score.uncited == 1


def test_traps_know_the_right_lines():
    reference = make_reference(action_items=EXPECTED, traps=["the holiday for Tom is a joke"])
    score = score_notes(
        reference, make_outcome(action("Tom gets a holiday"), action("Tom fixes it")), voices={}
    )
    assert [caught.item.text for caught in score.traps_caught] == ["Tom gets a holiday"]


@pytest.mark.parametrize(
    ("expected", "written", "same"),
    [
        ("Tom", "tom", True),
        ("Tom", "Tom Baker", True),
        ("Tom", "Tim", False),
        (None, "", True),
        (None, "Tom", False),
        ("Tom", "", False),
    ],
)
def test_same_person(expected, written, same):
    assert is_same_person(expected, written) is same
