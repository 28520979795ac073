"""One thread of the worker is kept for what people wait for."""

import datetime as dt
import threading

import pytest
from django.utils import timezone

from meetings.models import Job
from meetings.pipeline.seats import run_seated
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(owner):
    """Three recordings that are to be converted, and a live meeting; the first waits longest."""
    kinds = [Job.Step.INGEST] * 3 + [Job.Step.LIVE_NOTES]
    now = timezone.now()
    return [
        Job.objects.create(
            meeting=factories.make_meeting(owner),
            step=step,
            state=Job.State.QUEUED,
            queued_at=now - dt.timedelta(seconds=len(kinds) - number),
        )
        for number, step in enumerate(kinds)
    ]


def test_a_long_recording_leaves_a_thread_free(jobs):
    ran, sent, seats = [], [], threading.BoundedSemaphore(1)

    def run(job_id: int) -> bool:
        ran.append(job_id)
        if job_id == jobs[0].pk:
            Job.objects.filter(pk=job_id).update(state=Job.State.DONE)
            # While it works: another recording waits, the notes of a live meeting do not.
            run_seated(jobs[1].pk, run=run, send=sent.append, seats=seats)
            run_seated(jobs[3].pk, run=run, send=sent.append, seats=seats)
        return True

    run_seated(jobs[0].pk, run=run, send=sent.append, seats=seats)
    assert ran == [jobs[0].pk, jobs[3].pk]
    assert sent == [jobs[1].pk], "the one that waits longest comes next"
    run_seated(jobs[1].pk, run=run, send=sent.append, seats=seats)
    assert ran[-1] == jobs[1].pk


def test_a_step_that_breaks_gives_its_seat_back(jobs):
    seats = threading.BoundedSemaphore(1)

    def run(job_id: int) -> bool:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run_seated(jobs[0].pk, run=run, seats=seats)
    assert seats.acquire(blocking=False)


def test_a_message_too_many_sends_nothing(jobs):
    sent: list[int] = []
    seats = threading.BoundedSemaphore(1)
    run_seated(jobs[0].pk, run=lambda job_id: False, send=sent.append, seats=seats)
    assert sent == []
