"""`kill -9` in the middle, with everything real: whatever dies comes back, and the work goes on where it was."""

from pathlib import Path
from uuid import UUID

import av
import pytest

from tests.installation import Installation
from tests.person import Person
from tests.tiers import PROJECT_DIR

pytestmark = [pytest.mark.models, pytest.mark.redis]

DEMO = PROJECT_DIR / "meetings" / "demo" / "meeting.opus"
CLIP_S = 75
# Far more than it takes; a machine that does other things as well is no failure.
WORK_S = 1800


@pytest.fixture(scope="module")
def person(installation: Installation) -> Person:
    return Person(installation, "fay@example.org")


def cut_demo(path: Path, *, start_s: int) -> Path:
    """`CLIP_S` seconds of the demo meeting as FLAC: real speech, and other bytes for every start."""
    with av.open(str(DEMO)) as source, av.open(str(path), "w", format="flac") as target:
        stream = target.add_stream("flac", rate=16_000, layout="mono")
        resample = av.AudioResampler(format="s16", layout="mono", rate=16_000).resample
        for frame in source.decode(audio=0):
            if not start_s <= frame.time < start_s + CLIP_S:
                continue
            frame.pts = None
            for piece in resample(frame):
                target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return path


def count_segments(installation: Installation, meeting: str) -> int:
    sql = "SELECT COUNT(*) FROM meetings_segment WHERE meeting_id = ?"
    return installation.rows(sql, UUID(meeting).hex)[0][0]


def read_states(installation: Installation, meeting: str) -> dict[str, str]:
    sql = "SELECT step, state FROM meetings_job WHERE meeting_id = ?"
    return dict(installation.rows(sql, UUID(meeting).hex))


def wait_until(installation: Installation, meeting: str, *, step: str, states: set[str]) -> None:
    installation.wait_for(
        lambda: read_states(installation, meeting)[step] in states, f"{step} to be {states}", timeout_s=WORK_S
    )


def wait_for_segments(installation: Installation, meeting: str) -> None:
    installation.wait_for(
        lambda: count_segments(installation, meeting) > 0, "the first segments", timeout_s=WORK_S
    )


def check_transcript(installation: Installation, meeting: str) -> None:
    """From the first word to the last, and nothing written twice."""
    sql = "SELECT start_ms, end_ms FROM meetings_segment WHERE meeting_id = ? ORDER BY start_ms"
    spans = installation.rows(sql, UUID(meeting).hex)
    assert len(spans) > 5
    assert len({start for start, _ in spans}) == len(spans), "segments were written twice"
    assert spans[-1][1] > (CLIP_S - 15) * 1000, "the end of the recording is missing"


def kill_and_see_it_back(installation: Installation, *names: str) -> None:
    gone = {name: installation.kill(name) for name in names}
    installation.wait_until_ready()
    for name, pid in gone.items():
        assert installation.find_process(name).pid != pid


def test_one_after_the_other(installation, person, tmp_path):
    """Worker and queue die while the recogniser runs, the model server while it tells the voices apart; everything is finished."""
    meeting = person.upload(cut_demo(tmp_path / "each.flac", start_s=0))
    wait_for_segments(installation, meeting)
    kill_and_see_it_back(installation, "worker", "redis")
    wait_until(installation, meeting, step="diarize", states={"running", "done"})
    kill_and_see_it_back(installation, "model")
    wait_until(installation, meeting, step="publish", states={"done"})
    assert set(read_states(installation, meeting).values()) == {"done"}
    check_transcript(installation, meeting)


def test_web_killed_during_an_upload(installation, person, tmp_path):
    recording = cut_demo(tmp_path / "web.flac", start_s=90)
    killed = []

    def kill_once(request) -> None:
        if request.headers.get("Upload-Offset", "0") != "0" and not killed:
            killed.append(installation.kill("web"))

    person.http.event_hooks["request"].append(kill_once)
    meeting = person.upload(recording)
    assert killed
    wait_until(installation, meeting, step="transcribe", states={"done"})
    check_transcript(installation, meeting)


def test_power_cut(installation, person, tmp_path):
    """Everything at once; after the start what was written is still there, and the rest follows."""
    meeting = person.upload(cut_demo(tmp_path / "power.flac", start_s=120))
    wait_for_segments(installation, meeting)
    installation.kill_everything()
    kept = count_segments(installation, meeting)
    assert kept > 0
    installation.start()
    wait_until(installation, meeting, step="transcribe", states={"done"})
    check_transcript(installation, meeting)
    assert count_segments(installation, meeting) >= kept
