"""What Celery runs: load, call, nothing else. Arguments are ids; running a task twice does no harm."""

import logging

from celery import shared_task

from . import deletion, uploads
from .ask.work import answer_waiting_questions
from .line_rewrite import rewrite_waiting_lines
from .live import drafting, takes
from .models import Job, Meeting
from .pipeline import seats, steps
from .search.index import catch_up
from .search.vectors import make_waiting_vectors
from .slides.describe import describe_slides as describe_any_slides
from .slides.place import place_slides as place_slides_of
from .slides.read import read_any_slides
from .voices.profiles import learn_waiting_voices

logger = logging.getLogger(__name__)


@shared_task
def run_job(job_id: int) -> None:
    """One step of the pipeline; a no-op when somebody else has it, it is not due, or too many are being done."""
    seats.run_seated(job_id)


@shared_task(ignore_result=True, expires=30)
def requeue_lost_jobs() -> None:
    """Give back what dead workers held, and send again what waits: postponed jobs that are due, and those whose message was lost."""
    for job in Job.objects.lost():
        if job.give_back():
            logger.warning("job %s was lost by its worker and is queued again", job.pk)
            steps.send_job(job.pk)
    for job in Job.objects.stuck_in_queue():
        if job.mark_sent():
            steps.send_job(job.pk)


@shared_task(ignore_result=True)
def delete_stale_uploads() -> None:
    """Unfinished uploads that nobody has touched for UPLOAD_EXPIRY_HOURS."""
    uploads.delete_stale_uploads()


@shared_task(ignore_result=True, expires=15)
def close_live_takes() -> None:
    """Live recordings that were left alone for LIVE_ABANDON_MINUTES, and those whose process died while it closed them."""
    takes.close_abandoned_takes()


@shared_task(ignore_result=True, expires=15)
def draft_live_meetings() -> None:
    """Windows of captions that are finished, of meetings that are being recorded."""
    drafting.draft_running_meetings()


@shared_task(ignore_result=True, expires=30)
def read_slides() -> None:
    """Slides that wait to be read; a no-op when there is none."""
    read_any_slides()


@shared_task(ignore_result=True, expires=30)
def describe_slides() -> None:
    """What slides show, where a model sees; a no-op when there is none, or none to describe."""
    describe_any_slides()


@shared_task(ignore_result=True)
def place_slides(meeting_id: str) -> None:
    """When the slides of a meeting were shown, by what was said; a no-op for a meeting that is gone."""
    if meeting := Meeting.objects.filter(pk=meeting_id).first():
        place_slides_of(meeting)


@shared_task(ignore_result=True, expires=30)
def answer_questions() -> None:
    """Questions that wait to be answered; a no-op when there is none."""
    answer_waiting_questions()


@shared_task(ignore_result=True, expires=30)
def rewrite_lines() -> None:
    """Lines of notes that wait to be made again; a no-op when there is none."""
    rewrite_waiting_lines()


@shared_task(ignore_result=True, expires=30)
def learn_voices() -> None:
    """Voices whose people agreed that they are learned; a no-op when there is none."""
    learn_waiting_voices()


@shared_task(ignore_result=True)
def erase_deleted_meetings() -> None:
    """Meetings whose time to be brought back is over."""
    deletion.erase_deleted_meetings()


@shared_task(ignore_result=True, expires=30)
def index_changed_meetings() -> None:
    """Make meetings that changed findable; a search does the same for what it needs."""
    catch_up(budget_s=20)


@shared_task(ignore_result=True, expires=30)
def make_search_vectors() -> None:
    """Let what changed be found by its meaning; a no-op when there is nothing."""
    make_waiting_vectors()
