"""Who may take a worker's thread: recordings all but one, so that what people wait for never waits for a long recording.

upload's step ─▶ a seat free? ─yes─▶ run ─▶ seat given back ─▶ the step that waits longest is sent again
                      └──no──▶ stays queued in the database
notes of a live meeting ─▶ run at once
"""

import threading
from collections.abc import Callable

from django.conf import settings

from ..models import Job
from .steps import Send, run_step, send_job

_seats = threading.BoundedSemaphore(settings.WORKERS)


def run_seated(
    job_id: int,
    *,
    run: Callable[[int], bool] = run_step,
    send: Send = send_job,
    seats: threading.Semaphore = _seats,
) -> None:
    """Run a step, unless `settings.WORKERS` recordings are being worked on in this process; then it is sent again when one of them has done its step."""
    if Job.objects.filter(pk=job_id, step=Job.Step.LIVE_NOTES).exists():
        run(job_id)
        return
    if not seats.acquire(blocking=False):
        return
    try:
        was_due = run(job_id)
    finally:
        seats.release()
    if was_due and (waiting := Job.objects.waiting_for_a_worker().first()):
        send(waiting.pk)
