import json

import pytest

from meetings import storage
from meetings.media import MediaError
from meetings.models import Recording
from meetings.pipeline import ingest as ingest_module
from meetings.pipeline.ingest import RecordingMissing, ingest
from tests import factories
from tests.meetings import media_files

pytestmark = pytest.mark.django_db


def give(meeting, tmp_path, *, seconds=3.0, content=None):
    path = tmp_path / "given"
    path.write_bytes(factories.make_wav(seconds=seconds) if content is None else content)
    storage.put_file(path, key=meeting.recording.original_key)


def test_every_field_and_file_is_made(bare, context_of, tmp_path):
    give(bare, tmp_path)
    ctx = context_of(bare, "ingest")
    ingest(bare, ctx)
    recording = Recording.objects.get(meeting=bare)
    assert (recording.duration_ms, recording.channels, recording.sample_rate_hz) == (3000, 1, 16_000)
    assert (recording.container, recording.has_video, recording.notice) == ("wav", False, "")
    assert len(recording.sha256) == 64 and recording.size_bytes == 96_044
    for key in (recording.audio_key, recording.playback_key, recording.peaks_key):
        assert storage.find_size(key)
    with storage.local_path(recording.peaks_key) as path:
        assert json.loads(path.read_text())["duration_ms"] == 3000
    assert not any(storage.make_work_dir().iterdir())


def test_again_does_nothing(bare, context_of, tmp_path, monkeypatch):
    give(bare, tmp_path)
    ctx = context_of(bare, "ingest")
    ingest(bare, ctx)
    monkeypatch.setattr(ingest_module, "convert_recording", None)
    ingest(bare, ctx)


def test_a_bad_recording_keeps_the_original(bare, context_of, tmp_path):
    give(bare, tmp_path, content=b"Dear all, this is no sound.")
    with pytest.raises(MediaError) as caught:
        ingest(bare, context_of(bare, "ingest"))
    assert caught.value.code == "not_media"
    assert storage.find_size(bare.recording.original_key) == 27
    assert not any(storage.make_work_dir().iterdir())


def test_the_bytes_are_gone(bare, context_of):
    with pytest.raises(RecordingMissing):
        ingest(bare, context_of(bare, "ingest"))


def test_a_full_disk_waits(bare, context_of, tmp_path, settings):
    give(bare, tmp_path)
    settings.MIN_FREE_BYTES = 2**62
    with pytest.raises(storage.DiskFull):
        ingest(bare, context_of(bare, "ingest"))


def test_the_same_bytes_again_are_noticed_where_one_may_look(bare, context_of, tmp_path, owner, stranger):
    give(bare, tmp_path)
    ingest(bare, context_of(bare, "ingest"))

    def again(person):
        meeting = factories.make_meeting(person)
        factories.make_recording(meeting, sha256="", audio_key="")
        factories.make_jobs(meeting, state="waiting")
        give(meeting, tmp_path)
        ingest(meeting, context_of(meeting, "ingest"))
        return Recording.objects.get(meeting=meeting).duplicate_of

    assert again(owner) == bare
    assert again(stranger) is None
    factories.add_member(bare, stranger)
    assert again(stranger) == bare


def test_keep_both_survives_another_attempt(bare, context_of, tmp_path, monkeypatch):
    give(bare, tmp_path)
    Recording.objects.update(sha256="known")
    bare.recording.refresh_from_db()
    ingest(bare, context_of(bare, "ingest"))
    assert Recording.objects.get(meeting=bare).sha256 == "known"


def test_a_truncated_film(bare, context_of, tmp_path):
    whole = media_files.write_sound(
        tmp_path / "x", codec="aac", container="mp4", seconds=30, options={"movflags": "faststart"}
    ).read_bytes()
    give(bare, tmp_path, content=whole[: len(whole) // 2])
    ingest(bare, context_of(bare, "ingest"))
    recording = Recording.objects.get(meeting=bare)
    assert recording.notice == "truncated" and 10_000 < recording.duration_ms < 20_000
