"""Which answers count as right."""

import json

import pytest

from meetings.ask.answer import Reply
from meetings.evaluation.questions import AskedQuestion, AskedResult, read_questions, render_results
from tests.meetings.notes.talk import make_lines

ROW = {
    "id": "q1",
    "meeting": "m",
    "question": "When?",
    "answer_has": [["december 15", "15 december"], ["atlas"]],
    "answer_has_not": ["december 8"],
}
LINES = tuple(make_lines("Ann: Atlas launches on December 15.\nBen: The plan said something else."))


def judge(reply: Reply, **changes) -> str:
    return AskedResult(question=AskedQuestion.parse(ROW | changes), reply=reply).verdict


@pytest.mark.parametrize(
    ("reply", "changes", "verdict"),
    [
        (Reply(kind="answered", text="Atlas launches on December 15", lines=LINES), {}, "right"),
        (Reply(kind="answered", text="On December 15", lines=LINES), {}, "wrong"),
        (Reply(kind="answered", text="Atlas moves from December 8 to December 15"), {}, "wrong"),
        (Reply(kind="quoted", lines=LINES), {}, "right"),
        (Reply(kind="quoted", lines=LINES[1:]), {}, "wrong lines"),
        (Reply(kind="unsaid"), {}, "refused"),
        (Reply(kind="unsaid"), {"answerable": False}, "right"),
        (Reply(kind="unsaid"), {"refuse_or_joke": True}, "right"),
        (Reply(kind="answered", text="A million"), {"answerable": False}, "wrong"),
        (Reply(kind="quoted", lines=LINES), {"answerable": False}, "wrong lines"),
    ],
)
def test_verdicts(reply: Reply, changes: dict, verdict: str):
    assert judge(reply, **changes) == verdict


def test_the_counts_stand_at_the_end():
    question = AskedQuestion.parse(ROW)
    results = [AskedResult(question=question, reply=Reply(kind="unsaid"))]
    assert list(render_results(results))[-1] == "0 right, 1 refused, 0 wrong lines, 0 wrong, of 1"


def test_a_file_that_is_something_else(tmp_path):
    path = tmp_path / "q.json"
    path.write_text(json.dumps({"a": 1}))
    with pytest.raises(ValueError, match="no list of questions"):
        read_questions(path)
    path.write_text(json.dumps([ROW]))
    assert read_questions(path)[0].text == "When?"
