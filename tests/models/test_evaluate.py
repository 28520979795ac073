"""`manage.py evaluate` and `bench pipeline` with the real models, on the first 47 seconds of the demo meeting."""

import json
import wave
from pathlib import Path

import av
import pytest
from django.core.management import call_command

from meetings.demo.load import FOLDER, RECORDING
from tests.tiers import MODELS_DIR

pytestmark = pytest.mark.models
SECONDS = 47.4
SAMPLE_RATE_HZ = 16_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A reference folder with the beginning of the demo meeting."""
    folder = tmp_path_factory.mktemp("references")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(RECORDING)) as source, wave.open(str(folder / "start.wav"), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(SAMPLE_RATE_HZ)
        for frame in source.decode(audio=0):
            if frame.time >= SECONDS:
                break
            for piece in resampler.resample(frame):
                target.writeframes(piece.to_ndarray().tobytes())
    whole = json.loads((FOLDER / "reference.json").read_text())
    kept = [turn for turn in whole["segments"] if turn["end"] <= SECONDS + 0.1]
    # In these seconds the old date still holds: it is overruled only later.
    traps = [trap for trap in whole["traps"] if "December 8" not in trap]
    start = {"id": "start", "audio": "start.wav", "language": "en", "segments": kept, "traps": traps}
    (folder / "start.json").write_text(json.dumps(start))
    return folder


@pytest.fixture(autouse=True)
def real_weights(monkeypatch):
    """The settings of the tests have a data folder of their own; weights lie in the project's."""
    monkeypatch.setenv("INFERENCE_MODELS_DIR", str(MODELS_DIR))


def test_evaluate(folder: Path, tmp_path: Path):
    """In child processes, as an operator runs it; the model server is found or started by the command."""
    out = tmp_path / "out.json"
    call_command("evaluate", str(folder), "--json", str(out))
    (meeting,) = json.loads(out.read_text())["meetings"]
    assert meeting["words"]["reference_words"] > 90
    assert meeting["words"]["wer"] < 0.15
    assert meeting["voices"]["reference_speakers"] == 4
    assert meeting["coverage"] > 0.9
    assert meeting["lines_without_citation"] == 0
    assert meeting["traps_caught"] == []
    assert all(
        meeting["share_of_length"][step] is not None for step in ("ingest", "transcribe", "diarize", "draft")
    )


def test_bench_pipeline(folder: Path, tmp_path: Path, monkeypatch, compact_server: str):
    monkeypatch.setenv("INFERENCE_URL", compact_server)
    out = tmp_path / "out.json"
    call_command("bench", "pipeline", str(folder / "start.wav"), "--json", str(out))
    names = {figure["name"] for figure in json.loads(out.read_text())}
    assert {
        "length of the recording",
        "first segment after the upload",
        "transcribe",
        "draft",
        "everything",
    } <= names
