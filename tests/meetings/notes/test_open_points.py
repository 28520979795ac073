"""Open questions and risks."""

import pytest

from meetings.notes.cues import find_cues
from meetings.notes.open_points import is_asked


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("Sofia is not here?", ["And the days between?", "Sofia is not here."], False),
        ("Who takes the days between?", ["And the days between?"], True),
        ("The days between?", ["And the days between?", "Sofia is not here."], True),
    ],
)
def test_a_question_is_one_that_was_asked_or_begins_like_one(text, said, expected):
    assert is_asked(text, said, cues=find_cues("en"), language="en") is expected
