"""The real web process alone, on a data folder and a database of its own: to be killed, restarted and recorded into. No queue, no models."""

import atexit
import functools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.tiers import PROJECT_DIR

START_S = 60
SET_UP = """
from django.test import Client
from tests.factories import make_user
user = make_user("ann@example.org", name="Ann", is_owner=True)
client = Client()
client.force_login(user)
print("COOKIE", client.cookies["sessionid"].value)
"""
TAKE = """
from meetings.live.takes import create_take
from meetings.models import User
take = create_take(User.objects.get(), title="Standup", channels={channels})
print("TAKE", take.pk, take.key)
"""


@functools.cache
def _prepare() -> tuple[Path, str]:
    """A migrated database with one person, made once for all tests of this process, and the cookie of this person's session."""
    folder = Path(tempfile.mkdtemp(prefix="mb-live-web-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    first = LiveWeb(folder, 0, is_first=True)
    first.manage("migrate", "--verbosity", "0")
    return first.database, first.shell(SET_UP, "COOKIE")[0]


class LiveWeb:
    """`environ`: further variables of its processes. `is_first`: with nothing in it, not even tables."""

    def __init__(self, folder: Path, port: int, *, is_first: bool = False, **environ: str) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.database = folder / "minutebook.sqlite3"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "MINUTEBOOK_TEST_DATA_DIR": str(folder),
            "SECRET_KEY": "only-for-tests",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REDIS_URL": f"unix://{folder}/none.sock",
            "INFERENCE_URL": "http://127.0.0.1:9",
            "MINUTEBOOK_DEBUG": "True",
            **environ,
        }
        self.process: subprocess.Popen | None = None
        if not is_first:
            database, self.cookie = _prepare()
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(database, self.database)

    def manage(self, *arguments: str) -> str:
        argv = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(argv, cwd=PROJECT_DIR, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str, word: str) -> list[str]:
        for line in self.manage("shell", "--no-imports", "-c", code).splitlines():
            if line.startswith(word):
                return line.split()[1:]
        raise AssertionError(f"no {word}")

    def make_take(self, *, channels: int = 1) -> tuple[str, str]:
        """Id and key."""
        take, key = self.shell(TAKE.format(channels=channels), "TAKE")
        return take, key

    def start(self) -> None:
        options = f"--host 127.0.0.1 --port {self.port} --no-access-log --log-level warning"
        argv = [sys.executable, "-m", "uvicorn", "meetings.asgi:application", *options.split()]
        self.process = subprocess.Popen(argv, cwd=PROJECT_DIR, env=self.environment)
        deadline = time.monotonic() + START_S
        while True:
            try:
                httpx.get(f"{self.url}/accounts/login/", timeout=5)
                return
            except httpx.TransportError:
                assert self.process.poll() is None and time.monotonic() < deadline, "the web did not start"
                time.sleep(0.1)

    def kill(self) -> None:
        """-9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def rows(self, sql: str, *values) -> list[tuple]:
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.cookie}", "Origin": self.url}

    def read_recording(self) -> bytes:
        """The samples of the one recording there is, without the header."""
        [(key,)] = self.rows("SELECT original_key FROM meetings_recording")
        return (self.folder / "files" / key).read_bytes()[44:]
