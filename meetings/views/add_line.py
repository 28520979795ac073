"""A line of the notes by hand, and segments of the transcript as its source or as one more source of a line."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ..access import Access, get_action_item, get_meeting, get_note_item
from ..hints import send_hint
from ..line_forms import CiteForm
from ..line_kind import add_line as add
from ..models import Meeting
from .voices import find_lines

MOST_SEGMENTS = 20


@require_http_methods(["GET", "POST"])
def add_line(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """With `first` and `last` (ids of segments, both included) these become sources of a line that there is, or of the new one."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    asked = request.POST if request.method == "POST" else request.GET
    first, last = asked.get("first", ""), asked.get("last", "")
    segments = find_lines(meeting, first, last) if first or last else meeting.segments.none()
    if segments is None:
        return HttpResponseBadRequest("first, last: ids of lines of this meeting")
    ids = list(segments.in_order().values_list("pk", flat=True)[:MOST_SEGMENTS])
    form = CiteForm(
        request.POST if request.method == "POST" else None, meeting=meeting, has_segments=bool(ids)
    )
    if request.method == "POST" and form.is_valid():
        _save(request, meeting, form.cleaned_data, ids=ids)
        send_hint(meeting, "notes")
        return HttpResponse(status=204) if request.htmx else redirect("meeting", meeting.pk)
    shown = segments.select_related("speaker").defer("words").in_order()[:MOST_SEGMENTS]
    context = {"meeting": meeting, "form": form, "segments": shown, "first": first, "last": last}
    return render(request, "add_line.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, meeting: Meeting, data: dict, *, ids: list[int]) -> None:
    kind, _, pk = data.get("line", "").partition("-")
    if not pk:
        add(meeting, data["kind"], data["text"], cites=ids, by=request.user)
        return
    get = get_action_item if kind == "action" else get_note_item
    item = get(request.user, int(pk), need=Access.EDIT)
    item.edit(by=request.user, cites=[*item.list_cited(), *ids])
