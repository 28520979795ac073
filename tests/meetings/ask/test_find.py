"""Which lines a question is about."""

import pytest

from meetings.ask.find import MOST_COMPARED, find_passage, list_wanted
from tests.meetings.notes.scripted import ScriptedClient
from tests.meetings.notes.talk import make_lines

TALK = """
Priya: Good morning, this is the launch planning meeting for Atlas.
Marcus: Quality assurance found two blockers in the export flow.
Elena: The newsletter is scheduled for the eighth, so I need to pull it today.
Tom: Support is down to three people from the twentieth.
Priya: Let's decide that. Atlas launches on December fifteenth.
Marcus: Agreed.
Tom: The status page still shows the old domain.
Priya: I'll open a ticket for it.
"""


def find(question: str):
    lines = make_lines(TALK)
    return find_passage(question, lines, embed=ScriptedClient().embed, language="en")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When does Atlas launch?", "December fifteenth"),
        ("What is wrong with the status page?", "old domain"),
        ("What did Elena say about the newsletter?", "pull it today"),
        ("How many people are in support from the 20th?", "three people"),
    ],
)
def test_the_lines_that_answer(question: str, words: str):
    passage = find(question)
    assert passage.is_enough
    assert words in " ".join(line.text for line in passage.best)
    starts = [line.start_ms for line in passage.lines]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    "question",
    ["What is the marketing budget?", "Which database does Atlas use?", "Who speaks at the press briefing?"],
)
def test_what_was_not_spoken_of(question: str):
    assert not find(question).is_enough


def test_words_that_only_ask_are_not_looked_for():
    assert list_wanted("Who is on call?", language="en") == ["call"]


def never(texts):
    raise AssertionError("nothing is to be compared")


def test_nothing_was_said():
    assert not find_passage("Why?", [], embed=never, language="en").is_enough


def test_meaning_is_asked_only_where_the_words_are():
    lines = make_lines(TALK)
    assert not find_passage("What is the marketing budget?", lines, embed=never, language="en").is_enough


def test_an_hour_compares_a_bounded_number_of_lines():
    lines = make_lines("\n".join(f"Ann: The status page shows domain {i}." for i in range(900)))
    asked = []

    def embed(texts):
        asked.extend(texts)
        return ScriptedClient().embed(texts)

    assert find_passage("What is on the status page?", lines, embed=embed, language="en").is_enough
    assert len(asked) == MOST_COMPARED + 1
