from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.bench.command import main
from inference.bench.gate import find_threshold
from tests.inference.sound import DEMO_PATH, DEMO_REFERENCE_PATH
from tests.tiers import MODELS_DIR


def test_the_threshold_between_right_and_wrong():
    assert find_threshold([0.5, 0.6, 0.9], [0.01, 0.02, 0.3]) == 0.5


def test_where_they_overlap_the_fewest_mistakes_count():
    assert find_threshold([0.02, 0.5, 0.6, 0.7], [0.01, 0.01, 0.03, 0.03]) == 0.5


def test_without_a_reference_there_is_nothing_to_measure(capsys: pytest.CaptureFixture[str]):
    assert main(["gate"]) == 0
    assert "no --reference" in capsys.readouterr().err


@pytest.mark.models
def test_the_constant_tells_right_from_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With the real model, on the demo recording and what was really said in it."""
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(MODELS_DIR))
    path = tmp_path / "figures.json"
    assert (
        main(
            [
                "gate",
                "--recording",
                str(DEMO_PATH),
                "--reference",
                str(DEMO_REFERENCE_PATH),
                "--json",
                str(path),
            ]
        )
        == 0
    )
    figures = {
        figure["what"]: figure["value"] for figure in reversed(json.loads(path.read_text())["figures"])
    }
    assert figures["right text that is refused"] < 5
    assert figures["wrong text that is let through"] < 5
    assert figures["score of the right text, median"] > 10 * figures["score of another's text, median"]
