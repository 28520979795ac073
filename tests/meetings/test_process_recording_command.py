"""The command with a stub model server in a process, and steps that need the chat model left out. Whole and real: tests/e2e, tests/models."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from meetings.inference_client import InferenceClient
from meetings.management.commands import process_recording
from meetings.model_server import is_answering
from meetings.models import Job, Meeting, User
from meetings.pipeline import steps
from tests import factories

pytestmark = pytest.mark.django_db
STUB = Path(__file__).parent.parent / "faults" / "stub_model_server.py"


@pytest.fixture
def server(free_port, settings):
    settings.INFERENCE_URL = f"http://127.0.0.1:{free_port}"
    process = subprocess.Popen([sys.executable, str(STUB), str(free_port)])
    while not is_answering(settings.INFERENCE_URL):
        time.sleep(0.05)
    yield settings.INFERENCE_URL
    process.kill()
    process.wait()


@pytest.fixture
def short(monkeypatch):
    """Without the chat model's steps."""
    for step in ("draft", "ground", "publish"):
        monkeypatch.setitem(steps.STEPS, step, lambda meeting, ctx: None)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "weekly <call>.wav"
    path.write_bytes(factories.make_wav(seconds=3))
    return path


def run(path, **options):
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("process_recording", str(path), stdout=stdout, stderr=stderr, **options)
    return Meeting.objects.get(pk=stdout.getvalue().strip()), stderr.getvalue()


def test_from_file_to_export_without_redis_or_user(server, short, recording, tmp_path):
    output = tmp_path / "out.json"
    meeting, said = run(
        recording, output=output, held_on="2026-03-02", attendees="Ann, Tom,Ann", language="de", title="Retro"
    )
    assert set(meeting.jobs.values_list("state", flat=True)) == {"done"}
    assert (meeting.title, meeting.language, str(meeting.held_on)) == ("Retro", "de", "2026-03-02")
    assert [attendee.name for attendee in meeting.attendees.all()] == ["Ann", "Tom"]
    assert meeting.owner.email == process_recording.LOCAL_EMAIL and not meeting.owner.has_usable_password()
    document = json.loads(output.read_text())
    assert document["format"] == "minutebook/1" and len(document["segments"]) == 1
    assert "Reading the recording" in said and "Writing the transcript" in said
    assert recording.exists()


def test_the_file_gives_the_title_and_the_owner_is_found(server, short, recording):
    owner = factories.make_user("boss@example.org", is_owner=True)
    meeting, _ = run(recording)
    assert meeting.title == "weekly <call>" and meeting.owner == owner
    other = factories.make_user("ann@example.org")
    assert run(recording, owner="ANN@example.org")[0].owner == other


def test_the_same_file_again_is_kept_as_well(server, short, recording):
    first, _ = run(recording)
    second, said = run(recording)
    assert "processed before" in said and first.recording.sha256 == second.recording.sha256
    assert set(second.jobs.values_list("state", flat=True)) == {"done"}
    assert User.objects.filter(email=process_recording.LOCAL_EMAIL).count() == 1


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty_file"), (b"Dear all, these are the minutes.", "not_media")]
)
def test_bad_files_are_told_in_a_sentence(server, short, recording, content, code):
    recording.write_bytes(content)
    with pytest.raises(CommandError, match=code):
        run(recording)


def test_bad_arguments(recording, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.mp3")
    with pytest.raises(CommandError, match="No user"):
        run(recording, owner="nobody@example.org")
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run(recording, held_on="yesterday")
    assert not Meeting.objects.exists()


def test_a_worker_took_the_job_and_the_command_waits(server, short, recording, monkeypatch):
    real, turns = steps.run_step, []

    def run_step(job_id, **kwargs):
        turns.append(job_id)
        if len(turns) == 1:
            assert Job.objects.get(pk=job_id).claim()
        if len(turns) == 2:
            Job.objects.get(pk=job_id).give_back()
        return real(job_id, **kwargs)

    monkeypatch.setattr(steps, "run_step", run_step)
    monkeypatch.setattr(process_recording.time, "sleep", lambda seconds: None)
    meeting, _ = run(recording)
    assert set(meeting.jobs.values_list("state", flat=True)) == {"done"}


def test_nobody_answers(free_port):
    assert is_answering(f"http://127.0.0.1:{free_port}") is False
    with InferenceClient(f"http://127.0.0.1:{free_port}") as client:
        assert client.base_url.endswith(str(free_port))
