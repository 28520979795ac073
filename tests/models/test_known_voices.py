"""The demo recording as two meetings: the speaker model knows in the second who agreed to be known in the first."""

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from meetings.demo.load import FOLDER
from meetings.evaluation.reference import Turn, list_references
from meetings.inference_client import InferenceClient
from meetings.media import convert_recording, read_speech
from meetings.models import Job, Meeting, Speaker, VoiceMatch, VoiceSample
from meetings.pipeline.context import StepContext
from meetings.pipeline.diarize import diarize
from meetings.storage import delete_meeting_files, key_of, put_file
from meetings.voices.known import SAME_VOICE
from meetings.voices.naming import hear_voices, name_known_voices, refuse_name
from meetings.voices.profiles import forget_voice, learn_waiting_voices, remember_voice
from tests import factories

pytestmark = [pytest.mark.models, pytest.mark.django_db]

# Between two turns, in the middle of the recording.
CUT_MS = 100_300


@pytest.fixture
def client(compact_server) -> Iterator[InferenceClient]:
    with InferenceClient(compact_server) as client:
        yield client


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[np.ndarray, list[Turn]]:
    (reference,) = list_references(FOLDER)
    media = convert_recording(reference.audio_path, tmp_path_factory.mktemp("demo"))
    return np.concatenate(list(read_speech(media.audio))), reference.turns


@pytest.fixture
def halves(owner, demo, tmp_path) -> Iterator[list[Meeting]]:
    """Two meetings, their lines as the reference has them, without voices."""
    samples, turns = demo
    made = []
    for title, start_ms, end_ms in (("First", 0, CUT_MS), ("Second", CUT_MS, samples.size // 16)):
        meeting = factories.make_meeting(owner, title=title, language="en")
        key = key_of(meeting.pk, "audio.flac")
        put_file(write_flac(samples[start_ms * 16 : end_ms * 16], tmp_path / title), key=key)
        factories.make_recording(meeting, audio_key=key, duration_ms=end_ms - start_ms)
        factories.make_jobs(meeting, state=Job.State.WAITING)
        for turn in turns:
            if start_ms <= turn.start_ms < end_ms:
                factories.make_segment(
                    meeting, turn.text, start_ms=turn.start_ms - start_ms, end_ms=turn.end_ms - start_ms
                )
        made.append(meeting)
    yield made
    for meeting in made:
        delete_meeting_files(meeting)


def write_flac(samples: np.ndarray, folder: Path) -> Path:
    folder.mkdir()
    with wave.open(str(folder / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    return convert_recording(folder / "sound.wav", folder).audio


def tell_apart(meeting: Meeting, client: InferenceClient) -> None:
    job = meeting.jobs.get(step=Job.Step.DIARIZE)
    assert job.queue() and job.claim()
    diarize(meeting, StepContext(client=client, job=job))


def find_voice(meeting: Meeting, demo, person: str, *, offset_ms: int) -> Speaker:
    """Whose voice most of this person's lines have."""
    starts = [turn.start_ms - offset_ms for turn in demo[1] if turn.speaker == person]
    lines = meeting.segments.filter(start_ms__in=starts).exclude(speaker=None).select_related("speaker")
    voices = [line.speaker for line in lines]
    return max(set(voices), key=voices.count)


def test_who_agreed_is_named_in_the_next_meeting(halves, demo, client, owner):
    first, second = halves
    tell_apart(first, client)
    for person in ("Priya", "Tom"):
        speaker = find_voice(first, demo, person, offset_ms=0)
        speaker.name = person
        speaker.save()
        remember_voice(speaker, person=None, note="in the meeting", by=owner, send=lambda: None)
    assert learn_waiting_voices(client=client) == 2
    sample = VoiceSample.objects.first()
    assert sample.embedder.startswith("campplus@") and sample.read_vector().shape == (192,)

    tell_apart(second, client)
    named = {match.profile.name: match for match in VoiceMatch.objects.filter(meeting=second)}
    assert set(named) == {"Priya", "Tom"}
    for person, match in named.items():
        assert find_voice(second, demo, person, offset_ms=CUT_MS).name == person
        assert match.similarity >= SAME_VOICE and match.confidence > 0.8
    # Marcus and Elena have agreed to nothing.
    assert {find_voice(second, demo, person, offset_ms=CUT_MS).name for person in ("Marcus", "Elena")} == {""}

    refuse_name(named["Tom"], by=owner)
    assert name_known_voices(second, hear_voices(second, client=client)) == []
    forget_voice(named["Priya"].profile)
    assert not second.speakers.exclude(name="").exists()
