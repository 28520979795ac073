from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from inference.catalogue import Catalogue, load_catalogue
from inference.choice import Choice, Evidence, choose_profile, find_obstacle
from inference.errors import ConfigurationError
from inference.hardware import Gpu, Machine
from inference.prediction import Speeds
from inference.settings import Settings
from tests.inference.test_catalogue import fill
from tests.inference.test_check import make_machine

FAST = Speeds(asr_rtf=0.01, diarization_rtf=0.005, prefill_tps=900, decode_tps=90, embeddings_per_s=900)
SLOW = Speeds(asr_rtf=0.1, diarization_rtf=0.02, prefill_tps=110, decode_tps=18, embeddings_per_s=90)
CARD = (Gpu(name="Card", memory_mb=12_282),)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def choose(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Choice]:
    """On a machine of 64 GB and 32 cores, all files being here, unless told otherwise."""

    def choose(
        name: str = "auto",
        *,
        here: tuple[str, ...] | None = None,
        speeds: Speeds | None = None,
        **machine: object,
    ) -> Choice:
        facts = make_machine(**{"memory_mb": 64_000, "cores": 32, **machine})
        monkeypatch.setattr("inference.choice.describe_machine", lambda: facts)
        for one in catalogue.profiles if here is None else here:
            fill(catalogue.get_profile(one), tmp_path)
        report = tmp_path / "hardware.json"
        report.write_text(json.dumps({"profile": "compact", "speeds": asdict(speeds) if speeds else {}}))
        settings = replace(Settings(), profile=name, models_dir=tmp_path, report_path=report)
        return choose_profile(catalogue, settings)

    return choose


def test_the_one_that_is_named(choose):
    choice = choose("gemma-4-12b", cores=1, memory_mb=1_000)
    assert (choice.profile.name, choice.why) == ("gemma-4-12b", "INFERENCE_PROFILE names it.")
    with pytest.raises(ConfigurationError, match=r"gemma-4-e2b.*auto"):
        choose("gemma")


def test_the_largest_on_a_large_machine(choose):
    choice = choose()
    assert (choice.profile.name, choice.why) == ("gemma-4-12b", "It is the largest that can run here.")


@pytest.mark.parametrize(
    ("machine", "name", "why"),
    [
        ({"memory_mb": 13_000}, "gemma-4-e4b", "gemma-4-12b: it takes 12.5 GB of memory"),
        ({"memory_mb": 8_000}, "gemma-4-e2b", "gemma-4-e4b: it takes 8.5 GB of memory"),
        ({"memory_mb": 2_000}, "compact", "gemma-4-e2b: it takes 6.0 GB of memory"),
        ({"cores": 6}, "gemma-4-e4b", "gemma-4-12b: without a GPU it needs 12 cores"),
        ({"cores": 2}, "compact", "gemma-4-e2b: without a GPU it needs 4 cores"),
        ({"cores": 2, "gpu_usable": True, "gpus": CARD}, "gemma-4-12b", "the largest"),
        ({"cores": 2, "gpu_usable": True}, "gemma-4-12b", "the largest"),
        ({"cores": 2, "gpu_usable": False, "gpus": CARD}, "compact", "without a GPU"),
        (
            {"cores": 2, "gpu_usable": True, "gpus": (Gpu(name="Small", memory_mb=8_192),)},
            "gemma-4-e4b",
            "12 cores",
        ),
        ({"here": ("compact", "gemma-4-e2b")}, "gemma-4-e2b", "models fetch gemma-4-12b"),
        ({"here": ("test",)}, "compact", "models fetch gemma-4-e2b"),
    ],
)
def test_memory_cards_cores_and_files(choose, machine: dict, name: str, why: str):
    choice = choose(**machine)
    assert choice.profile.name == name
    assert why in choice.why


def test_what_was_measured_says_more_than_the_number_of_cores(choose):
    slow = choose(speeds=SLOW)
    assert slow.profile.name == "compact"
    assert "gemma-4-e2b: an hour of meeting would take about" in slow.why
    assert "measured here with compact" in slow.why
    assert choose(speeds=FAST, cores=2).profile.name in ("gemma-4-e2b", "gemma-4-e4b")


def test_the_speed_grows_smaller_with_each_profile(catalogue: Catalogue):
    def is_possible(name: str, speeds: Speeds) -> bool:
        machine: Machine = make_machine(memory_mb=64_000)
        evidence = Evidence(machine=machine, measured=(catalogue.get_profile("compact"), speeds))
        return find_obstacle(catalogue.get_profile(name), evidence) is None

    possible = [is_possible(name, FAST) for name in ("compact", "gemma-4-e2b", "gemma-4-e4b", "gemma-4-12b")]
    assert possible == sorted(possible, reverse=True)
    assert possible[0] and not possible[-1]
