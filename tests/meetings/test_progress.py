"""What a person is told about the work."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.models import Job
from meetings.progress import describe_progress

S = Job.State


def make_jobs(*states: str) -> list[Job]:
    return [Job(step=step, state=state) for step, state in zip(Job.Step.of_uploads(), states, strict=False)]


@pytest.mark.parametrize(
    ("states", "expected", "step"),
    [
        ((S.QUEUED, S.WAITING, S.WAITING), "waiting", "ingest"),
        ((S.DONE, S.RUNNING, S.WAITING), "work", "transcribe"),
        ((S.DONE, S.DONE, S.FAILED, S.WAITING), "failed", "diarize"),
        ((S.DONE, S.CANCELLED, S.CANCELLED), "cancelled", "transcribe"),
        ((S.DONE, S.WAITING, S.WAITING), "waiting", "transcribe"),
        ((S.DONE, S.DONE, S.DONE), "done", "diarize"),
    ],
)
def test_the_step_that_matters(states, expected, step):
    progress = describe_progress(make_jobs(*states))
    assert (progress.state, progress.job.step) == (expected, step)
    assert progress.is_active == (expected in ("work", "waiting"))


def test_the_order_of_the_rows_does_not_matter():
    jobs = make_jobs(S.DONE, S.QUEUED, S.WAITING)
    assert describe_progress(reversed(jobs)).step_number == 2


def test_without_jobs_there_is_no_work():
    assert describe_progress([]).state == "none"


def running(*, elapsed_s: float, done_ms: int, worked_ms: int = 0) -> Job:
    began = timezone.now() - dt.timedelta(seconds=elapsed_s)
    return Job(
        step="transcribe",
        state=S.RUNNING,
        started_at=began,
        done_ms=done_ms,
        total_ms=100_000,
        worked_ms=worked_ms,
    )


def test_time_left_at_the_rate_so_far():
    progress = describe_progress([running(elapsed_s=60, done_ms=75_000)])
    assert progress.left_ms == pytest.approx(20_000, abs=500)
    assert progress.value == 750


def test_earlier_attempts_count():
    progress = describe_progress([running(elapsed_s=10, done_ms=50_000, worked_ms=50_000)])
    assert progress.left_ms == pytest.approx(60_000, abs=500)


@pytest.mark.parametrize(("elapsed_s", "done_ms"), [(1, 50_000), (60, 0), (60, 100_000)])
def test_no_guess_without_ground(elapsed_s, done_ms):
    assert describe_progress([running(elapsed_s=elapsed_s, done_ms=done_ms)]).left_ms is None
