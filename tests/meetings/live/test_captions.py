"""The relay against a model server that speaks the realtime contract and hears nothing; the last test is with the real one."""

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.utils import timezone
from websockets.asyncio.server import serve

from meetings.live import captions, takes
from meetings.live.captions import CaptionRelay
from meetings.live.protocol import FRAME_BYTES
from meetings.live.sides import to_mono
from meetings.models import Segment, Take
from tests.inference.sound import cut_demo
from tests.meetings.asgi_browser import AsgiBrowser, AsgiSocket, close_connections

pytestmark = pytest.mark.django_db(transaction=True)


class FakeRealtime:
    """Every second of sound is an utterance: a partial text, then "second N"; `voices` people take turns."""

    def __init__(self, *, voices: int = 2, languages: Sequence[str] = ("en",)) -> None:
        self.languages = languages
        self.voices = voices
        self.starts: list[dict] = []
        self.heard = b""

    async def __call__(self, socket) -> None:
        start = json.loads(await socket.recv())
        self.starts.append(start)
        await socket.send('{"type": "session.started"}')
        heard, said = b"", 0
        async for message in socket:
            if isinstance(message, bytes):
                heard += message
                self.heard += message
                while len(heard) >= (said + 1) * 32_000:
                    begin = start["offset_ms"] + said * 1000
                    times = {"utterance": said, "start_ms": begin, "end_ms": begin + 900}
                    partial = {"type": "caption.partial", **times, "text": "seco", "stable_chars": 2}
                    await socket.send(json.dumps(partial))
                    vector = [float(said % self.voices == 0), float(said % self.voices == 1)]
                    word = {"word": " second", "start_ms": begin, "end_ms": begin + 900, "probability": 0.9}
                    final = {"type": "caption.final", **times, "text": f"second {begin // 1000}"}
                    final["language"] = self.languages[said % len(self.languages)]
                    await socket.send(json.dumps(final | {"words": [word], "speaker_vector": vector}))
                    said += 1
            elif json.loads(message)["type"] == "session.end":
                await socket.send('{"type": "session.ended"}')
                return


@pytest.fixture(autouse=True)
async def ground(settings, monkeypatch):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends = {}
    captions._layer["away_until"] = 0.0
    monkeypatch.setattr(captions, "RETRY_S", 0.05)
    yield
    channel_layers.backends = {}
    await close_connections()


@pytest.fixture
def take(owner):
    return takes.create_take(owner, title="Standup", language="en", vocabulary="Atlas")


class Running:
    """A relay and what it said."""

    def __init__(self, take, port: int) -> None:
        self.said: list[dict] = []
        self.relay = CaptionRelay(take, self.hear, url=f"http://127.0.0.1:{port}")
        self.task = asyncio.create_task(self.relay.run())

    async def hear(self, **message) -> None:
        self.said.append(message)

    def list_said(self, kind: str, name: str) -> list:
        return [message[name] for message in self.said if message["type"] == kind]

    async def wait_for(self, condition) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


def seconds(count: int) -> bytes:
    return bytes(FRAME_BYTES * 50 * count)


async def test_text_reaches_the_page_and_the_rows(take, free_port):
    fake = FakeRealtime()
    async with serve(fake, "127.0.0.1", free_port):
        running = Running(take, free_port)
        running.relay.feed(seconds(2), first=0)
        await running.wait_for(lambda: len(running.list_said("caption.final", "text")) == 2)
        await running.relay.end(running.task)
    assert running.list_said("captions", "state") == ["waiting", "on"]
    assert running.list_said("caption.partial", "stable_chars") == [2, 2]
    [start] = fake.starts
    assert (start["language"], start["vocabulary"], start["offset_ms"]) == ("en", ["Atlas"], 0)
    rows = [row async for row in Segment.objects.order_by("start_ms")]
    assert [row.text for row in rows] == ["second 0", "second 1"]
    assert rows[1].start_ms == 1000 and rows[1].words[0] == {"s": 1000, "e": 1900, "w": "second", "p": 0.9}


async def test_each_caption_gets_a_voice_that_settles(take, free_port):
    """Of a second nobody is known yet; after three they are, and what was said before is theirs as well. A new connection knows them still."""
    fake = FakeRealtime()
    async with serve(fake, "127.0.0.1", free_port):
        running = Running(take, free_port)
        running.relay.feed(seconds(7), first=0)
        await running.wait_for(lambda: len(running.list_said("caption.final", "text")) == 7)
        await running.stop()
        assert running.list_said("caption.final", "speaker") == [None, None, None, None, 1, 2, 1]
        assert running.list_said("caption.speakers", "speakers") == [
            [[0, 1], [2000, 1]],
            [[1000, 2], [3000, 2]],
        ]
        again = Running(take, free_port)
        await again.wait_for(lambda: again.relay._from_frame)
        again.relay.feed(seconds(1), first=350)
        await again.wait_for(lambda: again.list_said("caption.final", "text"))
        await again.relay.end(again.task)
    rows = [row.live_voice async for row in Segment.objects.order_by("start_ms")]
    assert rows == [1, 2, 1, 2, 1, 2, 1, 1]
    assert take.pk not in captions._voices, "nothing is kept of what people could be known by"


async def test_one_voice_on_two_sides_of_a_call_is_two(take, free_port):
    """Three seconds at the microphone, three behind the tab, and the model server finds that they sound alike."""

    take.channels = 2
    samples = np.zeros((6 * 16_000, 2), "<i2")
    loud = np.random.default_rng(1).normal(0, 3000, 3 * 16_000)
    samples[: 3 * 16_000, 0], samples[3 * 16_000 :, 1] = loud, loud
    fake = FakeRealtime(voices=1)
    async with serve(fake, "127.0.0.1", free_port):
        running = Running(take, free_port)
        running.relay.feed(samples.tobytes(), first=0)
        await running.wait_for(lambda: len(running.list_said("caption.final", "text")) == 6)
        await running.relay.end(running.task)
    rows = [row.live_voice async for row in Segment.objects.order_by("start_ms")]
    assert rows == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("chosen", "languages", "kept"),
    [
        ("", ["de"] * 20, "de"),
        ("", ["de", "en"] * 10, ""),
        ("", ["fr", *["de"] * 19], "de"),
        ("en", ["de"] * 20, "en"),
    ],
)
async def test_the_language_is_that_of_the_captions(owner, free_port, chosen, languages, kept):
    """Two words a caption; once most of thirty are in one."""
    take = await sync_to_async(takes.create_take)(owner, language=chosen)
    fake = FakeRealtime(languages=languages)
    async with serve(fake, "127.0.0.1", free_port):
        running = Running(take, free_port)
        running.relay.feed(seconds(20), first=0)
        await running.wait_for(lambda: len(running.list_said("caption.final", "text")) == 20)
        await running.relay.end(running.task)
    await take.meeting.arefresh_from_db()
    assert take.meeting.language == kept


async def test_the_model_server_goes_and_comes_back(take, free_port):
    running = Running(take, free_port)
    await running.wait_for(lambda: running.list_said("captions", "state")[-1:] == ["off"])
    running.relay.feed(seconds(60), first=0)
    fake = FakeRealtime()
    async with serve(fake, "127.0.0.1", free_port):
        await running.wait_for(lambda: running.list_said("caption.final", "text"))
        assert running.list_said("captions", "state") == ["waiting", "off", "on"]
        # Only the newest 20 s: captions that lag are worse than a hole.
        assert fake.starts[0]["offset_ms"] == 40_000
        await running.stop()


async def test_what_was_captioned_is_not_captioned_again(take, free_port):
    await sync_to_async(Segment.objects.create)(
        meeting=take.meeting, start_ms=0, end_ms=2000, text="x", engine="live"
    )
    fake = FakeRealtime()
    async with serve(fake, "127.0.0.1", free_port):
        running = Running(take, free_port)
        await running.wait_for(lambda: running.relay._from_frame)
        running.relay.feed(seconds(3), first=0)
        await running.wait_for(lambda: running.list_said("caption.final", "text"))
        assert running.list_said("caption.final", "text") == ["second 2"]
        await running.stop()


async def test_those_who_watch_see_it_and_strangers_do_not(take, owner, stranger, free_port):
    path = f"/ws/meetings/{take.meeting_id}/captions/"
    watcher = await AsgiSocket(await AsgiBrowser.logged_in(owner), path).open()
    refused = await AsgiSocket(await AsgiBrowser.logged_in(stranger), path).open()
    assert await refused.receive_close() == 4404
    await captions.tell_watchers(take, {"type": "caption.final", "text": "<b>"})
    assert await watcher.receive() == {"type": "caption.final", "text": "<b>"}
    await watcher.leave()


async def test_those_who_watch_are_told_when_nobody_came_back(take, owner):
    watcher = await AsgiSocket(
        await AsgiBrowser.logged_in(owner), f"/ws/meetings/{take.meeting_id}/captions/"
    ).open()
    await Take.objects.aupdate(touched_at=timezone.now() - dt.timedelta(days=1))
    assert await sync_to_async(takes.close_abandoned_takes)() == 1
    assert await watcher.receive() == {"type": "stopped", "meeting": f"/meetings/{take.meeting_id}/"}
    await watcher.leave()


def test_two_channels_become_one():
    assert to_mono(b"\x01\x00\x02\x00\xff\x7f\xff\x7f", channels=2) == b"\x03\x00\xff\x7f"


@pytest.mark.models
async def test_real_speech_becomes_rows(take, compact_server):
    """The real socket and the real recogniser: the first half minute of the demo meeting."""
    sound = await asyncio.to_thread(lambda: cut_demo(0, 30).tobytes())
    running = Running(take, urlsplit(compact_server).port)
    running.relay.feed(sound[: len(sound) // FRAME_BYTES * FRAME_BYTES][: 19 * 50 * FRAME_BYTES], first=0)
    async with asyncio.timeout(90):
        while "today" not in " ".join(running.list_said("caption.final", "text")):
            await asyncio.sleep(0.1)
    await running.relay.end(running.task)
    rows = [row async for row in Segment.objects.order_by("start_ms")]
    heard = " ".join(row.text for row in rows)
    assert "launch planning meeting" in heard and "today" in heard
    assert all(row.words and row.start_ms <= row.words[0]["s"] <= row.end_ms <= 19_500 for row in rows)
    assert set(running.list_said("captions", "state")) <= {"waiting", "off", "on"}
