"""What a person is told about the work on one meeting, read from its job rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from .models import Job

# Below this much clock time or share, a rate says nothing yet and no time left is shown.
_MIN_ELAPSED_S = 3.0
_MIN_SHARE = 0.01


@dataclass(frozen=True)
class Progress:
    """One line about the work: `state` is "none", "work", "waiting", "failed", "cancelled" or "done"."""

    state: str
    job: Job | None = None
    step_number: int = 0
    step_count: int = 0
    share: float = 0.0
    """0..1 of this step, by time of the recording."""
    left_ms: int | None = None
    """Clock time left for this step at the rate so far; None while unknown."""

    @property
    def is_active(self) -> bool:
        return self.state in ("work", "waiting")

    @property
    def value(self) -> int:
        """0..1000 for a progress element."""
        return round(self.share * 1000)


def describe_progress(jobs: Iterable[Job], *, now: dt.datetime | None = None) -> Progress:
    """The step that matters now: a failed one before a running one before the next one. Costs nothing when the jobs are loaded."""
    jobs = sorted(jobs, key=lambda job: list(Job.Step).index(Job.Step(job.step)))
    if not jobs or [job.step for job in jobs] == [Job.Step.LIVE_NOTES]:
        # While a meeting is recorded its notes are drafted beside it; there is nothing to wait for yet.
        return Progress("none")
    for wanted, state in (
        (Job.State.FAILED, "failed"),
        (Job.State.RUNNING, "work"),
        (Job.State.QUEUED, "waiting"),
        (Job.State.CANCELLED, "cancelled"),
        (Job.State.WAITING, "waiting"),
    ):
        for number, job in enumerate(jobs, start=1):
            if job.state == wanted:
                left_ms = _estimate_left_ms(job, now=now or timezone.now())
                return Progress(state, job, number, len(jobs), job.share_done, left_ms)
    return Progress("done", jobs[-1], len(jobs), len(jobs), 1.0)


def _estimate_left_ms(job: Job, *, now: dt.datetime) -> int | None:
    """The rest at the rate of all attempts so far. A resumed step starts with what an earlier attempt did, so its time counts too."""
    if job.state != Job.State.RUNNING or job.started_at is None:
        return None
    elapsed_s = (now - job.started_at).total_seconds() + job.worked_ms / 1000
    share = job.share_done
    if elapsed_s < _MIN_ELAPSED_S or not _MIN_SHARE <= share < 1:
        return None
    return round(elapsed_s * (1 - share) / share * 1000)
