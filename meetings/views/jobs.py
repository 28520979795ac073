"""What a person does to work in progress: stop it, try one step again, keep a recording that is there already."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ..access import Access, get_job, get_meeting
from ..pipeline import steps


@require_POST
def cancel(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Stop all work on a meeting; what was made is kept."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    steps.cancel_pipeline(meeting)
    return _answer(request, meeting_id)


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """Try a failed or cancelled step again. Pressed twice, the second changes nothing."""
    job = get_job(request.user, job_id, need=Access.EDIT)
    steps.retry_job(job)
    return _answer(request, job.meeting_id)


@require_POST
def keep_both(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The same recording again, on purpose."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    steps.keep_both(meeting)
    return _answer(request, meeting_id)


def _answer(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """htmx: nothing to swap, the hint makes the page look again. Without JavaScript: back to the meeting."""
    if request.htmx:
        return HttpResponse(
            status=204, headers={"HX-Trigger": '{"minutebook:changed": {"what": "jobs meeting"}}'}
        )
    return redirect("meeting", meeting_id)
