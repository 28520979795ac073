"""The whole product in processes of its own: the Procfile, run by honcho, with a throwaway data folder and the real weights."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.tiers import MODELS_DIR, PROJECT_DIR

# What tells the processes of the Procfile apart by their command line.
MARKS = {
    "web": "uvicorn",
    "worker": "worker",
    "beat": "beat",
    "model": "inference",
    "redis": "redis",
}
START_TIMEOUT_S = 180


class Installation:
    """One installation that is running. `log` holds everything the processes said."""

    def __init__(self, data_dir: Path, **environ: str) -> None:
        self.data_dir = data_dir
        self.port, model_port = _find_free_ports(2)
        self.url = f"http://localhost:{self.port}"
        self.model_url = f"http://127.0.0.1:{model_port}"
        self.log = data_dir / "log"
        self.environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "meetings.settings",
            "SECRET_KEY": "only-for-tests",
            "MINUTEBOOK_DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "INFERENCE_PORT": str(model_port),
            "INFERENCE_URL": self.model_url,
            "INFERENCE_MODELS_DIR": str(MODELS_DIR),
            "KEEP_FIRST_WAIT_S": "0.2",
            **environ,
        }
        for name in ("REDIS_URL", "DATABASE_URL", "INFERENCE_UDS", "DJANGO_ALLOW_ASYNC_UNSAFE"):
            if name not in environ:
                self.environ.pop(name, None)
        self.honcho: subprocess.Popen | None = None

    # --- commands
    def manage(self, *arguments: str) -> str:
        """Run a management command; its output."""
        argv = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(argv, cwd=PROJECT_DIR, env=self.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, sql: str, *parameters: str) -> list[tuple]:
        """What the database says right now; read only, past the product."""
        with contextlib.closing(
            sqlite3.connect(self.data_dir / "minutebook.sqlite3", timeout=20)
        ) as connection:
            connection.execute("PRAGMA query_only=ON")
            return connection.execute(sql, parameters).fetchall()

    # --- life
    def start(self) -> None:
        """Migrate, collect the static files and start every process; returns when the pages and the models answer."""
        self.manage("migrate", "--no-input")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        argv = ["honcho", "start", "-e", os.devnull, "-p", str(self.port), *MARKS]
        with self.log.open("ab") as log:
            self.honcho = subprocess.Popen(
                argv, cwd=PROJECT_DIR, env=self.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: _answers(f"{self.url}/"), "the pages to answer")
        self.wait_for(lambda: _answers(f"{self.model_url}/health"), "the models to be loaded")
        self.wait_for(lambda: all(self.find_process(name) for name in MARKS), "every process to run")

    def stop(self) -> None:
        """As Ctrl-C does: everything ends in order."""
        if self.honcho is not None and self.honcho.poll() is None:
            self.honcho.terminate()
            self.honcho.wait(timeout=60)

    def find_process(self, name: str) -> psutil.Process | None:
        """The running process of that line of the Procfile: the child of its keeper."""
        for process in psutil.Process(self.honcho.pid).children(recursive=True):
            try:
                command = process.cmdline()
                is_kept = "bin/keep" in process.parent().cmdline()
            except (psutil.NoSuchProcess, AttributeError):
                continue
            if is_kept and any(MARKS[name] in part for part in command):
                return process
        return None

    def kill_everything(self) -> None:
        """What a power cut does: no process gets to say or finish anything."""
        honcho = psutil.Process(self.honcho.pid)
        family = [honcho, *honcho.children(recursive=True)]
        for process in family:
            process.suspend()
        for process in family:
            process.kill()
        self.honcho.wait()

    def kill(self, name: str) -> int:
        """`kill -9`, at once and without a word; the pid that is gone."""
        process = self.find_process(name)
        assert process is not None, f"{name} is not running"
        process.kill()
        return process.pid

    def wait_for(
        self, condition: Callable[[], bool], what: str, *, timeout_s: float = START_TIMEOUT_S
    ) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, (
                f"waited {timeout_s:g} s for {what}; last lines:\n{self.read_log()}"
            )
            assert self.honcho.poll() is None, f"everything ended; last lines:\n{self.read_log()}"
            time.sleep(0.2)

    def read_log(self, *, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def resident_bytes(self) -> int:
        """Memory of all processes together; shared pages are counted once for each share (PSS)."""
        honcho = psutil.Process(self.honcho.pid)
        return sum(process.memory_full_info().pss for process in [honcho, *honcho.children(recursive=True)])


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True


def _find_free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
