"""Redis is killed: nothing fails, and what was to be sent is sent when it is back."""

import datetime as dt
import subprocess
import time

import pytest
import redis
from django.utils import timezone

from meetings import tasks
from meetings.celery import app
from meetings.models import Job
from meetings.models.job import LEASE_SECONDS
from meetings.pipeline import steps
from tests import factories
from tests.tiers import find_redis_server

pytestmark = [pytest.mark.redis, pytest.mark.django_db]


class Server:
    def __init__(self, folder):
        self.folder, self.path = folder, folder / "redis.sock"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [
                str(find_redis_server()),
                "--port",
                "0",
                "--unixsocket",
                str(self.path),
                "--save",
                "",
                "--dir",
                str(self.folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                return redis.Redis(unix_socket_path=str(self.path)).ping()
            except redis.RedisError:
                time.sleep(0.05)
        raise AssertionError("Redis did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.path.unlink(missing_ok=True)

    def messages(self):
        return redis.Redis(unix_socket_path=str(self.path)).llen("celery")


@pytest.fixture
def server(tmp_path_factory, monkeypatch):
    server = Server(tmp_path_factory.mktemp("r"))
    monkeypatch.setitem(app.conf, "broker_url", f"redis+socket://{server.path}")
    monkeypatch.setitem(app.conf, "broker_write_url", f"redis+socket://{server.path}")
    server.start()
    yield server
    server.kill()


def test_killed_and_back(server, owner):
    meeting = factories.make_meeting(owner)
    factories.make_recording(meeting)
    job = Job.objects.create(meeting=meeting, step="ingest", state="queued", queued_at=timezone.now())
    steps.send_job(job.pk)
    assert server.messages() == 1
    server.kill()
    steps.send_job(job.pk)
    server.start()
    assert server.messages() == 0, "what was in the queue is gone with it"
    Job.objects.update(queued_at=timezone.now() - dt.timedelta(seconds=LEASE_SECONDS + 1))
    tasks.requeue_lost_jobs()
    assert server.messages() == 1
