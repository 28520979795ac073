"""Numbers for voices with vectors made by hand; with the real model at the end."""

import asyncio
import json
from collections import Counter
from urllib.parse import urlsplit

import numpy as np
import pytest
from websockets.asyncio.client import connect

from meetings.live.voices import LEAST_MS, LiveVoices
from tests.inference.sound import DEMO_REFERENCE_PATH, cut_demo
from tests.model_server import running_model_server

SIZE = 192


def make_voice(seed: int):
    """`say(noise)`: a caption's vector, of length 1, near the same place each time."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=SIZE)
    centre /= np.linalg.norm(centre)

    def say(noise: float = 0.5) -> list[float]:
        aside = rng.normal(size=SIZE)
        vector = centre + noise * aside / np.linalg.norm(aside)
        return (vector / np.linalg.norm(vector)).tolist()

    return say


class Talk:
    """Captions of three seconds, one after the other; `numbers`: what the page would show."""

    def __init__(self) -> None:
        self.voices, self.numbers, self.at_ms = LiveVoices(), {}, 0

    def say(self, vector, *, ms: int = 3000, side: int | None = None) -> dict[int, int]:
        changed = self.voices.add(vector, start_ms=self.at_ms, end_ms=self.at_ms + ms, side=side)
        self.numbers.setdefault(self.at_ms, None)
        self.numbers |= changed
        self.at_ms += ms
        return changed


def test_each_voice_has_its_number():
    talk = Talk()
    people = [make_voice(seed) for seed in range(4)]
    order = [0, 1, 0, 2, 3, 1, 0, 2, 3, 3, 0]
    for number in order:
        talk.say(people[number]())
    # In order of first word.
    assert list(talk.numbers.values()) == [number + 1 for number in order]


def test_a_short_word_is_no_voice_until_more_is_heard():
    talk = Talk()
    ann, tom = make_voice(1), make_voice(2)
    assert talk.say(ann(), ms=LEAST_MS) == {0: 1}
    short_at = talk.at_ms
    assert talk.say(tom(), ms=1000) == {}
    assert talk.say(None, ms=400) == {}
    # Now he has spoken long enough, and what he said before is his.
    assert talk.say(tom()) == {short_at: 2, short_at + 1400: 2}


def test_voices_that_turn_out_to_be_one_become_one():
    """Heard twice from afar, then well enough to see that it is one person."""
    talk = Talk()
    centre = np.zeros(SIZE)
    centre[0] = 1.0

    def turn(degrees: float) -> list[float]:
        vector = np.zeros(SIZE)
        vector[0], vector[1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return vector.tolist()

    talk.say(turn(-35))
    talk.say(turn(35))
    assert list(talk.numbers.values()) == [1, 2]
    for degrees in (-10, 10, -5, 5, 0):
        talk.say(turn(degrees))
    assert set(talk.numbers.values()) == {1}


def test_nobody_is_on_both_sides_of_a_call():
    """Two who sound alike, one at the microphone, one behind the tab; what both sides said at once goes to the nearest."""
    talk, twin, other = Talk(), make_voice(1), make_voice(2)
    for vector, side in [(twin, 0), (twin, 1), (other, 1), (twin, 1), (twin, 0), (twin, None), (other, None)]:
        talk.say(vector(0.2), side=side)
    numbers = list(talk.numbers.values())
    assert numbers[:5] == [1, 2, 3, 2, 1]
    assert numbers[5] in (1, 2) and numbers[6] == 3


def test_numbers_go_on_after_a_restart():
    voices = LiveVoices(last_number=3)
    assert voices.add(make_voice(1)(), start_ms=9000, end_ms=12_000) == {9000: 4}


@pytest.mark.models
async def test_the_demo_meeting():
    """Four voices: whoever speaks has one number for most of their captions, and nobody else has it."""
    sound = await asyncio.to_thread(cut_demo, 0, 110)
    voices, numbers, spoken_ms = LiveVoices(), {}, {}
    with running_model_server("compact") as url:
        async with connect(f"ws://{urlsplit(url).netloc}/v1/realtime") as socket:
            await socket.send('{"type": "session.start", "language": "en"}')

            async def play() -> None:
                for start in range(0, sound.size, 3200):
                    await socket.send(sound[start : start + 3200].tobytes())
                await socket.send('{"type": "session.end"}')

            playing = asyncio.create_task(play())
            async for raw in socket:
                one = json.loads(raw)
                if one["type"] == "caption.final":
                    spoken_ms[one["start_ms"]] = one["end_ms"]
                    numbers |= voices.add(
                        one["speaker_vector"], start_ms=one["start_ms"], end_ms=one["end_ms"]
                    )
            await playing
    turns = json.loads(DEMO_REFERENCE_PATH.read_text("utf-8"))["segments"]
    told = [
        (find_speaker(turns, start_ms, spoken_ms[start_ms]), number) for start_ms, number in numbers.items()
    ]
    main = {
        speaker: Counter(n for who, n in told if who == speaker).most_common(1)[0][0] for speaker, _ in told
    }
    assert len(set(main.values())) == len(main) == 4, told
    right = [number == main[speaker] for speaker, number in told]
    assert len(right) >= 12 and sum(right) >= 0.8 * len(right), told


def find_speaker(turns: list[dict], start_ms: int, end_ms: int) -> str:
    """Who says most of a caption; it may hold a word of the next person's."""
    shared: Counter[str] = Counter()
    for turn in turns:
        shared[turn["speaker"]] += max(
            0, min(end_ms, turn["end"] * 1000) - max(start_ms, turn["start"] * 1000)
        )
    return shared.most_common(1)[0][0]
