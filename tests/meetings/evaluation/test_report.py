"""Tables and JSON of results."""

import dataclasses
import json

from meetings.evaluation.notes import score_notes
from meetings.evaluation.outcome import HeardSegment, Outcome, WrittenItem
from meetings.evaluation.reference import ExpectedItem, Turn
from meetings.evaluation.report import Result, list_details, render_json, render_table, render_tables
from meetings.evaluation.voices import score_voices
from meetings.evaluation.words import score_words
from tests.meetings.evaluation.test_notes import make_reference

TURNS = [Turn(0, 5_000, "Ann", "Tom, fix the timeout by Friday."), Turn(5_000, 10_000, "Tom", "Will do.")]
SEGMENTS = [
    HeardSegment("s1", 0, 5_000, "S1", "Tom, fix the time out by Friday."),
    HeardSegment("s2", 5_000, 10_000, "S2", "Will do."),
]


def make_result(*, heard: bool = True) -> Result:
    reference = make_reference(
        id="call", turns=TURNS, traps=["the bonus is a joke"],
        action_items=[ExpectedItem("Fix the timeout", owner="Tom", has_owner_annotation=True)],
    )  # fmt: skip
    action = WrittenItem("action", "Fix the timeout", (SEGMENTS[0],), owner="Tom")
    trap = WrittenItem("summary", "Tom gets a bonus", (SEGMENTS[1],))
    timings = {"ingest": 100, "transcribe": 900, "diarize": None, "total": 1_000}
    outcome = Outcome(SEGMENTS, [action, trap], {"S1": "Ann", "S2": "Tom"}, 0.98, 1, 10_000, timings)
    words = score_words(TURNS, SEGMENTS, language="en") if heard else None
    voices = score_voices(TURNS, SEGMENTS, duration_ms=10_000) if heard else None
    return Result(reference, outcome, words, voices, score_notes(reference, outcome, voices={}))


def test_tables():
    text = render_tables([make_result()])
    speech, notes, time = text.split("\n\n")
    assert speech.splitlines()[-1].split() == [
        "call",
        "0:10",
        "0.250",
        "0.250",
        "0.250",
        "0.000",
        "0.000",
        "0.500",
        "2/2",
        "9/8",
    ]
    assert notes.splitlines()[-1].split() == [
        "call", "1/1", "1", "1/1", "1/1", "–", "0", "–", "0", "2", "1", "0", "1/1", "98%", "1",
    ]  # fmt: skip
    assert time.splitlines()[-1].split() == ["call", "0.010", "0.090", "–", "–", "–", "–", "–", "0.100"]


def test_several_recordings_are_pooled():
    text = render_tables([make_result(), make_result()])
    line = next(line for line in text.splitlines() if line.startswith("all, every word and second alike"))
    assert line.split()[-6:] == ["0:20", "0.250", "0.250", "0.000", "0.500", "18/16"]


def test_no_speech_table_when_nothing_was_listened_to():
    assert render_tables([make_result(heard=False)]).startswith("Notes")


def test_words_that_cannot_be_told_by_voice():
    """Where nothing was heard of what was said there may be no cpWER."""
    result = make_result()
    words = dataclasses.replace(result.words, speaker_errors=None)
    row = render_tables([dataclasses.replace(result, words=words)]).splitlines()[3]
    assert row.split()[:6] == ["call", "0:10", "0.250", "0.250", "–", "–"]


def test_no_notes_were_written():
    heard_only = dataclasses.replace(make_result(), notes=None)
    assert "Notes" not in render_tables([heard_only])
    assert list(list_details(heard_only)) == ["\ncall"]
    (meeting,) = render_json([heard_only])["meetings"]
    assert "actions" not in meeting and meeting["voices"]["der"] == 0


def test_no_results():
    assert render_tables([]) == ""


def test_json():
    data = json.loads(json.dumps(render_json([make_result()])))
    (meeting,) = data["meetings"]
    assert meeting["words"]["wer"] == data["pooled_wer"] == 0.25
    assert (data["pooled_der"], data["pooled_one_voice_der"]) == (0, 0.5)
    assert meeting["voices"]["names"] == {"S1": "Ann", "S2": "Tom"}
    assert meeting["actions"]["found"] == 1
    assert meeting["decisions"] is None
    assert meeting["traps_caught"] == [{"trap": "the bonus is a joke", "line": "Tom gets a bonus"}]
    assert meeting["lines_unsupported"] == {"words": 1}
    assert meeting["share_of_length"]["transcribe"] == 0.09


def test_details_show_each_line_and_what_is_wrong():
    lines = list(list_details(make_result()))
    assert any("Fix the timeout [Tom]" in line for line in lines)
    assert any("Tom gets a bonus  ← words" in line for line in lines)
    assert any("TRAP" in line for line in lines)


def test_table_columns_are_aligned():
    lines = render_table([["a", "bb"], ["ccc", "1"]]).splitlines()
    assert lines == ["a    bb", "───  ──", "ccc   1"]
