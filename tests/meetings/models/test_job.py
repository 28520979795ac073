"""A job moves only along the arrows of its docstring, and for exactly one of any number of workers."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.models import Job, Meeting, User
from meetings.models.job import LEASE_SECONDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    user = User.objects.create_user("ada@example.org")
    meeting = Meeting.objects.create(owner=user, title="Weekly", held_on=dt.date(2026, 11, 16))
    return Job.objects.create(meeting=meeting, step=Job.Step.TRANSCRIBE, state=Job.State.QUEUED)


def twin(job):
    return Job.objects.get(pk=job.pk)


def test_only_one_of_two_workers_gets_it(job):
    other = twin(job)
    assert job.claim() is True
    assert other.claim() is False
    assert twin(job).attempt == 1


def test_a_beat_tells_how_far_and_keeps_the_lease(job):
    job.claim()
    Job.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=LEASE_SECONDS + 1))
    assert list(Job.objects.lost()) == [job]
    assert job.beat(done_ms=3_000, total_ms=12_000)
    assert not Job.objects.lost().exists()
    assert twin(job).share_done == 0.25


def test_the_worker_that_lost_its_lease_hears_so_at_its_next_beat(job):
    job.claim()
    other = twin(job)
    assert other.give_back()
    assert other.claim()
    assert job.beat(done_ms=1) is False
    assert other.beat(done_ms=2) is True


def test_a_running_job_is_asked_to_stop_and_a_queued_one_stops_at_once(job):
    assert twin(job).cancel()
    assert twin(job).state == Job.State.CANCELLED
    assert job.queue() and job.claim()
    assert twin(job).cancel()
    assert twin(job).state == Job.State.RUNNING
    assert job.beat() is False
    assert job.mark_cancelled()
    assert twin(job).state == Job.State.CANCELLED


def test_a_failure_is_told_and_can_be_tried_again(job):
    job.claim()
    assert job.fail(code="disk_full", text="The disk is full. Nothing was lost.")
    assert twin(job).error_code == "disk_full"
    assert job.queue()
    assert twin(job).error_text == ""
    assert job.claim()
    assert job.finish()
    assert twin(job).share_done == 1.0


def test_a_finished_job_is_not_moved_by_anybody(job):
    job.claim()
    job.finish()
    assert not any([job.queue(), job.claim(), job.fail(code="x", text="x"), job.cancel(), job.give_back()])
    assert twin(job).state == Job.State.DONE


def test_a_postponed_job_waits_and_says_what_for(job):
    job.claim()
    assert job.postpone(code="model_server_away", text="Waiting for the model server.", seconds=30)
    later = twin(job)
    assert later.state == Job.State.QUEUED
    assert later.not_before > timezone.now()
    assert later.error_text == "Waiting for the model server."


def test_a_worker_that_wakes_up_late_cannot_end_the_work_of_its_successor(job):
    job.claim()
    successor = twin(job)
    successor.give_back()
    successor.claim()
    late = Job(pk=job.pk, attempt=1, started_at=timezone.now())
    assert not any([late.finish(), late.fail(code="x", text="x"), late.mark_cancelled()])
    assert not late.postpone(code="x", text="x", seconds=1)
    assert successor.finish()


def test_a_job_that_beats_in_the_meantime_is_not_given_back(job):
    job.claim()
    seen = twin(job)
    assert job.beat(done_ms=1)
    assert seen.give_back() is False
    assert twin(job).state == Job.State.RUNNING


def test_setbacks_count_until_it_gets_further(job):
    for expected in (1, 2):
        job.claim()
        job.postpone(code="inference_broken", text="x", seconds=0, setback=True)
        assert twin(job).setbacks == expected
    job.claim()
    job.beat(done_ms=5, total_ms=10)
    assert twin(job).setbacks == 0


def test_a_postponed_job_is_due_at_its_time_and_sent_once(job):
    job.claim()
    job.postpone(code="x", text="x", seconds=60)
    assert not Job.objects.stuck_in_queue().exists()
    Job.objects.update(not_before=timezone.now())
    assert list(Job.objects.stuck_in_queue()) == [job]
    assert job.mark_sent()
    assert not Job.objects.stuck_in_queue().exists()


def test_a_cancelled_job_waits_again_and_no_other(job):
    assert job.wait_again() is False
    job.cancel()
    assert job.wait_again()
    assert twin(job).state == Job.State.WAITING


def test_a_meeting_has_one_job_per_step(job):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Job.objects.create(meeting=job.meeting, step=job.step)
