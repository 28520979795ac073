"""Which step comes after which, and what happens to its job when it ends well, badly, or not at all.

A step is a plain function `(meeting, ctx)`. It is idempotent, resumes where it stopped, and saves through `ctx.saving()`, so that a worker
that was taken for dead cannot write beside its successor.
"""

import contextlib
import logging
import traceback
from collections.abc import Callable
from importlib import import_module

from django.db import OperationalError, transaction
from django.utils import timezone

from ..celery import send_quietly
from ..errors import MinutebookError
from ..hints import send_hint
from ..inference_client import InferenceBroken, InferenceClient
from ..logs import log_job
from ..models import Job, Meeting, Recording, Segment
from .context import StepCancelled, StepContext

logger = logging.getLogger(__name__)

# False: this much is done, more will come (only `live_notes` says so).
Step = Callable[[Meeting, StepContext], bool | None]
Send = Callable[[int], None]

ORDER = list(Job.Step)
# How long a job waits after a retryable error. Beat looks every ten seconds.
RETRY_AFTER_S = 5.0
# Breakdowns in a row, without getting any further, after which the recording and not the machine is taken for the cause.
MAX_SETBACKS = 5


def find_step(name: str) -> Step:
    """The function of a step: `meetings.pipeline.<name>.<name>`. Imported when needed: a worker that only converts loads no more."""
    return getattr(import_module(f".{name}", __package__), name)


STEPS: dict[Job.Step, Step] = {
    step: lambda meeting, ctx, step=step: find_step(step)(meeting, ctx) for step in ORDER
}


def send_job(job_id: int) -> None:
    """Put a job's number into the queue; without Redis the row stays queued, and `requeue_lost_jobs` sends it later."""
    send_quietly("run_job", job_id)


def _send_on_commit(job: Job, send: Send) -> None:
    transaction.on_commit(lambda: send(job.pk))


def start_pipeline(meeting: Meeting, *, send: Send = send_job) -> None:
    """Make the jobs of a meeting (once, however often it is called) and send the first. In one transaction with the caller's rows."""
    with transaction.atomic():
        steps = Job.Step.of_uploads()
        if meeting.segments.filter(engine=Segment.Engine.LIVE).exists():
            steps.insert(0, Job.Step.LIVE_NOTES)
        jobs = [Job(meeting=meeting, step=step) for step in steps]
        Job.objects.bulk_create(jobs, ignore_conflicts=True)
        queue_next(meeting, send=send)


def queue_next(meeting: Meeting, *, send: Send = send_job) -> Job | None:
    """Queue the first step that is not done, when it waits and nothing stands before it. None: nothing to queue.

    After `ingest`, a recording that is there already waits for a person to say "keep both".
    """
    job = find_open_job(meeting)
    if job is None or job.state != Job.State.WAITING:
        return None
    is_duplicate = Recording.objects.filter(meeting=meeting, duplicate_of__isnull=False).exists()
    if (is_duplicate and job.step != Job.Step.INGEST) or not job.queue():
        return None
    _send_on_commit(job, send)
    return job


def find_open_job(meeting: Meeting) -> Job | None:
    """The first step that is not done; None when all are."""
    jobs = {job.step: job for job in meeting.jobs.exclude(state=Job.State.DONE)}
    return next((jobs[step] for step in ORDER if step in jobs), None)


def cancel_pipeline(meeting: Meeting) -> None:
    """Stop the work on a meeting; what was made so far is kept."""
    for job in meeting.jobs.all():
        job.cancel()
    send_hint(meeting, "jobs")


def retry_job(job: Job, *, send: Send = send_job) -> bool:
    """Try a failed or cancelled step again and let the later ones go on. False: there was nothing to try again.

    When an earlier step is not done either, that one is tried.
    """
    with transaction.atomic():
        first = find_open_job(job.meeting)
        if first is None or ORDER.index(first.step) > ORDER.index(job.step):
            return False
        if first.state not in (Job.State.FAILED, Job.State.CANCELLED) or not first.queue():
            return False
        for later in job.meeting.jobs.filter(state=Job.State.CANCELLED):
            later.wait_again()
        _send_on_commit(first, send)
    send_hint(job.meeting, "jobs")
    return True


def tell_apart_again(meeting: Meeting, *, send: Send = send_job) -> bool:
    """Do the step of the voices once more; what comes after it stays done. False: work is under way, or it was never done."""
    return do_again(meeting, Job.Step.DIARIZE, send=send)


def do_again(meeting: Meeting, *steps: str, send: Send = send_job) -> bool:
    """Do these steps once more. False: work is under way, or one of them was never done; nothing changed."""
    with transaction.atomic():
        jobs = list(meeting.jobs.filter(step__in=steps))
        if len(jobs) < len(steps) or find_open_job(meeting) is not None:
            return False
        if not all([job.do_again() for job in jobs]):
            transaction.set_rollback(True)
            return False
        queue_next(meeting, send=send)
    send_hint(meeting, "jobs")
    return True


def keep_both(meeting: Meeting, *, send: Send = send_job) -> None:
    """The person wants this meeting although the same recording is there already: the pipeline goes on."""
    with transaction.atomic():
        recording = meeting.recording
        recording.duplicate_of = None
        recording.save(update_fields=["duplicate_of"])
        queue_next(meeting, send=send)
    send_hint(meeting, "meeting", "jobs")


def run_step(
    job_id: int,
    *,
    client: InferenceClient | None = None,
    send: Send = send_job,
    watch: Callable[[Job], None] = lambda job: None,
) -> bool:
    """Claim the job, do its step, end it, queue the next. False: it is not due, somebody else has it, or it is gone.

    `watch` sees the job each time it tells how far it is.
    """
    job = Job.objects.select_related("meeting__recording").filter(pk=job_id).first()
    if job is None or (job.not_before and job.not_before > timezone.now()) or not job.claim():
        return False
    with log_job(job.pk), contextlib.ExitStack() as stack:
        client = client or stack.enter_context(InferenceClient())
        _work(StepContext(client=client, job=job, watch=watch), send)
    return True


def _work(ctx: StepContext, send: Send) -> None:
    job = ctx.job
    logger.info("step %s, attempt %s", job.step, job.attempt)
    try:
        with ctx.heartbeat():
            is_over = STEPS[job.step](job.meeting, ctx) is not False
        _end_well(job, send, is_over=is_over)
    except StepCancelled:
        # Cancelled by a person; or given to somebody else, then this changes no row.
        job.mark_cancelled()
        logger.info("step %s was taken away", job.step)
    except MinutebookError as error:
        _end_badly(job, error)
    except OperationalError as error:
        # The database was away or locked for too long. If it still is, this raises too, and the lease runs out.
        _end_badly(job, InferenceBroken("The database did not answer in time.", code="database_busy"))
        logger.warning("step %s: database error %s", job.step, type(error).__name__)
    except Exception as error:
        _log_unexpected(job, error)
        _end_badly(job, MinutebookError())
    ctx.flush_hints("jobs", "meeting")


def _end_well(job: Job, send: Send, *, is_over: bool) -> None:
    """Finish (or wait) and queue the next in one transaction, so that no crash can fall between."""
    with transaction.atomic():
        if not (job.finish() if is_over else job.wait_for_more()):
            raise StepCancelled
        # Not over means that a meeting still runs; its other steps are made when it is stopped.
        if is_over or job.meeting.jobs.exclude(pk=job.pk).exists():
            queue_next(job.meeting, send=send)


def queue_live_notes(meeting: Meeting, *, send: Send = send_job) -> bool:
    """Let a worker draft what is finished of a meeting that still runs. False: somebody is at it, or it is done."""
    with transaction.atomic():
        job, _ = Job.objects.get_or_create(meeting=meeting, step=Job.Step.LIVE_NOTES)
        if job.state != Job.State.WAITING or not job.queue():
            return False
        _send_on_commit(job, send)
    return True


def _end_badly(job: Job, error: MinutebookError) -> None:
    setback = isinstance(error, InferenceBroken)
    if error.retryable and not (setback and job.setbacks + 1 >= MAX_SETBACKS):
        job.postpone(code=error.code, text=error.text, seconds=RETRY_AFTER_S, setback=setback)
        logger.info("step %s waits: %s", job.step, error.code)
    else:
        job.fail(code=error.code, text=error.text)
        logger.warning("step %s failed: %s", job.step, error.code)


def _log_unexpected(job: Job, error: Exception) -> None:
    """Where it happened, not what: an exception's own words may hold what was said."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    logger.error("step %s: %s at %s", job.step, type(error).__name__, where)
