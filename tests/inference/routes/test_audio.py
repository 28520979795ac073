"""The audio routes around the models: forms, limits, a full queue, an engine that breaks. The real engines: `tests/contract`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from inference.app import create_app
from inference.errors import ModelFailed
from inference.routes import audio
from inference.scheduler import Scheduler
from inference.settings import Settings
from inference.speech.diarization import DiarizationRequest
from inference.speech.whisper import TranscriptionRequest
from inference.types import Diarization, Progress, Transcription, Voice
from tests.inference.sound import make_noise, make_wav

PATHS = ["/v1/audio/transcriptions", "/v1/audio/diarizations"]
WAV = make_wav(make_noise(1))


class FakeEngine:
    """Hears nothing; keeps what it was asked; fails on the way if told to."""

    name = "fake"

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[TranscriptionRequest | DiarizationRequest] = []
        self._failure = failure

    def check(self, request: TranscriptionRequest) -> None: ...

    def transcribe(self, samples: np.ndarray, request: TranscriptionRequest) -> Iterator[object]:
        yield from self._work(request, Transcription(language="en", duration=1.0))

    def diarize(self, samples: np.ndarray, request: DiarizationRequest) -> Iterator[object]:
        yield from self._work(request, Diarization(duration=1.0))

    def learn_voice(self, samples: np.ndarray) -> Iterator[object]:
        yield None
        if self._failure:
            raise self._failure
        yield Voice(embedder="fake@1.1", vector=(0.6, 0.8), speech=0.5, duration=samples.size / 16_000)

    def _work(self, request: object, end: object) -> Iterator[object]:
        self.asked.append(request)
        yield Progress(position=0.5, duration=1.0)
        if self._failure:
            raise self._failure
        yield end


def make_app(engine: FakeEngine, *, max_queued: int = 8, **environ: str) -> Starlette:
    app = create_app(Settings.from_environ(environ))
    app.state.engines = SimpleNamespace(
        whisper=engine, diarization=engine, chat=SimpleNamespace(can_hear=False)
    )
    app.state.decoders = asyncio.Semaphore(1)
    app.state.scheduler = Scheduler(name="test", max_queued=max_queued, observer=app.state.metrics)
    return app


async def post(app: Starlette, path: str, **options: object) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(path, **{"files": {"file": ("a.wav", WAV)}, **options})
    finally:
        await asyncio.to_thread(app.state.scheduler.close)


def read_events(answer: httpx.Response) -> list[dict]:
    lines = [line[6:] for line in answer.text.split("\n\n") if line]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("path", PATHS)
async def test_a_full_queue_is_a_status_and_not_an_event(path: str, stream: str):
    answer = await post(make_app(FakeEngine(), max_queued=0), path, data={"stream": stream})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["code"] == "overloaded"


@pytest.mark.parametrize("path", PATHS)
async def test_a_stream(path: str):
    answer = await post(make_app(FakeEngine()), path, data={"stream": "true"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [event["type"].rpartition(".")[2] for event in read_events(answer)] == ["progress", "done"]
    assert answer.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("failure", "code"),
    [(ModelFailed("Broken."), "model_failed"), (ValueError("what was said"), "model_failed")],
)
@pytest.mark.parametrize("path", PATHS)
async def test_a_failure_in_mid_stream_is_an_event(path: str, failure: Exception, code: str):
    answer = await post(make_app(FakeEngine(failure)), path, data={"stream": "true"})
    assert answer.status_code == 200
    last = read_events(answer)[-1]
    assert (last["type"], last["error"]["code"], last["error"]["retryable"]) == ("error", code, True)
    assert "[DONE]" not in answer.text
    assert "said" not in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_a_failure_without_a_stream_is_a_status(path: str):
    answer = await post(make_app(FakeEngine(ModelFailed("Broken."))), path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "model_failed")


async def test_a_voice():
    app = make_app(FakeEngine())
    answer = await post(app, "/v1/audio/voices")
    expected = {"embedder": "fake@1.1", "vector": [0.6, 0.8], "speech": 0.5, "duration": 1.0}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert 'inference_audio_seconds_total{task="voice"} 1.0' in app.state.metrics.render().decode()
    answer = await post(make_app(FakeEngine(ModelFailed("Broken."))), "/v1/audio/voices")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "model_failed")
    answer = await post(make_app(FakeEngine()), "/v1/audio/voices", files={"other": ("a.wav", WAV)})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")


async def test_hints_reach_the_engine():
    engine = FakeEngine()
    data = {
        "hotwords": "Atlas, ,Marcus ",
        "keywords[]": ["Elena"],
        "language": "EN",
        "prompt": " So far. ",
        "temperature": "0.4",
    }
    await post(make_app(engine), PATHS[0], data=data)
    assert engine.asked == [
        TranscriptionRequest(
            language="en",
            prompt="So far.",
            hotwords=("Atlas", "Marcus", "Elena"),
            temperature=0.4,
            needs_times=False,
        )
    ]


@pytest.mark.parametrize(
    ("data", "needs_times"),
    [
        ({}, False),
        ({"response_format": "text"}, False),
        ({"response_format": "verbose_json"}, True),
        ({"response_format": "srt"}, True),
        ({"stream": "true"}, True),
    ],
)
async def test_times_are_found_where_they_are_told(data: dict, needs_times: bool):
    engine = FakeEngine()
    await post(make_app(engine), PATHS[0], data=data)
    assert [request.needs_times for request in engine.asked] == [needs_times]


async def test_numbers_of_speakers_reach_the_engine():
    engine = FakeEngine()
    await post(make_app(engine), PATHS[1], data={"min_speakers": "2", "max_speakers": "4"})
    assert engine.asked == [DiarizationRequest(min_speakers=2, max_speakers=4)]


@pytest.mark.parametrize(
    ("path", "options", "param"),
    [
        (PATHS[0], {"files": {"other": ("a.wav", WAV)}}, "file"),
        (PATHS[0], {"files": None, "data": {"file": "a text"}}, "file"),
        (PATHS[0], {"files": None, "json": {"file": "x"}}, "file"),
        (PATHS[0], {"data": {"stream": "maybe"}}, "stream"),
        (PATHS[0], {"data": {"temperature": "nan"}}, "temperature"),
        (PATHS[1], {"data": {"num_speakers": "0"}}, "num_speakers"),
        (PATHS[1], {"data": {"min_speakers": "5", "max_speakers": "2"}}, "min_speakers"),
        (PATHS[1], {"headers": {"X-Priority": "now"}}, "X-Priority"),
    ],
)
async def test_forms_that_are_refused(path: str, options: dict, param: str):
    engine = FakeEngine()
    answer = await post(make_app(engine), path, **options)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert engine.asked == []


async def test_a_broken_form_is_refused_without_its_words():
    answer = await post(
        make_app(FakeEngine()),
        PATHS[0],
        files=None,
        content=b"--x\r\nsecret: \x00\r\n\r\nsecret",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_over_the_limit(path: str):
    app = make_app(FakeEngine(), INFERENCE_MAX_UPLOAD_MB="1")
    answer = await post(app, path, files={"file": ("a.wav", bytes(2 << 20))})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


async def test_work_is_counted():
    app = make_app(FakeEngine())
    await post(app, PATHS[0])
    text = app.state.metrics.render().decode()
    assert 'inference_audio_seconds_total{task="transcription"} 1.0' in text
    assert 'inference_requests_total{route="/v1/audio/transcriptions",status="200"} 1.0' in text


@pytest.mark.parametrize(
    ("model", "can_hear", "by"),
    [
        ("auto", False, "whisper"),
        ("auto", True, "native, gated"),
        ("", True, "native, gated"),
        ("native", True, "native"),
        ("whisper", True, "whisper"),
        ("whisper-1", True, "whisper"),
        ("fake", True, "whisper"),
    ],
)
async def test_who_transcribes(monkeypatch: pytest.MonkeyPatch, model: str, can_hear: bool, by: str):
    """What native transcription does: tests/inference/speech/test_native.py."""
    engine, natives = FakeEngine(), []

    class FakeNative:
        def __init__(self, chat: object, whisper: object, **options: object) -> None: ...

        def transcribe(self, samples: np.ndarray, request: TranscriptionRequest, *, is_gated: bool):
            natives.append("native, gated" if is_gated else "native")
            yield Transcription(language="en", duration=1.0)

    monkeypatch.setattr(audio, "NativeTranscriber", FakeNative)
    app = make_app(engine)
    app.state.engines.chat.can_hear = can_hear
    answer = await post(app, PATHS[0], data={"model": model})
    assert answer.status_code == 200
    assert (natives or ["whisper"]) == [by]
    assert bool(engine.asked) == (by == "whisper")


async def test_a_deaf_chat_model_cannot_be_asked_for():
    answer = await post(make_app(FakeEngine()), PATHS[0], data={"model": "native"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
