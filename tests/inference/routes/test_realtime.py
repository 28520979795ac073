"""Live sessions over a real socket: around the models here, with real weights and real speech at the end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import urlsplit

import jiwer
import numpy as np
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from inference.__main__ import ModelServer
from inference.app import create_app
from inference.errors import InvalidRequest, ModelFailed
from inference.scheduler import Scheduler
from inference.settings import Settings
from inference.speech.languages import LanguageTracker
from inference.types import Segment, Word
from tests.inference.sound import DEMO_REFERENCE_PATH, cut_demo, make_silence

START = json.dumps({"type": "session.start", "language": "en", "vocabulary": ["Atlas"], "offset_ms": 5000})


class FakeWhisper:
    """Hears one word an utterance; has no drafts, for these need the real model."""

    languages = ("en",)

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    def check(self, request) -> None:
        if request.language not in (None, "en"):
            raise InvalidRequest("This speech model does not know that language.", param="language")

    def track_language(self, request) -> LanguageTracker:
        return LanguageTracker(fixed=request.language)

    @property
    def loaded(self):
        raise self.failure or ModelFailed("No drafts.")

    def transcribe_window(
        self, samples, window, *, request, tracker: LanguageTracker, beam_size
    ) -> Iterator[Segment]:
        if self.failure:
            raise self.failure
        word = Word(start=0.25, end=0.5, word=" secret", probability=0.9)
        yield SimpleNamespace(words=(word,), language="en")


@contextlib.contextmanager
def serving(engine: FakeWhisper | None, **environ: str) -> Iterator[str]:
    app = create_app(Settings.from_environ(environ))
    app.state.engines = engine and SimpleNamespace(whisper=engine, diarization=None)
    app.state.scheduler = Scheduler(name="test", observer=app.state.metrics)
    server = ModelServer(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1/realtime"
    finally:
        server.should_exit = True
        thread.join(20)
        app.state.scheduler.close()
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def word_sound() -> bytes:
    """0.6 s of speech: too short for a draft."""
    return cut_demo(0.4, 1.0).tobytes()


@pytest.fixture(scope="module")
def minute() -> np.ndarray:
    return cut_demo(0, 62)


async def read_all(socket: ClientConnection) -> list[dict]:
    messages = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(await socket.recv()))
    return messages


async def test_a_session_that_is_flushed_and_ended(word_sound: bytes):
    with serving(FakeWhisper()) as url:
        async with connect(url) as socket:
            await socket.send(START)
            assert json.loads(await socket.recv()) == {"type": "session.started"}
            await socket.send(word_sound[:999])  # cut within a sample
            await socket.send(word_sound[999:])
            await socket.send(json.dumps({"type": "flush"}))
            await socket.send(json.dumps({"type": "session.end"}))
            final, flushed, ended = await read_all(socket)
        assert socket.close_code == 1000
    assert (final["type"], final["utterance"], final["text"]) == ("caption.final", 0, "secret")
    assert (final["language"], final["speaker_vector"]) == ("en", None)
    (word,) = final["words"]
    assert (word["word"], word["end_ms"] - word["start_ms"]) == (" secret", 250)
    assert 5000 <= word["start_ms"] == final["start_ms"] <= 5600
    assert flushed == {"type": "flushed", "end_ms": 5000 + 18 * 32}  # whole frames of 32 ms
    assert ended == {"type": "session.ended"}


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([b"\0\0"], "session.start"),
        (["{}"], "session.start"),
        (["not json"], "session.start"),
        (['{"type":"session.start","offset_ms":-1}'], "session.start"),
        (['{"type":"session.start","rate":8000}'], "session.start"),
        (['{"type":"session.start","language":"xx"}'], "language"),
        ([START, '{"type":"session.start"}'], "flush or session.end"),
        ([START, "[" * 50_000], "flush or session.end"),
        ([START, bytes(70_000)], "64 KiB"),
    ],
)
async def test_bad_messages_are_answered_and_the_session_closed(messages: list, param: str):
    with serving(FakeWhisper()) as url:
        async with connect(url) as socket:
            for message in messages:
                await socket.send(message)
            error = (await read_all(socket))[-1]
        assert socket.close_code == 1008
    assert (error["type"], error["code"], error["retryable"]) == ("error", "invalid_request", False)
    assert param in error["message"]


async def test_one_session_too_many_is_told_so_and_a_seat_is_given_back():
    with serving(FakeWhisper(), INFERENCE_MAX_SESSIONS="1") as url:
        async with connect(url) as first:
            await first.send(START)
            await first.recv()
            async with connect(url) as second:
                error = json.loads(await second.recv())
            assert (error["code"], error["retryable"]) == ("overloaded", True)
        for _ in range(100):
            async with connect(url) as third:
                await third.send(START)
                if json.loads(await third.recv())["type"] == "session.started":
                    return
            await asyncio.sleep(0.02)
    pytest.fail("the seat of a session that left was not given back")


async def test_while_loading():
    with serving(None) as url:
        async with connect(url) as socket:
            error = json.loads(await socket.recv())
    assert (error["code"], error["retryable"]) == ("loading", True)


@pytest.mark.parametrize(
    ("failure", "code", "retryable"),
    [(ModelFailed("Broken."), "model_failed", True), (ValueError("secret"), "internal_error", False)],
)
async def test_a_model_that_breaks(
    failure, code: str, retryable: bool, word_sound: bytes, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG), serving(FakeWhisper(failure)) as url:
        async with connect(url) as socket:
            await socket.send(START)
            await socket.send(word_sound)
            await socket.send(json.dumps({"type": "session.end"}))
            error = (await read_all(socket))[-1]
    assert (error["code"], error["retryable"]) == (code, retryable)
    assert "secret" not in caplog.text + error["message"]


@pytest.mark.parametrize(("host", "origin"), [("127.0.0.1", "https://evil.example"), ("evil.example", None)])
async def test_a_page_from_elsewhere_is_refused(host: str, origin: str | None):
    with serving(FakeWhisper()) as url:
        port = urlsplit(url).port
        with pytest.raises(InvalidStatus) as caught:
            async with connect(url.replace("127.0.0.1", host), host="127.0.0.1", port=port, origin=origin):
                pass
        assert caught.value.response.status_code == 403


async def test_silence_gives_nothing():
    with serving(FakeWhisper()) as url:
        async with connect(url) as socket:
            await socket.send(START)
            for _ in range(10):
                await socket.send(make_silence(2).tobytes())
            await socket.send(json.dumps({"type": "session.end"}))
            assert [one["type"] for one in await read_all(socket)] == ["session.started", "session.ended"]


# -- real weights, real speech ------------------------------------------------------------------------------------------


async def speak(url: str, samples, *, speed: float, offset_ms: int = 0) -> list[dict]:
    async with connect(url.replace("http", "ws", 1) + "/v1/realtime") as socket:
        await socket.send(json.dumps({"type": "session.start", "language": "en", "offset_ms": offset_ms}))
        reading = asyncio.create_task(read_all(socket))
        for start in range(0, samples.size, 1600):
            await socket.send(samples[start : start + 1600].tobytes())
            await asyncio.sleep(0.1 / speed)
        await socket.send(json.dumps({"type": "session.end"}))
        messages = await reading
        assert socket.close_code == 1000
    return messages


def normalise(text: str) -> list[str]:
    return re.sub(r"[^\w\s]", "", text.lower()).split()


def check_captions(messages: list[dict], *, offset_ms: int, length_ms: int) -> list[dict]:
    """The rules of the protocol; the finals."""
    settled: dict[int, str] = {}
    finals = []
    for one in messages:
        if one["type"] == "caption.partial":
            text = one["text"][: one["stable_chars"]]
            assert text.startswith(settled.get(one["utterance"], ""))
            assert all(one["utterance"] > final["utterance"] for final in finals)
            settled[one["utterance"]] = text
        elif one["type"] == "caption.final":
            finals.append(one)
            assert "".join(word["word"] for word in one["words"]).strip() == one["text"]
    times = [time for one in finals for word in one["words"] for time in (word["start_ms"], word["end_ms"])]
    assert times == sorted(times)
    assert offset_ms <= times[0] and times[-1] <= offset_ms + length_ms
    assert len(settled) >= 3 and any(settled.values())
    assert messages[-1] == {"type": "session.ended"}
    return finals


def check_voices(finals: list[dict], turns: list[dict], *, offset_ms: int) -> int:
    """Captions of one person are nearer to each other than to anybody else's; how many could be looked at."""
    told: list[tuple[str, np.ndarray]] = []
    for final in finals:
        middle_s = ((final["start_ms"] + final["end_ms"]) / 2 - offset_ms) / 1000
        speaker = next((turn["speaker"] for turn in turns if turn["start"] <= middle_s <= turn["end"]), None)
        if speaker and final["speaker_vector"]:
            told.append((speaker, np.array(final["speaker_vector"])))
            assert abs(np.linalg.norm(told[-1][1]) - 1) < 0.01
    alike = {True: [], False: []}
    for (one, left), (other, right) in itertools.combinations(told, 2):
        alike[one == other].append(float(left @ right))
    assert np.median(alike[True]) > np.median(alike[False]) + 0.2
    return len(told)


@pytest.mark.models
async def test_two_real_sessions_at_once(minute: np.ndarray, compact_server: str):
    one, other = await asyncio.gather(
        speak(compact_server, minute, speed=3), speak(compact_server, minute, speed=2, offset_ms=10_000)
    )
    reference = json.loads(DEMO_REFERENCE_PATH.read_text("utf-8"))["segments"]
    said = [word for turn in reference if turn["end"] <= 62 for word in normalise(turn["text"])]
    for messages, offset_ms in ((one, 0), (other, 10_000)):
        finals = check_captions(messages, offset_ms=offset_ms, length_ms=62_000)
        assert check_voices(finals, reference, offset_ms=offset_ms) >= 5
        heard = [word for final in finals for word in normalise(final["text"])]
        assert jiwer.wer(" ".join(said), " ".join(heard)) < 0.25
        pricing = next(
            word for final in finals for word in final["words"] if "pricing" in word["word"].lower()
        )
        assert 8_500 < pricing["start_ms"] - offset_ms < 12_000
