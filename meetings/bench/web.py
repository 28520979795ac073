"""The real web process, for measurements that need one."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
from django.conf import settings
from django.test import Client

from meetings.models import User

START_TIMEOUT_S = 60


@contextlib.contextmanager
def running_web() -> Iterator[tuple[subprocess.Popen, str]]:
    """The process and its address; the same command line as in the Procfile, on a free port. Ended with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--host 127.0.0.1 --port {port} --no-access-log --log-level warning"
    command = [sys.executable, "-m", "uvicorn", "meetings.asgi:application", *options.split()]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | {"MALLOC_ARENA_MAX": "2"})
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield process, address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(address, timeout=5)
            return
        time.sleep(0.2)
    raise RuntimeError("the web process did not start")


def make_user() -> User:
    """Whose meetings are measured; the same one each time."""
    email = "bench@localhost"
    return User.objects.filter(email=email).first() or User.objects.create_user(email)


def log_in(user: User) -> dict[str, str]:
    """A session's cookie, made straight in the database that the web process uses as well."""
    client = Client()
    client.force_login(user)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
