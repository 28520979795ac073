"""Worker and model server are killed (-9) in the middle of a step; afterwards nothing is missing and nothing is there twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from meetings.models.job import LEASE_SECONDS
from tests.meetings import media_files
from tests.tiers import PROJECT_DIR

FAULTS = Path(__file__).parent
SIGNALS = 60
WAIT_S = 120


def write_signals(path: Path) -> Path:
    """Second k: 700 ms of a square wave as loud as `100 * (k + 1)`, then silence."""
    samples = np.zeros(SIGNALS * 16_000, dtype=np.int16)
    wave = np.tile(np.array([1] * 40 + [-1] * 40), 140)
    for k in range(SIGNALS):
        samples[k * 16_000 : k * 16_000 + len(wave)] = 100 * (k + 1) * wave
    return media_files.write_samples(path, samples)


class Ground:
    """A data folder of its own with a real database file, one meeting in it, and the processes around it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.environment = os.environ | {
            "MINUTEBOOK_DATA_DIR": str(folder),
            "SECRET_KEY": "only-for-tests",
            "INFERENCE_URL": f"http://127.0.0.1:{port}",
            "PYTHONPATH": str(PROJECT_DIR),
        }
        self.environment.pop("DATABASE_URL", None)
        self.processes: list[subprocess.Popen] = []
        self.meeting = uuid.uuid4()

    def start(self, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, *arguments], env=self.environment, cwd=PROJECT_DIR)
        self.processes.append(process)
        return process

    def start_server(self, *, delay_s: float) -> subprocess.Popen:
        return self.start(str(FAULTS / "stub_model_server.py"), str(self.port), str(delay_s))

    def start_worker(self) -> subprocess.Popen:
        return self.start(str(FAULTS / "work.py"), str(self.meeting))

    def query(self, sql: str, *values):
        connection = sqlite3.connect(self.folder / "minutebook.sqlite3", timeout=20)
        try:
            with connection:
                return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def texts(self) -> list[str]:
        return [text for (text,) in self.query("SELECT text FROM meetings_segment ORDER BY start_ms, id")]

    def state(self, step: str) -> str:
        return self.query("SELECT state FROM meetings_job WHERE step = ?", step)[0][0]

    def expire_lease(self) -> None:
        """Half a minute passes."""
        sql = "UPDATE meetings_job SET beat_at = datetime('now', ?) WHERE state = 'running'"
        self.query(sql, f"-{LEASE_SECONDS + 5} seconds")

    def wait_for(self, is_true, what: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while not is_true():
            assert time.monotonic() < deadline, (
                f"waited too long for {what}; transcript so far: {self.texts()}"
            )
            time.sleep(0.05)


@pytest.fixture
def ground(tmp_path, free_port):
    ground = Ground(tmp_path / "data", free_port)
    ground.folder.mkdir()
    recording = write_signals(tmp_path / "signals.wav")
    assert ground.start(str(FAULTS / "prepare.py"), str(ground.meeting), str(recording)).wait(WAIT_S) == 0
    yield ground
    for process in ground.processes:
        process.kill()
        process.wait()


EXPECTED = [f"signal {k}" for k in range(SIGNALS)]


def kill(process: subprocess.Popen) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_the_worker_is_killed_again_and_again(ground):
    ground.start_server(delay_s=0.1)
    for count in (1, 7, 30):
        worker = ground.start_worker()
        ground.wait_for(lambda count=count: len(ground.texts()) >= count, f"{count} segments")
        kill(worker)
        assert ground.state("transcribe") == "running"
        ground.expire_lease()
    assert ground.start_worker().wait(WAIT_S) == 0
    assert ground.texts() == EXPECTED and ground.state("diarize") == "done"


def test_the_worker_is_killed_while_it_reads_the_recording(ground):
    ground.start_server(delay_s=0)
    worker = ground.start_worker()
    ground.wait_for(lambda: ground.state("ingest") == "running", "ingest")
    kill(worker)
    ground.expire_lease()
    assert ground.start_worker().wait(WAIT_S) == 0
    assert ground.texts() == EXPECTED


def test_the_model_server_is_killed_and_comes_back(ground):
    server = ground.start_server(delay_s=0.1)
    worker = ground.start_worker()
    ground.wait_for(lambda: len(ground.texts()) >= 5, "5 segments")
    kill(server)
    ground.wait_for(lambda: ground.state("transcribe") == "queued", "the job to wait")
    kept = ground.texts()
    assert kept == EXPECTED[: len(kept)]
    ground.start_server(delay_s=0)
    assert worker.wait(WAIT_S) == 0
    assert ground.texts() == EXPECTED


def test_both_at_once(ground):
    server, worker = ground.start_server(delay_s=0.1), ground.start_worker()
    ground.wait_for(lambda: len(ground.texts()) >= 3, "3 segments")
    kill(server)
    kill(worker)
    ground.expire_lease()
    ground.start_server(delay_s=0)
    assert ground.start_worker().wait(WAIT_S) == 0
    assert ground.texts() == EXPECTED
