from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from inference.prediction import Cost, Speeds, predict_minutes_per_hour, predict_speeds, read_measured

SPEEDS = Speeds(asr_rtf=0.1, diarization_rtf=0.02, prefill_tps=50, decode_tps=16, embeddings_per_s=200)


def test_prediction_is_the_documented_formula():
    expected = 60 * 0.12 + (24_000 / 50 + 2_500 / 16 + 700 / 200) / 60
    assert predict_minutes_per_hour(SPEEDS) == pytest.approx(expected)


def test_the_same_models_are_as_fast_as_they_were():
    assert predict_speeds(SPEEDS, measured=Cost(speech=2, chat=2), wanted=Cost(speech=2, chat=2)) == SPEEDS


def test_larger_models_are_slower_by_their_cost():
    larger = predict_speeds(SPEEDS, measured=Cost(speech=2, chat=2), wanted=Cost(speech=4, chat=8))
    assert larger == Speeds(
        asr_rtf=0.2, diarization_rtf=0.02, prefill_tps=12.5, decode_tps=4, embeddings_per_s=200
    )


def test_a_chat_model_that_hears_reads_the_sound_and_writes_what_was_said():
    hearing = predict_speeds(SPEEDS, measured=Cost(), wanted=Cost(hears=True))
    assert hearing.asr_rtf == pytest.approx(0.1 + 25 / 50 + 3.3 / 16)


def test_a_report_is_read(tmp_path: Path):
    path = tmp_path / "hardware.json"
    path.write_text(json.dumps({"profile": "compact", "speeds": asdict(SPEEDS) | {"more": 1}}))
    assert read_measured(path) == ("compact", SPEEDS)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"profile": "compact", "speeds": {}}', '{"speeds": {"asr_rtf": "x"}}']
)
def test_what_is_no_report(tmp_path: Path, content: str):
    path = tmp_path / "hardware.json"
    path.write_text(content)
    assert read_measured(path) is None
    assert read_measured(tmp_path / "missing.json") is None
    assert read_measured(None) is None


def test_a_speed_of_nothing_is_no_measurement(tmp_path: Path):
    path = tmp_path / "hardware.json"
    path.write_text(json.dumps({"profile": "compact", "speeds": asdict(SPEEDS) | {"decode_tps": 0}}))
    assert read_measured(path) is None
