"""The Record page: set up, record, come back after a crash. Sound goes over the socket (`live/socket.py`), not through here."""

import contextlib
import datetime as dt
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import get_meeting, get_take
from ..carry_over import list_carried
from ..errors import MinutebookError
from ..forms import RecordForm
from ..live import takes
from ..live.watching import list_captions
from ..models import Take
from ..notes.live_windows import list_so_far

GROUPS = {
    "decision": "Decisions",
    "action": "Action items",
    "question": "Open questions",
    "risk": "Risks",
    "point": "Talked about",
}


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """GET: the page. POST: consent was confirmed; the take, as JSON for the page's script."""
    if request.method == "POST":
        return _start(request)
    takes_ = Take.objects.select_related("meeting", "user").order_by("-created_at")
    context = {
        "form": RecordForm(),
        "series_names": request.user.series.values_list("name", flat=True),
        "unfinished": list(takes_.unfinished_of(request.user)),
        "others": list(takes_.running_beside(request.user)),
        "take": None,
    }
    return render(request, "record.html", context)


def _start(request: HttpRequest) -> JsonResponse:
    form = RecordForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    data = form.cleaned_data
    try:
        take = takes.create_take(
            request.user,
            title=data["title"],
            language=data["language"],
            vocabulary=data["vocabulary"],
            series=data["series"],
            attendees=data["attendees"],
            channels=2 if data["share"] else 1,
        )
    except MinutebookError as error:
        return JsonResponse({"errors": {"__all__": [error.text]}, "code": error.code}, status=507)
    answer = {
        "id": take.pk,
        "key": take.key,
        "meeting": take.meeting_id,
        "user": take.user_id,
        "channels": take.channels,
        "title": take.meeting.title,
        "url": f"/record/{take.pk}/",
    }
    return JsonResponse(answer, status=201)


@require_GET
def take(request: HttpRequest, take_id: UUID) -> HttpResponse:
    """The same page for a recording that was interrupted; a finished one is its meeting's page."""
    found = get_take(request.user, take_id)
    if not found.is_recording:
        return redirect("meeting", found.meeting_id)
    context = {
        "form": RecordForm(),
        "take": found,
        "captions": list_captions(found.meeting),
        "own_notes": found.meeting.own_notes.all(),
    }
    return render(request, "record.html", context)


@require_POST
def stop(request: HttpRequest, take_id: UUID) -> HttpResponse:
    """Make the recording of what the server has: for a take whose browser is lost. Beat does it when somebody still writes."""
    found = get_take(request.user, take_id)
    # After an error it is stopped all the same; `close_abandoned_takes` finishes it.
    with contextlib.suppress(MinutebookError):
        takes.stop_take(found)
    return redirect("meeting", found.meeting_id)


@require_GET
def watch(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The captions of a meeting that is being recorded, for everybody who may read it."""
    meeting = get_meeting(request.user, meeting_id)
    found = Take.objects.filter(meeting=meeting).first()
    if found is None or not found.is_recording:
        return redirect("meeting", meeting.pk)
    return render(request, "watch.html", {"meeting": meeting, "captions": list_captions(meeting)})


@require_GET
def so_far(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """What stands in the notes of a meeting that still runs, and what earlier ones of its series left open."""
    meeting = get_meeting(request.user, meeting_id)
    lines = [
        {"item": item, "due_on": dt.date.fromisoformat(item.due_on) if item.due_on else None}
        for item in list_so_far(meeting)
    ]
    groups = [(title, [one for one in lines if one["item"].kind == kind]) for kind, title in GROUPS.items()]
    context = {
        "meeting": meeting,
        "carried": list_carried(meeting, user=request.user),
        "groups": [(title, found) for title, found in groups if found],
    }
    return render(request, "_so_far.html", context)
