"""Reading a folder of references."""

import datetime as dt
import json
from pathlib import Path

import pytest

from meetings.evaluation.reference import list_references, parse_reference


def write_json(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


def test_folder_holds_meetings_lists_and_other_files(tmp_path: Path):
    turn = {"start": 0.0, "end": 1.5, "speaker": "A", "text": " Hello. "}
    write_json(tmp_path / "b" / "one.json", {"id": "one", "audio": "one.wav", "segments": [turn]})
    (tmp_path / "b" / "one.wav").write_bytes(b"RIFF")
    write_json(tmp_path / "a" / "list.json", [{"id": "x", "segments": []}, {"no": "meeting"}])
    write_json(tmp_path / "c.json", {"questions": []})
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "latin.json").write_bytes(b'{"id": "\xe9"}')
    x, one = list_references(tmp_path)
    assert (x.id, x.turns, x.has_times) == ("x", [], False)
    assert one.audio_path == tmp_path / "b" / "one.wav"
    assert (one.turns[0].start_ms, one.turns[0].end_ms, one.turns[0].text) == (0, 1500, "Hello.")
    assert one.has_times
    assert one.duration_ms == 1500


def test_missing_audio_is_none(tmp_path: Path):
    reference = parse_reference({"id": "x", "audio": "gone.wav", "segments": []}, folder=tmp_path)
    assert reference.audio_path is None


def test_turns_without_times_are_laid_out(tmp_path: Path):
    segments = [
        {"speaker": "A", "text": "five words in this turn"},
        {"start": None, "end": None, "speaker": "B", "text": "two words"},
    ]
    reference = parse_reference({"id": "x", "segments": segments}, folder=tmp_path)
    assert [(turn.start_ms, turn.end_ms) for turn in reference.turns] == [(0, 2000), (2000, 2800)]
    assert not reference.has_times


def test_items_are_sentences_or_objects(tmp_path: Path):
    entry = {
        "id": "x",
        "held_on": "2026-11-16",
        "segments": [],
        "action_items": [
            "A sentence",
            {"text": "Do it", "owner": "Tom", "due_on": "2026-11-20"},
            {"text": "Maybe", "owner": None, "optional": True},
        ],
        "decisions": [],
    }
    reference = parse_reference(entry, folder=tmp_path)
    sentence, full, maybe = reference.action_items
    assert (sentence.has_owner_annotation, sentence.is_required) == (False, True)
    assert (full.owner, full.due_on) == ("Tom", dt.date(2026, 11, 20))
    assert (maybe.has_owner_annotation, maybe.is_required) == (True, False)
    assert reference.decisions == []
    assert reference.held_on == dt.date(2026, 11, 16)


def test_missing_lists_are_not_annotated(tmp_path: Path):
    reference = parse_reference({"id": "x", "segments": [], "decisions": None}, folder=tmp_path)
    assert reference.action_items is None
    assert reference.decisions is None


def test_a_turn_that_ends_before_it_begins_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="ends before"):
        parse_reference({"id": "x", "segments": [{"start": 2, "end": 1, "text": "a"}]}, folder=tmp_path)
