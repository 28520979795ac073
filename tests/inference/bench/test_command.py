from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.bench.command import main
from inference.bench.rows import ROWS
from tests.tiers import MODELS_DIR, PROJECT_DIR


def test_an_unknown_row_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["speed"])
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert "'speed'" in message
    assert all(name in message for name in ROWS)


def test_missing_models_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(tmp_path))
    assert main(["schema"]) == 1
    assert "models fetch compact" in capsys.readouterr().err


def test_a_recording_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("inference.bench.ground.Ground.whisper", object())
    assert main(["short", "--recording", str(tmp_path / "away.wav")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_every_row_is_documented():
    text = (PROJECT_DIR / "docs" / "model-server.md").read_text("utf-8")
    assert [name for name in ROWS if f"| `{name}` |" not in text] == []


@pytest.mark.models
def test_rows_with_the_real_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(MODELS_DIR))
    path = tmp_path / "figures.json"
    assert main(["short", "silence", "--minutes", "0.5", "--json", str(path)]) == 0
    figures = json.loads(path.read_text("utf-8"))["figures"]
    assert {figure["row"] for figure in figures} == {"short", "silence"}
    assert 0 < figures[0]["ours"] < figures[0]["other"]
    assert all(figure["value"] == 0 for figure in figures if figure["row"] == "silence")
    assert "5 s of speech" in capsys.readouterr().out
