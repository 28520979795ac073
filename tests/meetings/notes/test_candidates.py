"""Which candidates are worth a prompt."""

from dataclasses import replace

from meetings.notes.candidates import choose_candidates
from meetings.notes.items import Candidate
from tests.meetings.notes.talk import make_lines

LINES = make_lines("Ann: Ben, can you send the report?\nBen: Sure.")
ASKED = Candidate(kind="action", lines=(0, 1), clause="send the report", strength=4.0)


def test_what_the_recogniser_doubts_carries_nothing():
    assert choose_candidates([ASKED], LINES) == [ASKED]
    assert choose_candidates([ASKED], [replace(LINES[0], is_unsure=True), LINES[1]]) == []


def test_a_doubted_answer_does_no_harm():
    assert choose_candidates([ASKED], [LINES[0], replace(LINES[1], is_unsure=True)]) == [ASKED]
