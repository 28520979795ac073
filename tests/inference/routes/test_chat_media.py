"""Sound and pictures in a chat request: who takes them in, and what is refused."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import math
import wave
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import av
import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from starlette.testclient import TestClient

from inference.app import create_app
from inference.chat.engine import ChatEngine
from inference.scheduler import Scheduler
from inference.settings import Settings
from inference.types import Segment
from inference.vision.types import Reading
from tests.inference.sound import cut_demo
from tests.inference.tiny_gemma import write_tiny_gemma, write_tiny_mmproj


class FakeWhisper:
    device = "cpu"

    def transcribe(self, samples: np.ndarray, request: object) -> Iterator[object]:
        yield Segment(
            id=0, start=0.0, end=1.0, text=f"{samples.size} samples", words=(), tokens=(), avg_logprob=0.0, no_speech_prob=0.0,
            compression_ratio=1.0, temperature=0.0, confidence=1.0, language="en",
        )  # fmt: skip


class FakeOcr:
    def read(self, image: np.ndarray) -> Iterator[Reading | None]:
        yield None
        yield Reading(text=f"{image.shape[1]} wide", lines=(), width=1, height=1)


@pytest.fixture(params=["senses", "blind"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestClient]:
    senses = request.param == "senses"
    model = write_tiny_gemma(tmp_path / "model.gguf", ends=-100.0)
    mmproj = write_tiny_mmproj(tmp_path / "mmproj.gguf") if senses else None
    engine = ChatEngine(model, n_ctx=1024, threads=1, piece_tokens=128, name="tiny", mmproj_path=mmproj)
    engine.load()
    app = create_app(Settings.from_environ({"INFERENCE_ALLOW_REMOTE": "1"}))
    app.state.decoders = asyncio.Semaphore(2)
    app.state.engines = SimpleNamespace(chat=engine, whisper=FakeWhisper(), ocr=FakeOcr())
    app.state.scheduler = Scheduler(name="test", observer=app.state.metrics)
    client = TestClient(app)
    client.senses = senses
    client.engine = engine
    yield client
    app.state.scheduler.close()
    engine.close()


def to_wav(samples: np.ndarray) -> str:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(samples.tobytes())
    return base64.b64encode(target.getvalue()).decode()


def make_tone(seconds: float) -> np.ndarray:
    time = np.arange(int(seconds * 16_000)) / 16_000
    return (np.sin(2 * math.pi * 440 * time) * 8000).astype(np.int16)


def sound_part(seconds: float = 1.0) -> dict:
    return {"type": "input_audio", "input_audio": {"data": to_wav(make_tone(seconds)), "format": "wav"}}


def picture_part(image: Image.Image | None = None) -> dict:
    target = io.BytesIO()
    (image or Image.new("RGB", (320, 200), "white")).save(target, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(target.getvalue()).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def post(client: TestClient, *parts: dict, **options: object):
    messages = [{"role": "user", "content": [*parts, {"type": "text", "text": "what is it?"}]}]
    body = {"messages": messages, "max_tokens": 4, "temperature": 0, **options}
    return client.post("/v1/chat/completions", json=body)


def test_who_takes_it_in(client: TestClient):
    answer = post(client, sound_part(), picture_part(), sound_part(0.5)).json()
    assert answer["choices"][0]["message"]["content"]
    if client.senses:
        assert "x-fallback" not in answer
        assert answer["usage"]["prompt_tokens"] > 25 + 12 + 1
    else:
        assert answer["x-fallback"] == [
            {"part": "audio", "index": 0, "by": "whisper", "why": "model_cannot_hear"},
            {"part": "image", "index": 0, "by": "ocr", "why": "model_cannot_see"},
            {"part": "audio", "index": 1, "by": "whisper", "why": "model_cannot_hear"},
        ]


def test_the_words_stand_in_the_prompt(client: TestClient):
    seen = []
    prepare = client.engine.prepare
    client.engine.prepare = lambda request: seen.append(request) or prepare(request)
    post(client, sound_part(), picture_part())
    content = seen[0].messages[0]["content"]
    if client.senses:
        assert len(content) == 3 and content[2] == "what is it?"
    else:
        expected = "Said in the recording:\n16000 samples\nText in the picture:\n320 wide\nwhat is it?"
        assert content == expected


def test_a_stream_says_so_in_its_first_chunk(client: TestClient):
    lines = post(client, picture_part(), stream=True).text.splitlines()
    first = json.loads(lines[0].removeprefix("data: "))
    assert ("x-fallback" in first) is not client.senses


def test_sound_of_more_than_half_a_minute_is_whisper_s(client: TestClient):
    (noted,) = post(client, sound_part(31)).json()["x-fallback"]
    assert noted["why"] == ("too_long_to_hear" if client.senses else "model_cannot_hear")
    assert 'inference_fallbacks_total{part="audio"' in client.get("/metrics").text


def test_raw_samples(client: TestClient):
    data = base64.b64encode(make_tone(1).tobytes()).decode()
    assert (
        post(client, {"type": "input_audio", "input_audio": {"data": data, "format": "pcm16"}}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, "invalid_request"),
        ({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}, "invalid_request"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,###"}}, "invalid_request"),
        ({"type": "image_url"}, "invalid_request"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}, "invalid_image"),
        ({"type": "input_audio", "input_audio": {"data": "aGVsbG8=", "format": "wav"}}, "invalid_audio"),
        ({"type": "input_audio", "input_audio": {"data": "", "format": "pcm16"}}, "invalid_audio"),
        ({"type": "input_audio"}, "invalid_audio"),
        ({"type": "video_url"}, "unsupported_parameter"),
    ],
)
def test_refused(client: TestClient, part: dict, code: str):
    answer = post(client, part)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def make_silence(seconds: int) -> str:
    """A FLAC, small however long it is."""
    target = io.BytesIO()
    with av.open(target, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=8_000, layout="mono")
        second = av.AudioFrame.from_ndarray(
            np.zeros((1, 8_000 * 60), dtype=np.int16), format="s16", layout="mono"
        )
        second.sample_rate = 8_000
        for _ in range(seconds // 60):
            container.mux(stream.encode(second))
        container.mux(stream.encode(None))
    return base64.b64encode(target.getvalue()).decode()


def test_three_hours_in_one_part(client: TestClient):
    """Small enough to be sent, too long for a chat: refused before any model has looked at it, and the next request is answered."""
    part = {"type": "input_audio", "input_audio": {"data": make_silence(3 * 3600), "format": "flac"}}
    answer = post(client, part)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_audio"
    assert "longer than 1 hours" in answer.json()["error"]["message"]
    assert post(client, sound_part()).status_code == 200


def test_three_hours_of_raw_samples_are_more_than_a_request_may_have(client: TestClient):
    data = base64.b64encode(bytes(26 * 1024 * 1024)).decode()
    answer = post(client, {"type": "input_audio", "input_audio": {"data": data, "format": "pcm16"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


def test_too_many(client: TestClient):
    assert post(client, *[picture_part()] * 33).json()["error"]["code"] == "invalid_request"


@pytest.mark.models
def test_real_whisper_and_ocr_stand_in(compact_server: str):
    """The compact chat model neither hears nor sees."""
    image = Image.new("RGB", (700, 160), "white")
    ImageDraw.Draw(image).text(
        (30, 40), "Launch on December 15", fill="black", font=ImageFont.load_default(56)
    )
    sound = {"type": "input_audio", "input_audio": {"data": to_wav(cut_demo(0, 7)), "format": "wav"}}
    question = {"type": "text", "text": "Repeat the text above word for word."}
    for part, by, words in (
        (sound, "whisper", "launch planning meeting"),
        (picture_part(image), "ocr", "december 15"),
    ):
        messages = [{"role": "user", "content": [part, question]}]
        body = {"messages": messages, "max_tokens": 120, "temperature": 0}
        answer = httpx.post(f"{compact_server}/v1/chat/completions", json=body, timeout=120).json()
        assert [noted["by"] for noted in answer["x-fallback"]] == [by]
        assert words in answer["choices"][0]["message"]["content"].lower()
