"""The application without its models: what it answers while they load, when they cannot, and to what it does not know."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import httpx
import openai
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from inference import app as app_module
from inference.app import create_app
from inference.errors import ModelUnavailable
from inference.settings import Settings
from tests.inference.sound import make_silence, make_wav

POSTS = [
    "/v1/audio/transcriptions",
    "/v1/audio/diarizations",
    "/v1/audio/voices",
    "/v1/embeddings",
    "/v1/chat/completions",
]
CHAT = {"messages": [{"role": "user", "content": "hello"}]}


def make_app(**environ: str) -> Starlette:
    """Not started: its models stay "loading" for ever."""
    return create_app(Settings.from_environ(environ))


def open_client(app: Starlette, *, host: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8077")


async def post(client: httpx.AsyncClient, path: str) -> httpx.Response:
    if "audio" in path:
        return await client.post(path, files={"file": ("a.wav", make_wav(make_silence(1)))})
    return await client.post(path, json=CHAT | {"input": "x"})


@pytest.mark.parametrize("path", POSTS)
async def test_while_loading(path: str):
    async with open_client(make_app()) as client:
        answer = await post(client, path)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"] | {"message": ""} == {
        "message": "", "type": "overloaded_error", "code": "loading", "param": None, "retryable": True,
    }  # fmt: skip


async def test_the_openai_client_takes_loading_for_an_error_to_retry():
    async with open_client(make_app()) as http:
        client = openai.AsyncOpenAI(
            base_url="http://127.0.0.1/v1", api_key="none", http_client=http, max_retries=0
        )
        with pytest.raises(openai.InternalServerError) as caught:
            await client.embeddings.create(model="auto", input="x")
    assert (caught.value.status_code, caught.value.code) == (503, "loading")


@pytest.mark.parametrize("path", POSTS)
async def test_when_the_models_could_not_be_loaded(path: str):
    app = make_app()
    app.state.readiness.failed(ModelUnavailable("whisper-base/model.bin is missing."))
    async with open_client(app) as client:
        answer = await post(client, path)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "model_unavailable"
    assert answer.json()["error"]["retryable"] is False


async def test_health_tells_what_is_missing_and_how_to_get_it(tmp_path: Path):
    app = make_app(INFERENCE_MODELS_DIR=str(tmp_path))
    async with app.router.lifespan_context(app), open_client(app) as client:
        while (answer := await client.get("/health")).json()["status"] == "loading":
            await asyncio.sleep(0.02)
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")
        assert "models fetch compact" in answer.json()["detail"]
        assert all(not model["loaded"] for model in (await client.get("/v1/models")).json()["data"])


async def test_health_while_loading():
    async with open_client(make_app()) as client:
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["loaded"]) == (503, "loading", [])
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/embeddings", 405, "method_not_allowed"),
        ("POST", "/health", 405, "method_not_allowed"),
    ],
)
async def test_unknown_paths_and_methods_get_the_envelope(method: str, path: str, status: int, code: str):
    async with open_client(make_app()) as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[2001:db8::1]", "192.168.1.5"])
async def test_another_host_is_refused(host: str):
    async with open_client(make_app(), host=host) as client:
        answer = await client.get("/metrics")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "wrong_host")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "[::1]"])
async def test_this_machine_may_ask(host: str):
    async with open_client(make_app(), host=host) as client:
        assert (await client.get("/metrics")).status_code == 200


async def test_any_host_where_remote_use_was_allowed():
    app = make_app(INFERENCE_ALLOW_REMOTE="1", INFERENCE_HOST="0.0.0.0")  # noqa: S104
    async with open_client(app, host="models.example") as client:
        assert (await client.get("/metrics")).status_code == 200


async def test_a_surprise_is_answered_and_logged_without_its_words(caplog: pytest.LogCaptureFixture):
    async def break_down(request):
        raise ValueError("what somebody said")

    app = make_app()
    app.router.routes.append(Route("/broken", break_down))
    with caplog.at_level(logging.DEBUG):
        async with open_client(app) as client:
            answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "ValueError at break_down" in caplog.text
    assert "somebody" not in caplog.text + answer.text


async def test_answers_are_counted_by_known_paths_only():
    async with open_client(make_app()) as client:
        await client.get("/health")
        await client.get("/v1/secret-plan")
        text = (await client.get("/metrics")).text
    assert 'inference_requests_total{route="/health",status="503"} 1.0' in text
    assert 'inference_requests_total{route="other",status="404"} 1.0' in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("status", "age_s", "ends"), [("ok", 901.0, True), ("ok", 20.0, False), ("loading", 901.0, False)]
)
async def test_a_model_thread_that_never_comes_back_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, status: str, age_s: float, ends: bool
):
    class Gone(Exception):
        pass

    def leave(code: int) -> None:
        raise Gone(code)

    monkeypatch.setattr(app_module, "WATCH_EVERY_S", 0.001)
    monkeypatch.setattr(app_module.os, "_exit", leave)
    monkeypatch.setattr(app_module.faulthandler, "dump_traceback", lambda: None)
    app = make_app()
    app.state.readiness.status = status
    app.state.scheduler = type("Busy", (), {"piece_age_s": age_s})()
    watching = asyncio.create_task(app_module._watch(app))
    done, _ = await asyncio.wait({watching}, timeout=5 if ends else 0.1)
    assert bool(done) == ends
    if ends:
        assert isinstance(watching.exception(), Gone)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
