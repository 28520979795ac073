"""A model that crashes takes its process with it, as an assertion in llama.cpp does: the request fails with a code that says "again", `bin/keep`
starts the server anew, and the same request succeeds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from meetings.inference_client import InferenceBroken, InferenceClient, InferenceUnavailable
from tests.inference.tiny_gemma import write_tiny_gemma
from tests.tiers import PROJECT_DIR

START_S = 60.0
MESSAGES = [{"role": "user", "content": "hello there"}]


@pytest.fixture
def keeper(tmp_path: Path, free_port: int) -> Iterator[tuple[psutil.Process, str]]:
    model = write_tiny_gemma(tmp_path / "model.gguf", ends=-100.0)
    command = [sys.executable, "-m", "tests.faults.tiny_chat_server", str(model), str(free_port)]
    process = subprocess.Popen(
        [sys.executable, "bin/keep", *command], cwd=PROJECT_DIR, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{free_port}"
    try:
        wait_until_ready(url)
        yield psutil.Process(process.pid), url
    finally:
        process.terminate()
        process.wait(20)


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + START_S
    with InferenceClient(url) as client:
        while True:
            try:
                client.describe_models()
                return
            except InferenceUnavailable:
                assert time.monotonic() < deadline
                time.sleep(0.1)


def test_a_crash_in_the_middle_of_an_answer(keeper: tuple[psutil.Process, str]):
    process, url = keeper
    (server,) = process.children()
    heard = threading.Event()

    def crash() -> None:
        heard.wait(20)
        os.kill(server.pid, signal.SIGABRT)

    threading.Thread(target=crash).start()
    with InferenceClient(url) as client:
        with pytest.raises(InferenceBroken) as caught:
            client.chat(MESSAGES, max_tokens=900, seed=1, watch=lambda text: heard.set())
        assert (caught.value.code, caught.value.retryable) == ("inference_broken", True)
        wait_until_ready(url)
        assert [child.pid for child in process.children()] != [server.pid]
        assert client.chat(MESSAGES, max_tokens=4, seed=1).text
