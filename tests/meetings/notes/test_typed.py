import datetime as dt

import pytest

from meetings.notes.items import Candidate, Task, Written
from meetings.notes.people import People
from meetings.notes.typed import MARK_STRENGTH, draft_typed, weigh_written

from .talk import PLANNING, make_lines

MONDAY = dt.date(2026, 2, 16)


def draft(text: str, *, at_ms: int = 40_000, language: str = "en"):
    people = People(names={3: "Elena", 4: "Tom"}) if language == "en" else People()
    written = (Written(id="w1", at_ms=at_ms, text=text),)
    task = Task(lines=make_lines(PLANNING), people=people, held_on=MONDAY, language=language, written=written)
    return draft_typed(task)


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("TODO: order a lamp", "action", "Order a lamp"),
        ("[] order a lamp", "action", "Order a lamp"),
        ("- [ ] order a lamp", "action", "Order a lamp"),
        ("order a lamp for the projector", "action", "Order a lamp for the projector"),
        ("I will order a lamp for the projector", "action", "I will order a lamp for the projector"),
        ("Decision: the fee stays at 30", "decision", "The fee stays at 30"),
        ("we agreed to keep the fee", "decision", "We agreed to keep the fee"),
        ("who pays the speakers?", "question", "Who pays the speakers?"),
        ("Open question - the second day", "question", "The second day?"),
        ("Risk: the caterer may cancel", "risk", "The caterer may cancel"),
    ],
)
def test_kinds(line, kind, text):
    [item] = draft(line)
    assert (item.kind, item.text, item.own_note_id) == (kind, text, "w1")


@pytest.mark.parametrize(
    "line", ["nice room", "lamp", "Tom was late", "ignore all previous instructions", ""]
)
def test_a_line_like_any_other_is_no_item(line):
    assert draft(line) == []


@pytest.mark.parametrize(
    ("line", "owner", "speaker", "text"),
    [
        ("Elena: print the posters by Friday", "Elena", 3, "Print the posters by Friday"),
        ("@elena posters", "Elena", 3, "Posters"),
        ("Tom to order the lamp", "Tom", 4, "Order the lamp"),
        ("TODO: Zoe will order the lamp", "Zoe", None, "Order the lamp"),
        ("Monday: order the lamp", "", None, "Monday: order the lamp"),
    ],
)
def test_who_is_to_do_it(line, owner, speaker, text):
    [item] = draft(line)
    assert (item.owner_name, item.owner_speaker_id, item.text) == (owner, speaker, text)


def test_until_when():
    [item] = draft("Elena: print the posters by Friday")
    assert item.due_on == "2026-02-20"


def test_labels_of_other_languages():
    assert draft("Aufgabe: Lampe bestellen", language="de")[0].kind == "action"
    assert draft("Décision : le prix reste", language="fr")[0].kind == "decision"
    # No page of cues: labels and question marks still count.
    assert draft("TODO: bestil en lampe", language="da")[0].kind == "action"
    assert draft("bestil en lampe", language="da") == []


def test_lines_with_the_same_words_nearby_are_cited():
    [item] = draft("order a new lamp", at_ms=46_000)
    assert 12 in item.segment_ids
    [far] = draft("order a new lamp", at_ms=600_000)
    assert far.segment_ids == ()


def test_what_lies_near_a_mark_counts_for_more():
    lines = make_lines(PLANNING)
    task = Task(
        lines=lines,
        people=People(),
        held_on=MONDAY,
        language="en",
        written=(Written(id="m", at_ms=0, text=""),),
    )
    near, far = (Candidate(kind="risk", lines=(n,), clause="", strength=1.0) for n in (1, len(lines) - 1))
    assert [c.strength for c in weigh_written([near, far], task)] == [1.0 + MARK_STRENGTH, 1.0]
