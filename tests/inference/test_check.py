from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.catalogue import load_catalogue
from inference.check import build_report, format_report, list_larger_profiles, main
from inference.choice import Choice, Evidence
from inference.hardware import Gpu, Machine
from inference.prediction import Speeds
from tests.tiers import MODELS_DIR

SPEEDS = Speeds(asr_rtf=0.1, diarization_rtf=0.02, prefill_tps=50, decode_tps=16, embeddings_per_s=200)


def make_machine(**changes: object) -> Machine:
    facts = {
        "processor": "CPU",
        "cores": 2,
        "logical_cores": 4,
        "instruction_sets": ("avx2",),
        "memory_mb": 24_000,
        "memory_available_mb": 20_000,
        "gpus": (),
        "gpu_usable": False,
        "system": "Linux",
    }
    return Machine(**{**facts, **changes})


def test_report_has_the_keys_the_page_reads(tmp_path: Path):
    catalogue = load_catalogue()
    machine = make_machine(gpus=(Gpu(name="Card", memory_mb=8000),))
    report = build_report(
        Choice(profile=catalogue.get_profile("compact"), why="INFERENCE_PROFILE names it."),
        SPEEDS,
        memory_mb=2100,
        machine=machine,
        catalogue=catalogue,
        models_dir=tmp_path,
    )
    assert set(report) == {
        "measured_at", "machine", "speeds", "minutes_per_hour", "memory_mb", "profile", "choice", "larger_profiles",
    }  # fmt: skip
    assert [one["name"] for one in report["larger_profiles"]] == ["gemma-4-e2b", "gemma-4-e4b", "gemma-4-12b"]
    text = format_report(json.loads(json.dumps(report)))
    assert "about 18 minutes" in text
    assert "Card (8000 MB), not usable by this build" in text


def test_why_a_larger_profile_is_not_in_use(tmp_path: Path):
    catalogue = load_catalogue()
    compact = catalogue.get_profile("compact")

    def list_reasons(*, speeds: Speeds = SPEEDS, **changes: object) -> list[str | None]:
        evidence = Evidence(machine=make_machine(**changes), measured=(compact, speeds))
        found = list_larger_profiles(compact, evidence, catalogue=catalogue, models_dir=tmp_path)
        return [one["why_not"] for one in found]

    assert all("an hour of meeting would take about" in reason for reason in list_reasons())
    assert "memory" in list_reasons(memory_mb=8_000)[2]
    assert "models fetch gemma-4-12b" in list_reasons(gpu_usable=True)[2]
    largest = catalogue.get_profile("gemma-4-12b")
    evidence = Evidence(machine=make_machine())
    assert list_larger_profiles(largest, evidence, catalogue=catalogue, models_dir=tmp_path) == []


def test_missing_models_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(tmp_path))
    assert main(["--output", str(tmp_path / "hardware.json")]) == 1
    assert "models fetch compact" in capsys.readouterr().err
    assert not (tmp_path / "hardware.json").exists()


@pytest.mark.models
def test_this_machine_with_the_small_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    profile = "test" if not load_catalogue().get_profile("test").list_missing(MODELS_DIR) else "compact"
    monkeypatch.setenv("INFERENCE_PROFILE", profile)
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(MODELS_DIR))
    assert main(["--output", str(tmp_path / "hardware.json")]) == 0
    report = json.loads((tmp_path / "hardware.json").read_text())
    assert report["profile"] == profile
    assert all(value > 0 for value in report["speeds"].values())
    assert report["minutes_per_hour"] > 0
    assert "One hour of meeting" in capsys.readouterr().out
