"""`manage.py evaluate`, as far as it goes without models."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from meetings.models import Meeting, User


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    turn = {"start": 0, "end": 1, "speaker": "A", "text": "Hello."}
    for name in ("alpha", "beta"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"id": name, "segments": [turn]}))
    return tmp_path


def test_list(folder: Path, capsys):
    call_command("evaluate", str(folder), "--list")
    assert capsys.readouterr().out.splitlines() == ["alpha  1 turns, text only", "beta  1 turns, text only"]


def test_list_of_some(folder: Path, capsys):
    call_command("evaluate", str(folder), "--list", "--only", "be")
    assert capsys.readouterr().out.startswith("beta")


def test_nothing_wanted(folder: Path):
    with pytest.raises(CommandError, match="No such reference"):
        call_command("evaluate", str(folder), "--list", "--only", "gamma")


def test_demo_is_there_without_any_other_data(capsys):
    call_command("evaluate", "meetings/demo", "--list")
    assert capsys.readouterr().out == "launch_planning  52 turns, sound\n"


def test_without_a_model_server_nothing_is_scored_and_nothing_stays(folder: Path, settings, monkeypatch, db):
    """A model server that cannot start: no weights where it looks."""
    settings.INFERENCE_URL = "http://127.0.0.1:9"
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(folder / "no-models"))
    with pytest.raises(CommandError, match="model_server_failed"):
        call_command("evaluate", str(folder), "--in-place")
    assert not Meeting.objects.exists()
    assert not User.objects.exists()
