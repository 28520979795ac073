"""A call with one person at the microphone and three behind the tab: the real diarizer and the channels."""

import json

import numpy as np
import pytest

from meetings.evaluation.outcome import HeardSegment
from meetings.evaluation.reference import Turn
from meetings.evaluation.voices import score_voices
from meetings.inference_client import Diarization, InferenceClient
from meetings.media import convert_recording
from meetings.pipeline.sides import tell_sides
from tests.meetings.test_channels import add_noise, read_demo, write_stereo

pytestmark = pytest.mark.models


@pytest.mark.parametrize("near", ["Priya", "Marcus"])
def test_one_here_and_three_there(tmp_path, compact_server, near):
    """The one here begins a second early, into what the others say; they reach the microphone from the loudspeakers, 20 dB softer."""
    samples, turns = read_demo()
    channels = np.zeros((2, samples.size))
    said = []
    for turn in turns:
        early_ms = 1_000 if turn.speaker == near and turn.start_ms > 1_000 else 0
        said.append(Turn(turn.start_ms - early_ms, turn.end_ms - early_ms, turn.speaker, ""))
        here, part = (slice(one.start_ms * 16, one.end_ms * 16) for one in (said[-1], turn))
        channels[0, here] += samples[part] * (1.0 if turn.speaker == near else 0.1)
        channels[1, here] += samples[part] * (turn.speaker != near)
    media = convert_recording(write_stereo(tmp_path / "call.wav", add_noise(channels)), tmp_path)
    sides = [tuple(side) for side in json.loads(media.channel_turns.read_text())]
    with InferenceClient(compact_server) as client:
        [mixed] = [one for one in client.diarize(media.audio) if isinstance(one, Diarization)]
    told = tell_sides(mixed, sides)

    def score(found):
        heard = [HeardSegment(str(i), t.start_ms, t.end_ms, t.speaker, "") for i, t in enumerate(found.turns)]
        return score_voices(said, heard, duration_ms=media.duration_ms)

    assert set(score(told).names.values()) == {turn.speaker for turn in turns}
    assert len(told.speakers) == 4
    assert score(told).der < min(0.01, score(mixed).der)
