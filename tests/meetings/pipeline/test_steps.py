"""Which job moves when: with steps that do as they are told, and no queue but a list."""

import datetime as dt

import pytest
from django.db import OperationalError
from django.utils import timezone

from meetings import tasks
from meetings.errors import MinutebookError
from meetings.inference_client import InferenceBroken, InferenceUnavailable
from meetings.models import Job
from meetings.models.job import LEASE_SECONDS
from meetings.pipeline import steps
from tests import factories
from tests.meetings.pipeline.fakes import FakeClient

pytestmark = pytest.mark.django_db


class Script:
    """Stands for the functions of the steps: what each does when it is called."""

    def __init__(self, monkeypatch):
        self.done: list[str] = []
        self.acts: dict = {}
        for step in Job.Step.of_uploads():
            monkeypatch.setitem(steps.STEPS, step, lambda meeting, ctx, step=step: self.run(step, ctx))

    def run(self, step, ctx):
        act = self.acts.get(step)
        if isinstance(act, Exception):
            raise act
        if act is not None:
            act(ctx)
        self.done.append(step)


@pytest.fixture
def script(monkeypatch):
    return Script(monkeypatch)


@pytest.fixture
def queue(django_capture_on_commit_callbacks):
    return []


@pytest.fixture
def run(queue, django_capture_on_commit_callbacks):
    """`run(job)`: one step; what it sends is in `queue`."""

    def once(job):
        with django_capture_on_commit_callbacks(execute=True):
            return steps.run_step(job.pk, client=FakeClient(), send=queue.append)

    return once


@pytest.fixture
def meeting(owner, queue, django_capture_on_commit_callbacks):
    meeting = factories.make_meeting(owner)
    factories.make_recording(meeting)
    with django_capture_on_commit_callbacks(execute=True):
        steps.start_pipeline(meeting, send=queue.append)
    return meeting


def job_of(meeting, step):
    return meeting.jobs.get(step=step)


def states(meeting):
    return [meeting.jobs.get(step=step).state for step in Job.Step.of_uploads()]


def run_all(meeting, run):
    while (job := steps.find_open_job(meeting)) is not None and run(job):
        pass


def test_start_makes_one_job_a_step_and_sends_the_first_once(
    meeting, queue, django_capture_on_commit_callbacks
):
    assert states(meeting) == ["queued"] + ["waiting"] * 6
    with django_capture_on_commit_callbacks(execute=True):
        steps.start_pipeline(meeting, send=queue.append)
    assert queue == [job_of(meeting, "ingest").pk]


def test_step_after_step_to_the_end(meeting, run, script, queue):
    run_all(meeting, run)
    assert script.done == Job.Step.of_uploads() and set(states(meeting)) == {"done"}
    assert queue == [job_of(meeting, step).pk for step in Job.Step.of_uploads()]


def test_a_second_worker_does_nothing(meeting, run, script):
    job = job_of(meeting, "ingest")
    script.acts["ingest"] = lambda ctx: script.done.append("second") if run(job) else None
    assert run(job)
    assert script.done == ["ingest"]
    assert run(job) is False


def test_the_model_server_is_away_for_long_and_nothing_fails(meeting, run, script):
    script.acts["ingest"] = InferenceUnavailable()
    for _ in range(20):
        assert run(job_of(meeting, "ingest"))
        job = job_of(meeting, "ingest")
        assert (job.state, job.error_code) == ("queued", "inference_unavailable")
        assert "Waiting for the model server" in job.error_text
        assert run(job) is False, "not due yet"
        Job.objects.update(not_before=timezone.now())
    script.acts.clear()
    run_all(meeting, run)
    assert set(states(meeting)) == {"done"}


def test_a_recording_that_breaks_the_server_every_time_fails_in_the_end(meeting, run, script):
    script.acts["ingest"] = InferenceBroken()
    for _ in range(steps.MAX_SETBACKS):
        assert run(job_of(meeting, "ingest"))
        Job.objects.update(not_before=timezone.now())
    job = job_of(meeting, "ingest")
    assert (job.state, job.error_code) == ("failed", "inference_broken")
    assert states(meeting)[1:] == ["waiting"] * 6


def test_breakdowns_between_which_it_gets_further_are_no_failure(meeting, run, script, monkeypatch):
    monkeypatch.setattr("meetings.pipeline.context.REPORT_EVERY_S", 0)
    done_ms = iter(range(1000, 100_000, 1000))

    def get_further_and_break(ctx):
        ctx.report(next(done_ms), 100_000)
        raise InferenceBroken

    script.acts["ingest"] = get_further_and_break
    for _ in range(steps.MAX_SETBACKS * 2):
        assert run(job_of(meeting, "ingest"))
        Job.objects.update(not_before=timezone.now())
    assert job_of(meeting, "ingest").state == "queued"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MinutebookError("The file is empty.", code="empty_file"), "empty_file"),
        (ZeroDivisionError("secret words"), "unexpected"),
    ],
)
def test_a_failed_step_says_why_and_harms_no_other(meeting, run, script, error, code, caplog):
    script.acts["diarize"] = error
    run_all(meeting, run)
    job = job_of(meeting, "diarize")
    assert states(meeting) == ["done", "done", "failed"] + ["waiting"] * 4
    assert job.error_code == code and job.error_text.endswith(".")
    assert "secret" not in caplog.text and "secret" not in job.error_text


def test_try_again_goes_on_to_the_end(meeting, run, script, queue, django_capture_on_commit_callbacks):
    script.acts["diarize"] = MinutebookError()
    run_all(meeting, run)
    script.acts.clear()
    script.done.clear()
    job = job_of(meeting, "diarize")
    with django_capture_on_commit_callbacks(execute=True):
        assert steps.retry_job(job, send=queue.append)
        assert steps.retry_job(job, send=queue.append) is False
    assert queue[-1] == job.pk and queue.count(job.pk) == 2
    run_all(meeting, run)
    assert script.done == ["diarize", "slides", "draft", "ground", "publish"] and set(states(meeting)) == {
        "done"
    }


def test_a_busy_database_is_tried_again(meeting, run, script):
    script.acts["ingest"] = OperationalError("database is locked")
    assert run(job_of(meeting, "ingest"))
    assert (job_of(meeting, "ingest").state, job_of(meeting, "ingest").error_code) == (
        "queued",
        "database_busy",
    )


def test_cancel_stops_waiting_and_running_work_and_go_on_resumes(meeting, run, script, queue, monkeypatch):
    monkeypatch.setattr("meetings.pipeline.context.REPORT_EVERY_S", 0)

    def cancel_me(ctx):
        steps.cancel_pipeline(meeting)
        ctx.report(1, 2)

    script.acts["transcribe"] = cancel_me
    run_all(meeting, run)
    assert states(meeting) == ["done"] + ["cancelled"] * 6
    script.acts.clear()
    # From any of the cancelled ones it is the first that goes on.
    assert steps.retry_job(job_of(meeting, "publish"), send=queue.append)
    assert states(meeting) == ["done", "queued"] + ["waiting"] * 5
    run_all(meeting, run)
    assert set(states(meeting)) == {"done"}


def test_nothing_to_try_again(meeting, run, script):
    run_all(meeting, run)
    assert steps.retry_job(job_of(meeting, "draft"), send=None) is False
    assert set(states(meeting)) == {"done"}


def test_a_duplicate_waits_for_a_person(
    meeting, run, script, queue, owner, django_capture_on_commit_callbacks
):
    def find_twin(ctx):
        meeting.recording.duplicate_of = factories.make_meeting(owner)
        meeting.recording.save()

    script.acts["ingest"] = find_twin
    run_all(meeting, run)
    assert states(meeting) == ["done"] + ["waiting"] * 6
    with django_capture_on_commit_callbacks(execute=True):
        steps.keep_both(meeting, send=queue.append)
    assert queue[-1] == job_of(meeting, "transcribe").pk
    run_all(meeting, run)
    assert set(states(meeting)) == {"done"}


def test_a_meeting_that_is_deleted_while_it_is_worked_on(meeting, run, script, monkeypatch):
    monkeypatch.setattr("meetings.pipeline.context.REPORT_EVERY_S", 0)

    def delete_under_the_feet(ctx):
        type(meeting).objects.filter(pk=meeting.pk).delete()
        ctx.report(1, 2)

    script.acts["ingest"] = delete_under_the_feet
    job = job_of(meeting, "ingest")
    assert run(job)
    assert not Job.objects.exists() and run(job) is False


# --- the look-round ---------------------------------------------------------------------------------
@pytest.fixture
def sent(monkeypatch):
    numbers = []
    monkeypatch.setattr(steps, "send_job", numbers.append)
    return numbers


def long_ago():
    return timezone.now() - dt.timedelta(seconds=LEASE_SECONDS + 1)


def test_a_dead_workers_job_is_given_back_and_sent(meeting, sent):
    job = job_of(meeting, "ingest")
    job.claim()
    tasks.requeue_lost_jobs()
    assert sent == []
    Job.objects.filter(pk=job.pk).update(beat_at=long_ago())
    tasks.requeue_lost_jobs()
    assert sent == [job.pk] and job_of(meeting, "ingest").state == "queued"


def test_a_lost_message_is_sent_again_once_a_lease(meeting, sent):
    Job.objects.filter(state="queued").update(queued_at=long_ago())
    tasks.requeue_lost_jobs()
    tasks.requeue_lost_jobs()
    assert sent == [job_of(meeting, "ingest").pk]


def test_without_redis_sending_is_quiet_and_the_row_waits(meeting, settings):
    """The settings' Redis socket does not exist in tests."""
    steps.send_job(job_of(meeting, "ingest").pk)
    assert job_of(meeting, "ingest").state == "queued"


def test_the_task_runs_the_step(meeting, script):
    job = job_of(meeting, "ingest")
    tasks.run_job(job.pk)
    assert script.done == ["ingest"]
    tasks.run_job(job.pk)
    assert script.done == ["ingest"]
