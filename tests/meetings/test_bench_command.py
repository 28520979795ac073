"""`manage.py bench` as an operator runs it: in child processes, with the real web process."""

import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from meetings.throwaway import make_environment, run_manage


def run_bench(*arguments: str, out: Path) -> dict[str, dict]:
    with make_environment() as environment:
        assert (
            run_manage(["bench", *arguments, "--in-place", "--json", str(out)], environment=environment) == 0
        )
    return {figure["name"]: figure for figure in json.loads(out.read_text())}


def test_upload(tmp_path: Path):
    """A small one; the real measurement is two gigabytes."""
    figures = run_bench("upload", "--gigabytes", "0.03", out=tmp_path / "out.json")
    assert figures["size of the upload"]["value"] == 31
    assert figures["growth at the highest"]["limit"] == 50


def test_memory_of_this_process(tmp_path: Path, capsys):
    call_command("bench", "memory", "--pids", str(os.getpid()), "--json", str(tmp_path / "out.json"))
    assert "everything together" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text())[-1]["value"] > 0


def test_pipeline_needs_a_file():
    with pytest.raises(CommandError, match="no such file"):
        call_command("bench", "pipeline", "does-not-exist.wav", "--in-place")


def test_kind_is_needed():
    with pytest.raises(CommandError, match="required"):
        call_command("bench")


def test_live(tmp_path: Path):
    """A few for a moment; the real measurement is 200."""
    figures = run_bench("live", "--sockets", "3", "--seconds", "2", out=tmp_path / "out.json")
    assert figures["frames sent"]["value"] == 300
    assert figures["frames missing"]["value"] == 0 and figures["frames missing"]["limit"] == 0


def test_live_with_a_file_that_is_not_there():
    with pytest.raises(CommandError, match="no such file"):
        call_command("bench", "live", "does-not-exist.wav", "--in-place")
