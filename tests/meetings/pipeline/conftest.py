"""A recording that was read, a job that runs, and the context its step gets."""

import numpy as np
import pytest

from meetings import storage
from meetings.media import convert_recording
from meetings.models import Job
from meetings.pipeline.context import StepContext
from tests import factories
from tests.meetings import media_files
from tests.meetings.pipeline.fakes import FakeClient


@pytest.fixture
def bare(owner):
    """A meeting with an empty recording row and one waiting job a step."""
    meeting = factories.make_meeting(owner)
    factories.make_recording(
        meeting,
        duration_ms=0,
        sha256="",
        audio_key="",
        playback_key="",
        peaks_key="",
        container="",
        channels=0,
    )
    factories.make_jobs(meeting, state=Job.State.WAITING, total_ms=0)
    yield meeting
    storage.delete_meeting_files(meeting)


@pytest.fixture
def context_of(db):
    """`context_of(meeting, step, client)`: as `run_step` makes it, the job claimed."""

    def make(meeting, step, client=None):
        job = meeting.jobs.get(step=step)
        assert job.queue() and job.claim()
        return StepContext(client=client or FakeClient(), job=job)

    return make


@pytest.fixture
def with_sound(tmp_path):
    """`with_sound(meeting, seconds)`: real `audio.flac` behind the recording: noise with half a second of silence every ten."""

    def add(meeting, seconds):
        times = np.arange(int(seconds * 16_000))
        samples = np.random.default_rng(1).normal(0, 3000, len(times)).astype(np.int16)
        samples[times % 160_000 > 152_000] = 0
        source = tmp_path / "source.wav"
        media_files.write_samples(source, samples)
        folder = tmp_path / "made"
        folder.mkdir()
        made = convert_recording(source, folder)
        recording = meeting.recording
        recording.audio_key = storage.key_of(meeting.pk, "audio.flac")
        recording.duration_ms = made.duration_ms
        recording.save()
        storage.put_file(made.audio, key=recording.audio_key)
        return meeting

    return add
