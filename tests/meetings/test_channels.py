"""Channels that are people, and channels that are not. The sound is the demo recording's, laid out on two channels."""

import json
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from meetings.decoding.channels import STEP_MS, find_channel_turns
from meetings.demo.load import FOLDER
from meetings.evaluation.outcome import HeardSegment
from meetings.evaluation.reference import Turn, list_references
from meetings.evaluation.voices import score_voices
from meetings.media import convert_recording

RATE_HZ = 16_000
RANDOM = np.random.default_rng(1)


def read_demo() -> tuple[np.ndarray, list[Turn]]:
    """int16 samples at 16 kHz, and who spoke when."""
    (reference,) = list_references(FOLDER)
    resampler = av.AudioResampler("s16", "mono", RATE_HZ)
    with av.open(str(reference.audio_path)) as container:
        blocks = [
            part.to_ndarray().reshape(-1)
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(blocks), reference.turns


def write_stereo(path: Path, channels: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.clip(channels, -32768, 32767).astype("<i2").T.tobytes())
    return path


def convert(path: Path):
    folder = path.with_suffix("")
    folder.mkdir()
    return convert_recording(path, folder)


def add_noise(channels: np.ndarray) -> np.ndarray:
    return channels + RANDOM.normal(0, 20, channels.shape)


@pytest.mark.parametrize("crosstalk_db", [-60, -20, -14])
def test_two_people_on_two_channels(tmp_path, crosstalk_db):
    """Two of the demo's four, each on a channel, heard by the other's microphone too; part of it at the same time."""
    samples, turns = read_demo()
    people = {"Priya": 0, "Marcus": 1}
    channels = np.zeros((2, samples.size + RATE_HZ))
    moved = []
    for turn in turns:
        if turn.speaker not in people:
            continue
        start, end = (ms * RATE_HZ // 1000 for ms in (turn.start_ms, turn.end_ms))
        # Every answer of Marcus comes half a second early, into the end of what was said before.
        early = 8_000 if turn.speaker == "Marcus" and start > 8_000 else 0
        channel = people[turn.speaker]
        channels[channel, start - early : end - early] += samples[start:end]
        channels[1 - channel, start - early : end - early] += samples[start:end] * 10 ** (crosstalk_db / 20)
        moved.append(Turn(turn.start_ms - early // 16, turn.end_ms - early // 16, turn.speaker, ""))
    media = convert(write_stereo(tmp_path / "call.wav", add_noise(channels)))
    found = json.loads(media.channel_turns.read_text())
    heard = [
        HeardSegment(str(i), start, end, f"C{channel}", "") for i, (start, end, channel) in enumerate(found)
    ]
    score = score_voices(moved, heard, duration_ms=media.duration_ms)
    assert score.der <= 0.05
    assert score.names == {"C0": "Priya", "C1": "Marcus"}


def test_a_room_in_stereo_is_not_two_people(tmp_path):
    """Everybody on both channels, as loud or nearly so, a little later on one of them."""
    samples, _ = read_demo()
    room = np.stack([samples, np.roll(samples, 12) * 0.6]).astype(float)
    assert convert(write_stereo(tmp_path / "room.wav", add_noise(room))).channel_turns is None


def test_one_silent_channel_is_nobody(tmp_path):
    samples, _ = read_demo()
    half = np.stack([samples, np.zeros_like(samples)]).astype(float)
    assert convert(write_stereo(tmp_path / "half.wav", half)).channel_turns is None


def test_silence_and_nothing():
    assert find_channel_turns(np.full((2, 1_000), -120)) == []
    assert find_channel_turns(np.zeros((2, 0))) == []
    assert find_channel_turns(np.zeros((1, 1_000))) == []


def test_a_breath_does_not_end_a_turn_and_a_click_is_none():
    levels = np.full((2, 400), -70)
    levels[0, 20:60] = levels[0, 66:120] = -20  # 0.3 s between them
    levels[1, 200:300] = -20
    levels[1, 350:352] = -20
    assert find_channel_turns(levels) == [(20 * STEP_MS - 100, 120 * STEP_MS + 100, 0), (9_900, 15_100, 1)]


def test_somebody_without_a_share_is_nobody():
    """A knock on the third microphone: the others are people, it is not."""
    levels = np.full((3, 1_000), -70)
    levels[0, :400] = levels[1, 450:900] = levels[2, 950:960] = -20
    assert {channel for *_, channel in find_channel_turns(levels)} == {0, 1}
