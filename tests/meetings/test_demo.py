"""The demo meeting: a real recording and a stored result, whole and up to the format."""

import jsonschema
import pytest
from django.core.management import call_command

from meetings.demo import load
from meetings.evaluation.reference import list_references
from meetings.export.schema import render_schema
from meetings.models import Job, User
from meetings.storage import find_size


@pytest.fixture
def demo(owner: User):
    return load.load_demo(owner, send=lambda job_id: None)


def test_stored_result_holds_to_the_schema():
    jsonschema.Draft202012Validator(render_schema()).validate(load.read_result())


def test_stored_result_is_of_this_recording():
    assert load.read_result()["recording"]["sha256"] == load.hash_recording()


def test_reference_can_be_evaluated():
    (reference,) = list_references(load.FOLDER)
    assert reference.audio_path == load.FOLDER / "meeting.opus"
    assert len(reference.action_items) == 7
    assert reference.traps


def test_load(demo, owner: User):
    assert load.find_demo(owner) == demo
    assert demo.segments.count() > 30
    assert demo.speakers.count() == 4
    assert all(speaker.name for speaker in demo.speakers.all())
    assert demo.action_items.count() >= 5
    assert all(item.citations.exists() for item in [*demo.note_items.all(), *demo.action_items.all()])
    assert [slide.title for slide in demo.slides.shown()][:2] == ["Atlas launch plan", "Pricing"]
    assert all(find_size(slide.image_key) and slide.shown_ms for slide in demo.slides.all())
    assert demo.slides.count() == 3
    assert demo.note_items.exclude(slide_citations=None).exists()
    assert find_size(demo.recording.original_key) == load.RECORDING.stat().st_size


def test_loading_twice_gives_the_same(demo, owner: User):
    assert load.load_demo(owner, send=lambda job_id: None) == demo
    assert owner.owned_meetings.count() == 1


def test_only_the_first_step_is_left_to_do(demo):
    assert {job.step: job.state for job in demo.jobs.exclude(state=Job.State.DONE)} == {"ingest": "queued"}


def test_other_people_have_their_own(demo, stranger: User):
    assert load.find_demo(stranger) is None


@pytest.mark.django_db(transaction=True)
def test_command_makes_player_and_waveform(owner: User, capsys):
    """The real first step runs: the recording is decoded, nothing is asked of a model server."""
    call_command("seed_demo")
    meeting = load.find_demo(owner)
    assert capsys.readouterr().out.strip() == f"/meetings/{meeting.pk}/"
    recording = meeting.recording
    assert all(find_size(key) for key in (recording.audio_key, recording.playback_key, recording.peaks_key))
    assert abs(recording.duration_ms - 212_850) < 100
    assert not meeting.jobs.exclude(state=Job.State.DONE).exists()


@pytest.mark.django_db(transaction=True)
def test_command_twice_changes_nothing(owner: User, demo):
    call_command("seed_demo", user=owner.email.upper())
    assert owner.owned_meetings.count() == 1


def test_command_needs_somebody(db):
    with pytest.raises(Exception, match="no owner yet"):
        call_command("seed_demo")
    with pytest.raises(Exception, match="Nobody has the address"):
        call_command("seed_demo", user="nobody@example.org")
