"""Voices after a restart: with vectors made by hand, then with real speech and the real model."""

import asyncio
import json

import numpy as np
import pytest

from meetings.inference_client import InferenceClient
from meetings.live import captions, takes
from meetings.live.captions import CaptionRelay
from meetings.live.protocol import FRAME_BYTES, FRAME_MS
from meetings.live.recall import list_known, recall_voices
from meetings.live.writer import TakeFile, take_path
from meetings.models import Segment
from meetings.pieces import Piece
from tests.inference.sound import DEMO_REFERENCE_PATH, cut_demo
from tests.meetings.asgi_browser import close_connections
from tests.meetings.live.test_sides import sound
from tests.meetings.pipeline.fakes import voice


@pytest.fixture
def record(owner):
    """`record(samples, channels=1)`: a take with this sound on the disk."""
    made = []

    def record(data: bytes, *, channels: int = 1):
        take = takes.create_take(owner, language="en", channels=channels)
        made.append(take)
        file = TakeFile(take)
        size = FRAME_BYTES * channels
        file.append(data[: len(data) // size * size])
        file.close()
        return take

    yield record
    for take in made:
        take_path(take).unlink(missing_ok=True)


def caption(take, number: int | None, start_ms: int, end_ms: int) -> None:
    Segment.objects.create(
        meeting=take.meeting, start_ms=start_ms, end_ms=end_ms, text="x", engine="live", live_voice=number
    )


class Loudness:
    """Describes a voice by how loud it is; `heard_ms`: how long each piece was."""

    def __init__(self) -> None:
        self.heard_ms: list[int] = []

    def describe_voice(self, wav):
        samples = np.frombuffer(wav.read()[44:], "<i2")
        self.heard_ms.append(len(samples) // 16)
        return voice(1, 0) if np.abs(samples).mean() > 3000 else voice(0, 1)


@pytest.mark.django_db
def test_the_longest_caption_of_each_voice_is_heard(record):
    take = record(sound(-10, -120, ms=10_000) + sound(-120, -30, ms=10_000), channels=2)
    for row in [(1, 1_000, 2_000), (1, 3_000, 9_000), (None, 0, 900), (4, 11_000, 16_000)]:
        caption(take, *row)
    client = Loudness()
    voices = recall_voices(take, list_known(take), client=client)
    assert sorted(client.heard_ms) == [5_000, 6_000]
    assert voices.last_number == 4
    # They are known, each on its side of the call; somebody new gets the next number.
    assert voices.add([1.0, 0.0], start_ms=20_000, end_ms=23_000, side=0) == {20_000: 1}
    assert voices.add([0.0, 1.0], start_ms=23_000, end_ms=26_000) == {23_000: 4}
    assert voices.add([0.0, 1.0], start_ms=26_000, end_ms=29_000, side=0) == {26_000: 5}


@pytest.mark.django_db(transaction=True)
async def test_without_a_model_server_numbers_go_on(take_with_voices, free_port):
    relay = CaptionRelay(take_with_voices, None, url=f"http://127.0.0.1:{free_port}")
    voices = await relay._remember_voices(7)
    assert voices.add([1.0], start_ms=0, end_ms=3_000) == {0: 8}
    captions._voices.clear()
    await close_connections()


@pytest.fixture
def take_with_voices(record):
    take = record(bytes(FRAME_BYTES * 100))
    caption(take, 7, 0, 1_900)
    return take


@pytest.mark.models
@pytest.mark.django_db(transaction=True)
async def test_people_keep_their_numbers(compact_server, record):
    """Two of the demo meeting's people; what they say after the restart is theirs."""
    turns = json.loads(DEMO_REFERENCE_PATH.read_text("utf-8"))["segments"]
    speech = await asyncio.to_thread(cut_demo, 0, 110)
    take = await asyncio.to_thread(record, speech.tobytes())
    said = {
        name: [t for t in turns if t["speaker"] == name and t["end"] < 109] for name in ("Priya", "Elena")
    }
    for number, name in ((3, "Priya"), (5, "Elena")):
        first = max(said[name][:-1], key=lambda turn: turn["end"] - turn["start"])
        said[name].remove(first)
        await asyncio.to_thread(
            caption, take, number, int(first["start"] * 1000) // FRAME_MS * FRAME_MS, int(first["end"] * 1000)
        )
    voices = await CaptionRelay(take, None, url=compact_server)._remember_voices(5)
    with InferenceClient(compact_server) as client:
        for number, name in ((3, "Priya"), (5, "Elena")):
            longest = max(said[name], key=lambda turn: turn["end"] - turn["start"])
            start_ms, end_ms = int(longest["start"] * 1000), int(longest["end"] * 1000)
            piece = Piece(start_ms=start_ms, samples=speech[start_ms * 16 : end_ms * 16])
            heard = await asyncio.to_thread(client.describe_voice, piece.to_wav())
            assert voices.add(heard.vector, start_ms=start_ms, end_ms=end_ms) == {start_ms: number}
    captions._voices.clear()
    await close_connections()
