"""bin/keep with real processes: what it starts comes back, what stops it stops the command once, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

KEEP = Path(__file__).resolve().parents[2] / "bin" / "keep"
# Writes its pid on a line of its own, then waits; ends with 7 on TERM and counts the TERMs it got.
COMMAND = """
import os, signal, sys, time
out = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
def stop(*_):
    os.write(out, b"TERM\\n")
    time.sleep(0.3)
    os._exit(7)
signal.signal(signal.SIGTERM, stop)
os.write(out, b"%d\\n" % os.getpid())
time.sleep(60)
"""


class Kept:
    """A keeper around `COMMAND`, and what the command wrote."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "out"
        self.path.touch()
        environ = {**os.environ, "KEEP_FIRST_WAIT_S": "0.05"}
        argv = [sys.executable, str(KEEP), sys.executable, "-c", COMMAND, str(self.path)]
        self.keeper = subprocess.Popen(
            argv, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    def pids(self) -> list[int]:
        return [int(line) for line in self.lines() if line.isdigit()]

    def wait_for(self, condition) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, f"never happened; the command wrote {self.lines()}"
            time.sleep(0.02)


@pytest.fixture
def kept(tmp_path) -> Iterator[Kept]:
    kept = Kept(tmp_path)
    kept.wait_for(kept.pids)
    yield kept
    kept.keeper.kill()
    kept.keeper.wait()
    kept.keeper.stdout.close()


def test_a_killed_command_comes_back(kept):
    os.kill(kept.pids()[0], signal.SIGKILL)
    kept.wait_for(lambda: len(kept.pids()) == 2)
    kept.keeper.terminate()
    output, _ = kept.keeper.communicate(timeout=20)
    assert "killed by SIGKILL, starting again in 0.05 s" in output.replace("(", "").replace(")", "")


def test_terminating_the_keeper_ends_the_command_and_gives_its_exit_code(kept):
    kept.keeper.terminate()
    assert kept.keeper.wait(timeout=20) == 7
    assert not psutil.pid_exists(kept.pids()[0])


def test_a_signal_to_the_whole_group_reaches_the_command_once(kept):
    os.killpg(kept.keeper.pid, signal.SIGTERM)
    kept.keeper.wait(timeout=20)
    assert kept.lines().count("TERM") == 1


def test_a_killed_keeper_leaves_nothing_behind(kept):
    kept.keeper.kill()
    kept.keeper.wait()
    kept.wait_for(lambda: not psutil.pid_exists(kept.pids()[0]))


def test_a_stop_during_the_pause_ends_at_once():
    environ = {**os.environ, "KEEP_FIRST_WAIT_S": "30"}
    argv = [sys.executable, str(KEEP), sys.executable, "-c", "raise SystemExit(3)"]
    keeper = subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, text=True)
    assert "ended (exit code 3)" in keeper.stdout.readline()
    keeper.terminate()
    assert keeper.wait(timeout=20) == 0
    keeper.stdout.close()


def test_a_command_that_does_not_exist_is_said_and_not_repeated():
    done = subprocess.run([KEEP, "no-such-command-here"], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (127, "keep: no such command: no-such-command-here\n")
