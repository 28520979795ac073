"""Chat completions that another server answers: a second one of ours with a random model, over a real socket."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import openai
import pytest
import uvicorn
from starlette.testclient import TestClient

from inference.app import create_app
from inference.catalogue import load_catalogue
from inference.chat.engine import ChatEngine
from inference.chat.remote import RemoteChat
from inference.engines import build_engines
from inference.errors import ConfigurationError, ModelUnavailable
from inference.scheduler import Scheduler
from inference.settings import Settings
from tests.inference.routes.test_chat_media import FakeOcr, FakeWhisper, picture_part, post, sound_part
from tests.inference.tiny_gemma import write_tiny_gemma
from tests.model_server import running_model_server

HELLO = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 6, "temperature": 0}
SCHEMA = {
    "type": "object",
    "properties": {"n": {"enum": [1, 2]}},
    "required": ["n"],
    "additionalProperties": False,
}


def make_app(chat: object, **settings: object):
    app = create_app(replace(Settings(allow_remote=True), **settings))
    app.state.decoders = asyncio.Semaphore(2)
    app.state.engines = SimpleNamespace(chat=chat, whisper=FakeWhisper(), ocr=FakeOcr())
    app.state.profile = load_catalogue().get_profile("compact")
    app.state.readiness.loaded = ["chat"]
    app.state.readiness.ready()
    app.state.scheduler = Scheduler(name="test", observer=app.state.metrics)
    return app


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the other server."""
    path = write_tiny_gemma(tmp_path_factory.mktemp("other") / "model.gguf", ends=-100.0)
    engine = ChatEngine(path, n_ctx=1024, threads=1, piece_tokens=64, name="tiny")
    engine.load()
    app = make_app(engine)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    server.should_exit = True
    thread.join(20)
    app.state.scheduler.close()
    engine.close()


def open_front(url: str, **options: str) -> Iterator[TestClient]:
    chat = RemoteChat(url, **options)
    chat.load()
    app = make_app(chat, chat_base_url=url)
    with_client = TestClient(app)
    yield with_client
    app.state.scheduler.close()


@pytest.fixture
def client(other: str) -> Iterator[TestClient]:
    # The other's catalogue names its chat model by the profile, not by the random one behind it.
    yield from open_front(other, model="tiny")


def test_its_answer_is_passed_on(client: TestClient, other: str):
    answer = client.post("/v1/chat/completions", json=HELLO).json()
    direct = openai.OpenAI(base_url=other, api_key="x").chat.completions.create(**HELLO, model="tiny")
    assert answer["choices"][0]["message"]["content"] == direct.choices[0].message.content
    assert answer["usage"]["completion_tokens"] == 6
    assert "x-fallback" not in answer


def test_a_schema_is_honoured_there(client: TestClient):
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
    answer = client.post(
        "/v1/chat/completions", json=HELLO | {"response_format": wanted, "max_tokens": 60}
    ).json()
    assert json.loads(answer["choices"][0]["message"]["content"])["n"] in (1, 2)


def test_streamed(client: TestClient):
    whole = client.post("/v1/chat/completions", json=HELLO).json()["choices"][0]["message"]["content"]
    lines = client.post("/v1/chat/completions", json=HELLO | {"stream": True}).text.split("\n\n")
    assert lines[-2] == "data: [DONE]"
    chunks = [json.loads(line[6:]) for line in lines[:-2]]
    assert "".join(one["choices"][0]["delta"].get("content") or "" for one in chunks) == whole


@pytest.mark.parametrize("stream", [False, True])
def test_sound_and_pictures_are_put_into_words_here(client: TestClient, stream: bool):
    response = post(client, sound_part(), picture_part(), stream=stream)
    first = json.loads(response.text.split("\n\n")[0][6:]) if stream else response.json()
    assert [(one["by"], one["why"]) for one in first["x-fallback"]] == [
        ("whisper", "model_cannot_hear"),
        ("ocr", "model_cannot_see"),
    ]


def test_a_refusal_has_its_status_and_not_its_words(client: TestClient):
    secret = {"messages": [{"role": "user", "content": "secret " * 2000}], "max_tokens": 6}
    response = client.post("/v1/chat/completions", json=secret)
    assert response.status_code == 400
    assert response.json()["error"] | {"message": ""} == {
        "message": "", "type": "invalid_request_error", "code": "chat_refused", "param": None, "retryable": False,
    }  # fmt: skip
    assert client.post("/v1/chat/completions", json=secret | {"stream": True}).status_code == 400


def test_what_is_wrong_is_refused_before_anything_is_sent(client: TestClient):
    response = client.post("/v1/chat/completions", json=HELLO | {"temperature": 9})
    assert response.json()["error"]["param"] == "temperature"


@pytest.mark.parametrize("stream", [False, True])
def test_nobody_there(free_port: int, stream: bool):
    for client in open_front(f"http://127.0.0.1:{free_port}/v1"):
        response = client.post("/v1/chat/completions", json=HELLO | {"stream": stream})
        assert response.status_code == 503
        assert (response.json()["error"]["code"], response.json()["error"]["retryable"]) == (
            "chat_unreachable",
            True,
        )
        assert int(response.headers["retry-after"]) > 0


def test_the_list_says_that_it_is_elsewhere(client: TestClient):
    models = {model["role"]: model for model in client.get("/v1/models").json()["data"]}
    chat = models["chat"]
    assert (chat["id"], chat["owned_by"], chat["sha256"]) == ("tiny", "CHAT_BASE_URL", None)
    assert models["asr"]["owned_by"] == "local"


class Foreign(BaseHTTPRequestHandler):
    """A server of another kind: it lists one model, keeps what it is sent, and may break off."""

    seen: list[tuple[dict, dict]] = []
    content = b'{"object":"chat.completion","choices":[]}'

    def do_GET(self) -> None:
        self.answer(b'{"data":[{"id":"big-one","max_model_len":32000}]}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((dict(self.headers), body))
        self.answer(self.content)

    def answer(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(max(len(data), 10)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def foreign() -> Iterator[tuple[str, type[Foreign]]]:
    handler = type("OneForeign", (Foreign,), {"seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", handler
    server.shutdown()
    server.server_close()


def test_a_server_of_another_kind_gets_its_models_name_the_key_and_no_field_of_ours(
    foreign: tuple[str, type[Foreign]],
):
    url, handler = foreign
    for client in open_front(url, api_key="k3y"):
        body = HELLO | {"model": "auto", "repetition_stop": False, "thinking": False}
        assert client.post("/v1/chat/completions", json=body).status_code == 200
        assert client.app.state.engines.chat.get_facts().context_length == 32000
    headers, sent = handler.seen[0]
    assert headers["Authorization"] == "Bearer k3y"
    assert sent == HELLO | {"model": "big-one"}


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"[1, 2, 3, 4]"])
def test_an_answer_that_is_none(foreign: tuple[str, type[Foreign]], content: bytes):
    url, handler = foreign
    handler.content = content
    for client in open_front(url):
        response = client.post("/v1/chat/completions", json=HELLO)
        assert response.json()["error"]["code"] == "chat_unreachable"


def test_no_chat_model_is_needed_then(tmp_path: Path):
    profile = load_catalogue().get_profile("compact")
    for role in ("asr", "speaker", "embedding"):
        for file in profile.sets[role].files:
            path = profile.sets[role].directory(tmp_path) / file.path
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as empty:
                empty.truncate(file.size_bytes)
    settings = replace(Settings(), models_dir=tmp_path)
    with pytest.raises(ModelUnavailable, match=r"model\.gguf is missing"):
        build_engines(settings, profile)
    engines = build_engines(replace(settings, chat_base_url="http://127.0.0.1:1/v1"), profile)
    assert isinstance(engines.chat, RemoteChat)


@pytest.mark.parametrize("url", ["llm.example.org/v1", "file:///etc/passwd", "http://"])
def test_an_address_that_is_none(url: str):
    with pytest.raises(ConfigurationError, match="CHAT_BASE_URL"):
        Settings.from_environ({"CHAT_BASE_URL": url})


@pytest.mark.models
def test_two_real_servers(compact_server: str):
    with running_model_server("compact", CHAT_BASE_URL=f"{compact_server}/v1") as front:
        client = openai.OpenAI(base_url=f"{front}/v1", api_key="x")
        answer = client.chat.completions.create(**HELLO, model="auto")
    direct = openai.OpenAI(base_url=f"{compact_server}/v1", api_key="x").chat.completions.create(
        **HELLO, model="auto"
    )
    assert answer.choices[0].message.content == direct.choices[0].message.content
