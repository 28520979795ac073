"""From consent to recording, once, whatever dies on the way."""

import datetime as dt
import os
import uuid
import wave

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from meetings import storage, tasks
from meetings.live import takes
from meetings.live.protocol import FRAME_BYTES, InUse, Note
from meetings.live.writer import TakeFile, take_path
from meetings.models import Job, OwnNote, Recording, Take

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(owner):
    take = takes.create_take(owner, title="Standup", language="de", vocabulary="Atlas")
    yield take
    take_path(take).unlink(missing_ok=True)


def write(take, count=5) -> bytes:
    data = os.urandom(FRAME_BYTES * count)
    file = TakeFile(take)
    file.append(data)
    file.close()
    return data


def check_recording(take, data) -> None:
    recording = Recording.objects.get(meeting=take.meeting)
    with storage.local_path(recording.original_key) as path, wave.open(str(path)) as sound:
        assert sound.readframes(99_999) == data
        assert path.stat().st_size == recording.size_bytes
    assert list(take.meeting.jobs.values_list("step", flat=True)) == Job.Step.of_uploads()
    assert take.meeting.jobs.get(step="ingest").state == Job.State.QUEUED


def test_a_take_and_its_meeting(take, owner):
    meeting = take.meeting
    assert (meeting.owner, meeting.title, meeting.language) == (owner, "Standup", "de")
    assert meeting.vocabulary_terms == ["Atlas"] and meeting.held_on == timezone.localdate()
    assert take.is_recording and len(take.key) > 20
    assert list(Take.objects.unfinished_of(owner)) == [take]


def test_a_title_when_none_is_given(owner):
    assert takes.create_take(owner).meeting.title.startswith("Meeting of ")


def test_no_room(owner, settings):
    settings.MIN_FREE_BYTES = 2**62
    with pytest.raises(storage.DiskFull):
        takes.create_take(owner)
    assert not Take.objects.exists()


def test_stopped_it_is_a_recording_once(take, django_capture_on_commit_callbacks):
    data, sent = write(take), []
    with django_capture_on_commit_callbacks(execute=True):
        takes.stop_take(take, send=sent.append)
        takes.stop_take(take, send=sent.append)
    check_recording(take, data)
    assert len(sent) == 1 and take.state == Take.State.DONE and take.stored_frames == 5
    assert not take_path(take).exists()


def test_without_any_sound_there_is_no_recording(take):
    TakeFile(take).close()
    takes.stop_take(take)
    assert take.state == Take.State.DONE and not Recording.objects.exists() and not Job.objects.exists()
    assert not take_path(take).exists()


def test_killed_between_the_file_and_the_rows(take, monkeypatch):
    data = write(take)
    monkeypatch.setattr(Take, "mark_done", lambda self, *, frames: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        takes.stop_take(take, send=lambda job_id: None)
    monkeypatch.undo()
    assert default_storage.exists(storage.key_of(take.meeting_id, "original"))
    assert takes.close_abandoned_takes(send=lambda job_id: None) == 1
    check_recording(take, data)


def test_left_alone(take, settings):
    data = write(take)
    assert takes.close_abandoned_takes() == 0
    long_ago = timezone.now() - dt.timedelta(minutes=settings.LIVE_ABANDON_MINUTES, seconds=1)
    Take.objects.update(touched_at=long_ago)
    tasks.close_live_takes()
    check_recording(take, data)


def test_left_alone_by_its_row_but_not_by_its_writer(take):
    """The database was away for a while, or the clock was set: the lock of the file says that somebody writes, and goes on."""
    file = TakeFile(take)
    Take.objects.update(touched_at=timezone.now() - dt.timedelta(days=1))
    assert takes.close_abandoned_takes() == 0
    take.refresh_from_db()
    assert take.is_recording and take.beat(frames=0)
    Take.objects.update(touched_at=timezone.now() - dt.timedelta(days=1))
    file.close()
    assert takes.close_abandoned_takes() == 1


def test_somebody_writes(take):
    file = TakeFile(take)
    with pytest.raises(InUse):
        takes.stop_take(take)
    file.close()


def test_a_line_is_kept_once(take, owner):
    note = Note(type="note", id=uuid.uuid4(), kind="note", at_ms=1500, text=" who\0pays?\n")
    takes.keep_note(take, note)
    takes.keep_note(take, note)
    kept = OwnNote.objects.get()
    assert (kept.at_ms, kept.text, kept.user, kept.meeting) == (1500, "who pays?", owner, take.meeting)


def test_a_beat_is_refused_to_a_person_who_was_switched_off(take, owner):
    assert take.beat(frames=7)
    owner.is_active = False
    owner.save()
    assert not take.beat(frames=8)
    take.refresh_from_db()
    assert take.stored_frames == 7
