"""Fixtures every part shares: the people of each test, one complete meeting, and the ground of the tiers."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from meetings.models import Meeting, MeetingMember, User
from tests import factories
from tests.installation import Installation
from tests.model_server import running_model_server
from tests.tiers import TIERS, find_redis_server, require_tier


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in TIERS:
        if item.get_closest_marker(name):
            require_tier(name)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not os.environ.get("MINUTEBOOK_TEST_DATA_DIR"):
        shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


# --- people: the owner of the meeting, a colleague who may edit it, a reader, a stranger ----------
@pytest.fixture
def owner(db) -> User:
    """Owns `meeting`, and the installation."""
    return factories.make_user("owner@example.org", name="Olga Owner", is_owner=True)


@pytest.fixture
def colleague(db) -> User:
    """May edit `meeting`."""
    return factories.make_user("colleague@example.org", name="Colin Colleague")


@pytest.fixture
def reader(db) -> User:
    """May read `meeting`."""
    return factories.make_user("reader@example.org", name="Rita Reader")


@pytest.fixture
def stranger(db) -> User:
    """Has an account and nothing to do with `meeting`."""
    return factories.make_user("stranger@example.org", name="Stan Stranger")


@pytest.fixture
def client_of(db) -> Callable[[User], Client]:
    """`client_of(user)`: a browser in which this person is logged in."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def anonymous(owner: User) -> Client:
    """A browser in which nobody is logged in, on an installation that has its owner."""
    return Client()


@pytest.fixture
def meeting(owner: User, colleague: User, reader: User) -> Meeting:
    """Finished work: recording, 2 speakers, 6 segments, notes with citations, 2 action items; shared with colleague and reader."""
    meeting = factories.make_full_meeting(owner)
    factories.add_member(meeting, colleague, level=MeetingMember.Level.EDIT)
    factories.add_member(meeting, reader, level=MeetingMember.Level.VIEW)
    return meeting


@pytest.fixture
def meeting_files(meeting: Meeting) -> Meeting:
    """`meeting` with bytes behind its recording's keys."""
    factories.write_files(meeting.recording)
    return meeting


# --- processes ------------------------------------------------------------------------------------
@pytest.fixture
def free_port() -> int:
    """A TCP port of the loopback interface that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def compact_server() -> Iterator[str]:
    """Address, without `/v1`, of one real model server with the compact profile, for every test that only asks it something."""
    require_tier("models")
    with running_model_server("compact") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The wheel's Redis on a unix socket of its own; ended after the session."""
    require_tier("redis")
    folder = Path(tempfile.mkdtemp(prefix="mb-redis-"))
    path = folder / "redis.sock"
    options = [
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--save",
        "",
        "--dir",
        str(folder),
        "--loglevel",
        "warning",
    ]
    server = subprocess.Popen([str(find_redis_server()), *options])
    try:
        deadline = time.monotonic() + 20
        while not path.exists() and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert path.exists(), "the wheel's Redis did not start"
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Web, worker, beat, model server and Redis with the compact models, and nobody's account yet."""
    require_tier("models")
    require_tier("redis")
    installation = Installation(Path(tmp_path_factory.mktemp("installation")))
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()
