"""A real model server in a process of its own, on a free loopback port, for as long as a test needs it."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

from tests.tiers import MODELS_DIR, PROJECT_DIR

START_TIMEOUT_S = 300.0  # a busy machine reads the weights slowly


@contextlib.contextmanager
def running_model_server(profile: str = "test", *, wait: bool = True, **environ: str) -> Iterator[str]:
    """Its address, without `/v1`. It answers /health with 200 when the block begins, unless `wait` is False."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("INFERENCE_")},
        "INFERENCE_HOST": "127.0.0.1",
        "INFERENCE_PORT": str(port),
        "INFERENCE_PROFILE": profile,
        "INFERENCE_SELF_CHECK": "0",
        "INFERENCE_MODELS_DIR": str(MODELS_DIR),
        **environ,
    }
    process = subprocess.Popen([sys.executable, "-m", "inference"], cwd=PROJECT_DIR, env=environment)
    base_url = f"http://127.0.0.1:{port}"
    try:
        if wait:
            _wait_until_ready(base_url, process)
        yield base_url
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(base_url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    with httpx.Client(base_url=base_url, trust_env=False, timeout=10) as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = client.get("/health")
                if answer.status_code == 200:
                    return
                assert answer.json()["status"] == "loading", answer.text
            assert process.poll() is None, "the model server ended while loading"
            assert time.monotonic() < deadline, "the model server did not become ready"
            time.sleep(0.2)
