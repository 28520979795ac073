"""Who takes what on, until when."""

import datetime as dt

import pytest

from meetings.notes.actions import ActionFinder
from meetings.notes.cues import find_cues
from meetings.notes.people import People
from tests.meetings.notes.talk import make_lines

# A Monday.
HELD_ON = dt.date(2026, 11, 16)


def find(text: str, *, language: str = "en", heard: bool = True, least: float = 1.5):
    """(words, owner's name, due date) of every candidate that is strong enough."""
    lines = make_lines(text)
    names = {line.speaker_id: line.name for line in lines}
    people = People(names=names) if heard else People()
    finder = ActionFinder(lines, cues=find_cues(language), people=people, held_on=HELD_ON, language=language)
    found = [candidate for candidate in finder.find() if candidate.strength >= least]
    return [(c.clause, c.owner_name or names.get(c.owner_speaker_id, ""), c.due_on) for c in found]


def owners(text: str, **options):
    return [owner for _, owner, _ in find(text, **options)]


def test_i_will_is_the_speaker_s():
    assert find("Ann: I'll write the report by Friday.") == [
        ("write the report by Friday", "Ann", "2026-11-20")
    ]


def test_a_request_and_its_answer_are_one_item():
    found = find("Ann: Ben, can you update the budget?\nBen: Sure, I will update the budget by Friday.")
    assert [(owner, due) for _, owner, due in found] == [("Ben", "2026-11-20")]


def test_a_request_answered_with_a_pronoun_takes_the_answer_s_date():
    found = find("Ann: Ben, please print the badges.\nBen: I'll do it before five today.")
    assert found == [("print the badges", "Ben", "2026-11-16")]


def test_a_refusal_leaves_nobody():
    assert "Ben" not in owners("Ann: Ben, can you print the badges?\nBen: Sorry, I can't, I'm away.", least=0)


def test_somebody_should_is_nobody_s_until_it_is_taken():
    assert owners("Ann: Somebody should fix the projector.", least=1.0) == [""]
    assert owners("Ann: Somebody should fix the projector.\nBen: I'll open a ticket for it.") == ["Ben"]


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        ("will write the price list", "write the price list"),
        (
            "is coming up with some user requirement specification",
            "coming up with some user requirement specification",
        ),
    ],
)
def test_a_role_is_named(said, clause):
    assert find(f"Ann: And the marketing manager {said}.") == [(clause, "the marketing manager", "")]


def test_how_a_role_is_found_is_no_task():
    assert find("Ann: The marketing manager is looking tired.") == []


def test_two_tasks_in_one_breath():
    text = "Ann: Who owns the two bugs?\nBen: I take the encoding one Carla can you take the timeout?\nCarla: Yes, I can take the timeout."
    assert owners(text) == ["Ben", "Carla"]


def test_both_by_thursday_is_for_the_two_before():
    text = (
        "Ben: I'll fix the encoding bug.\nAnn: Carla, can you fix the timeout?\nCarla: Sure.\n"
        "Ann: Both done by Thursday the twenty sixth, please."
    )
    assert [due for _, _, due in find(text)] == ["2026-11-26", "2026-11-26"]


def test_the_same_thing_said_twice_is_one_item():
    text = "Ben: I need to pull the newsletter today.\nAnn: Right.\nAnn: Ben, please pull the newsletter.\nBen: Will do."
    assert owners(text) == ["Ben"]


def test_two_people_with_like_tasks_are_two_items():
    text = "Ben: I'll write the report for March.\nCarla: I'll write the report for April."
    assert owners(text) == ["Ben", "Carla"]


@pytest.mark.parametrize(
    "said",
    [
        "I'll share my screen.",
        "Let me start with the agenda.",
        "I have to say that I like it.",
        "Can you hear me?",
        "Could you repeat the last sentence?",
        "I'll be honest with you.",
        "Legal wants it spelled out before we publish it.",
        "We will see about that.",
    ],
)
def test_talk_about_the_talk_is_no_task(said):
    assert find(f"Ann: {said}\nBen: Yes.") == []


def test_a_misheard_name_is_the_attendee_s():
    lines = make_lines("Ann: Alina, please update the page.\nBea: Sure.")
    people = People(heard={2: "Elena"}, attendees=["Ann", "Elena"])
    (found,) = ActionFinder(lines, cues=find_cues("en"), people=people, held_on=HELD_ON, language="en").find()
    assert (found.owner_speaker_id, found.owner_name) == (2, "Elena")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Anna: Ben, kannst du bitte die Kartons bis Freitag bestellen?\nBen: Ja, mache ich."),
        ("fr", "Anne: Ben, tu peux commander les cartons avant vendredi ?\nBen: Oui, je m'en occupe."),
    ],
)
def test_german_and_french(language, text):
    ((_, owner, due),) = find(text, language=language)
    assert (owner, due) == ("Ben", "2026-11-20")
