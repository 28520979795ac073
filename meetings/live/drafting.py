"""Which running meetings have a window of captions that can be drafted now; looked for by beat."""

from django.db.models import Max, Q

from ..models import Job, Segment, Take
from ..notes.live_windows import WINDOW_MS
from ..pipeline.steps import Send, queue_live_notes, queue_next, send_job


def draft_running_meetings(*, send: Send = send_job) -> int:
    """Queue the notes of meetings with enough new captions; how many. Two queries, and some for each that is queued."""
    captions = Max("meeting__segments__end_ms", filter=Q(meeting__segments__engine=Segment.Engine.LIVE))
    rows = Take.objects.filter(state=Take.State.RECORDING).annotate(heard_ms=captions)
    running = {take.meeting_id: take for take in rows.exclude(heard_ms=None).select_related("meeting")}
    drafted = Job.objects.filter(step=Job.Step.LIVE_NOTES, meeting__in=running)
    done_ms = dict(drafted.values_list("meeting_id", "done_ms"))
    queued = 0
    for meeting_id, take in running.items():
        if take.heard_ms - done_ms.get(meeting_id, 0) >= WINDOW_MS:
            queued += queue_live_notes(take.meeting, send=send)
    # Stopped in the very moment in which a worker put the job back to wait: nobody else would send it.
    left = Job.objects.filter(step=Job.Step.LIVE_NOTES, state=Job.State.WAITING)
    for job in left.filter(meeting__jobs__step=Job.Step.INGEST).select_related("meeting"):
        queue_next(job.meeting, send=send)
    return queued
