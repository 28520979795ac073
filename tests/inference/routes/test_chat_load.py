"""More than it can do, and less than a request: a real server over a socket, with a random model."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from inference.chat.engine import ChatEngine
from tests.inference.routes.test_chat_remote import HELLO, make_app
from tests.inference.tiny_gemma import write_tiny_gemma

PATH = "/v1/chat/completions"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = write_tiny_gemma(tmp_path_factory.mktemp("load") / "model.gguf", ends=-100.0)
    engine = ChatEngine(path, n_ctx=512, threads=1, piece_tokens=64, name="tiny")
    engine.load()
    app = make_app(engine, max_queued=64)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    app.state.scheduler.close()
    engine.close()


async def test_200_requests_at_once_are_answered_or_told_to_come_back(url: str):
    async with httpx.AsyncClient(
        base_url=url, timeout=120, limits=httpx.Limits(max_connections=200)
    ) as client:
        body = HELLO | {"max_tokens": 40}
        answers = await asyncio.gather(*(client.post(PATH, json=body) for _ in range(200)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 64
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()["error"]["code"] == "overloaded"
            assert int(answer.headers["retry-after"]) > 0
    texts = {
        answer.json()["choices"][0]["message"]["content"] for answer in answers if answer.status_code == 200
    }
    assert len(texts) == 1
    assert httpx.post(url + PATH, json=HELLO, timeout=60).status_code == 200


@pytest.mark.parametrize("wait_s", [0.0, 0.2])
def test_half_a_request_harms_nobody(url: str, wait_s: float):
    body = json.dumps(HELLO).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(head + body[: len(body) // 2])
        time.sleep(wait_s)
    answer = httpx.post(url + PATH, json=HELLO, timeout=60)
    assert answer.status_code == 200
    assert 'status="500"' not in httpx.get(url + "/metrics").text


def test_what_was_found_in_the_cache_is_counted(url: str):
    def read_metric(source: str) -> float:
        text = httpx.get(url + "/metrics").text
        line = next(
            line
            for line in text.splitlines()
            if line.startswith(f'inference_prompt_tokens_total{{source="{source}"')
        )
        return float(line.split()[-1])

    long = {**HELLO, "messages": [{"role": "user", "content": "the meeting of the week " * 12}]}
    httpx.post(url + PATH, json=long, timeout=60)
    cached, read = read_metric("cached"), read_metric("read")
    answer = httpx.post(url + PATH, json=long, timeout=60).json()
    found = answer["usage"]["prompt_tokens_details"]["cached_tokens"]
    assert found > 50
    assert read_metric("cached") - cached == found
    assert read_metric("read") - read == answer["usage"]["prompt_tokens"] - found
