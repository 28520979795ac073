"""Finding a model server, or starting one for as long as it is needed."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from django.conf import settings

from .errors import MinutebookError
from .inference_client import InferenceClient, InferenceUnavailable

# Loading and warming all models takes 10 to 30 s; a cold disk and a busy machine several times that.
START_TIMEOUT_S = 600.0
_ASK_EVERY_S = 0.5


class ModelServerFailed(MinutebookError):
    """It ended before it was ready, or never was. Not retryable: its own words are on stderr."""

    code = "model_server_failed"
    text = "The model server could not be started. What it said stands above; `python -m inference check` says more."


@contextlib.contextmanager
def running_model_server(*, say: Callable[[str], None] = lambda text: None) -> Iterator[str]:
    """The address of a model server that is ready: the one of INFERENCE_URL when something answers there, else one of our own.

    Our own listens on a free port of the loopback interface and ends with the block. `say` gets a line of progress now and then.
    Raises ModelServerFailed.
    """
    with contextlib.ExitStack() as stack:
        url, process = settings.INFERENCE_URL, None
        if not is_answering(url):
            say("starting a model server")
            url, process = stack.enter_context(_start())
        _wait_until_ready(url, process, say=say)
        yield url


def is_answering(url: str) -> bool:
    """Something listens there, ready or still loading."""
    try:
        with InferenceClient(url) as client:
            client.health()
    except InferenceUnavailable as error:
        return error.code in ("loading", "failed") or type(error) is not InferenceUnavailable
    except MinutebookError:
        return True
    return True


@contextlib.contextmanager
def _start() -> Iterator[tuple[str, subprocess.Popen]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"INFERENCE_HOST": "127.0.0.1", "INFERENCE_PORT": str(port)}
    environment.pop("INFERENCE_UDS", None)
    environment.setdefault("INFERENCE_MODELS_DIR", str(settings.DATA_DIR / "models"))
    environment.setdefault("INFERENCE_SELF_CHECK", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "inference"], cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen | None, *, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    told_at = time.monotonic()
    with InferenceClient(url) as client:
        while True:
            try:
                client.health()
                return
            except InferenceUnavailable as error:
                ended = process is not None and process.poll() is not None
                if ended or error.code == "failed" or time.monotonic() > deadline:
                    raise ModelServerFailed from error
            if time.monotonic() - told_at > 5:
                told_at = time.monotonic()
                say("waiting for the model server to load its models")
            time.sleep(_ASK_EVERY_S)
