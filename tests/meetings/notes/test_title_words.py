"""Titles from a chapter's own words."""

from meetings.notes.title_words import title_by_words
from tests.meetings.notes.talk import make_lines

TALK = make_lines("""
Ann: Welcome to the weekly meeting of the garden group, everybody.
Ben: The weather was good and everybody came.
Ann: The rain barrel leaks, and the rain barrel is nearly new.
Ben: Ann, we should return the rain barrel to the shop this week.
Ann: The shop closes early, so somebody goes there on Monday.
Ben: The apple trees need a new fence before the deer come back.
Ann: A fence for the apple trees costs forty dollars.
""")


def test_what_is_said_here_and_not_elsewhere():
    assert title_by_words(TALK[2:5], TALK, language="en").startswith("Rain barrel")
    assert "apple trees" in title_by_words(TALK[5:], TALK, language="en").lower()


def test_who_spoke_is_no_subject():
    lines = make_lines("Ann: Thanks, Benjamin, for the cake.\nBen: Benjamin, was the cake your own?")
    assert "Benjamin" in title_by_words(lines, lines, language="en")
    assert "Benjamin" not in title_by_words(lines, lines, language="en", people=["Benjamin"])


def test_no_phrase_goes_over_the_end_of_a_clause():
    lines = make_lines("Ann: We talked about the budget. Holidays are a matter for the budget, too.")
    assert "budget Holidays" not in title_by_words(lines, lines, language="en")


def test_words_that_say_nothing_give_none():
    assert title_by_words(make_lines("Ann: And so it was, you and me."), [], language="en") == ""
    assert title_by_words([], [], language="en") == ""
