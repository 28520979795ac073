"""Finding the product's processes and adding up their memory."""

import os
import subprocess
import sys

import pytest

from meetings.bench.memory import find_name, list_processes, measure_memory


@pytest.fixture
def child():
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python -m uvicorn meetings.asgi:application --port 8000", "web"),
        ("python bin/keep uvicorn meetings.asgi:application", "web keeper"),
        ("python -m celery -A meetings worker --pool threads", "worker"),
        ("python -m celery -A meetings beat", "beat"),
        ("python -m inference", "model"),
        ("redis-server unixsocket:/x/redis.sock", "redis"),
        ("python -m pytest tests", ""),
        ("", ""),
    ],
)
def test_names(command: str, name: str):
    assert find_name(command.split()) == name


def test_given_process_with_its_children_each_once(child):
    pids = [process.pid for process in list_processes([os.getpid(), child.pid])]
    assert child.pid in pids
    assert len(pids) == len(set(pids))


def test_figures(child):
    figures = measure_memory([child.pid])
    total = next(figure for figure in figures if figure.name == "everything together")
    assert figures[0].name.endswith(f"({child.pid})")
    assert 1 < total.value < 500
    assert total.value == pytest.approx(figures[0].value)
