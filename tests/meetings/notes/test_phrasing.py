"""The form of a line, whoever wrote it."""

import pytest

from meetings.notes.cues import find_cues
from meetings.notes.phrasing import (
    drop_labels,
    keeps_words,
    name_the_one,
    opens_with_verb,
    phrase_clause,
    tidy,
    tidy_action,
    tidy_question,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [('  "call  Ann." ', "Call Ann"), ("", ""), ("…", "…"), ("- one\ntwo", "One two")],
)
def test_tidy(text, expected):
    assert tidy(text) == expected


@pytest.mark.parametrize("text", ["who pays?", "Who pays", "Who pays ?."])
def test_a_question_has_its_mark(text):
    assert tidy_question(text) == "Who pays?"


def test_no_question_is_no_mark():
    assert tidy_question(" ") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ben will send the mock to legal by Friday.", "Send the mock to legal"),
        ("Send the mock to legal by Friday", "Send the mock to legal"),
        ("Send Ben the mock", "Send Ben the mock"),
        ("Ben opens a ticket", "Open a ticket"),
        ("Ben takes the rest", "Take the rest"),
        ("Ben fixes the page", "Fix the page"),
        ("Ben carries the box", "Carry the box"),
    ],
)
def test_who_and_when_stand_beside_an_action(text, expected):
    assert tidy_action(text, owner="Ben", due_text="by Friday") == expected


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("Take the CSV one", "And the two blockers, who owns them?", "Take the CSV blocker"),
        ("Take the CSV one", "Who owns it?", "Take the CSV one"),
        ("Take one day off", "The two blockers", "Take one day off"),
        ("Take the timeout", "And the two blockers, who owns them?", "Take the timeout blocker"),
        ("Take the timeout", "There are two blockers.", "Take the timeout"),
        (
            "Take the 24th to the 26th of December",
            "The two blockers, who owns them?",
            "Take the 24th to the 26th of December",
        ),
    ],
)
def test_what_one_stands_for(text, before, expected):
    assert name_the_one(text, before) == expected


def test_words_that_were_said():
    cues = find_cues("en")
    said = "Okay, Elena, can you update the mock and send it to legal by Friday"
    assert (
        phrase_clause(said, "action", cues, owner="Elena", due_text="by Friday")
        == "Update the mock and send it to legal"
    )
    assert phrase_clause("so who pays for it", "question", cues) == "Who pays for it?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Marcus: Two blockers were found. Marcus: I think the 8th is too early", "Two blockers were found"),
        ("Speaker 1: We launch", "We launch"),
        ("Atlas: we launch", "Atlas: we launch"),
        ("Marcus found two blockers", "Marcus found two blockers"),
    ],
)
def test_a_copied_line_loses_its_label(text, expected):
    assert drop_labels(text, {"Marcus", "Speaker 1"}) == expected


def test_a_sentence_about_the_talk_keeps_too_few_words():
    said = "Starter at nine dollars, team at twenty nine"
    assert keeps_words("Starter costs $9 and team 29", said, language="en")
    assert not keeps_words("Starter and team are both $29", said, language="en")
    assert not keeps_words("The tiers were discussed", said, language="en")


@pytest.mark.parametrize(
    ("text", "may_be_task"),
    [
        ("Prepare the working design", True),
        ("Specify the functions", True),
        ("That is going to be individual work", False),
        ("The design is discussed", False),
    ],
)
def test_a_task_opens_with_a_verb(text, may_be_task):
    assert opens_with_verb(text) is may_be_task


def test_what_was_said_loses_its_fillers():
    clause = "Um the selling price is is supposed to be uh twenty five euro"
    assert (
        phrase_clause(clause, "point", find_cues("en"))
        == "The selling price is supposed to be twenty five euro"
    )
