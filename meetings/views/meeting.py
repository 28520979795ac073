"""One meeting: notes, transcript and player, and the fragments of them that are asked for again."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..access import Access, find_access, get_meeting
from ..carry_over import list_carried
from ..history import list_history
from ..models import ActionItem, Meeting
from ..progress import describe_progress
from ..reading import describe_axis, list_speakers, read_notes
from ..transcript_html import render_segments
from .ask import describe_questions
from .export import FORMATS
from .slides import describe_slides

TABS = ("notes", "transcript", "slides", "ask", "history")
# One answer with words is bounded; the page asks for what lies near the viewport.
MAX_WORDS_SEGMENTS = 200


def _context(request: HttpRequest, meeting: Meeting) -> dict:
    jobs = list(meeting.jobs.all())
    return {
        "meeting": meeting,
        "recording": getattr(meeting, "recording", None),
        "can_edit": find_access(request.user, meeting) >= Access.EDIT,
        "is_owner": meeting.owner_id == request.user.pk,
        "jobs": jobs,
        "progress": describe_progress(jobs),
        "export_formats": FORMATS,
    }


@require_GET
def meeting(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    found = get_meeting(request.user, meeting_id)
    tab = request.GET.get("tab", "notes")
    context = _context(request, found) | {"tab": tab if tab in TABS else "notes"}
    context["speakers"] = list_speakers(found)
    if context["tab"] == "history":
        context["history"] = list_history(found)
        return render(request, "meeting_history.html", context)
    if context["tab"] == "slides":
        return render(request, "meeting_slides.html", context | describe_slides(request, found))
    context["rows"] = _rows(found)
    if context["tab"] == "ask":
        return render(request, "meeting_ask.html", context | describe_questions(request, found))
    return render(request, "meeting.html", context | _read_notes(request, found))


def _read_notes(request: HttpRequest, found: Meeting) -> dict:
    carried = list_carried(found, user=request.user)
    items = ActionItem.objects.filter(pk__in=[line.item.pk for line in carried])
    editable = set(items.editable_by(request.user).values_list("pk", flat=True)) if carried else set()
    return {"notes": read_notes(found), "carried": carried, "carried_editable": editable}


def _rows(found: Meeting, *, after_id: int | None = None) -> str:
    segments = found.segments.in_order()
    return render_segments(segments.filter(pk__gt=after_id) if after_id else segments)


@require_GET
def progress(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The header's state of the work."""
    context = _context(request, get_meeting(request.user, meeting_id))
    return render(request, "meeting_frame.html#progress", context)


@require_GET
def head(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Title, day, length, speakers and buttons."""
    found = get_meeting(request.user, meeting_id)
    context = _context(request, found) | {"speakers": list_speakers(found)}
    return render(request, "_meeting_head.html", context)


@require_GET
def notes(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    found = get_meeting(request.user, meeting_id)
    return render(request, "_notes.html", _context(request, found) | _read_notes(request, found))


@require_GET
def transcript(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """All segments, or with `after` (a segment's id) only those that were added since, while the recogniser runs."""
    found = get_meeting(request.user, meeting_id)
    after = request.GET.get("after", "")
    if (after and not after.isascii()) or (after and not after.isdigit()):
        return HttpResponseBadRequest("after: a whole number")
    return HttpResponse(_rows(found, after_id=int(after) if after else None))


@require_GET
def player(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    return render(request, "_player.html", _context(request, get_meeting(request.user, meeting_id)))


@require_GET
def axis(request: HttpRequest, meeting_id: UUID) -> JsonResponse:
    """What is drawn under the waveform."""
    return JsonResponse(describe_axis(get_meeting(request.user, meeting_id)))


@require_GET
def words(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """`{"<segment id>": [[start_ms, end_ms, word], …]}` of the segments that touch `from`..`to` (milliseconds)."""
    found = get_meeting(request.user, meeting_id)
    try:
        from_ms, to_ms = int(request.GET.get("from", "")), int(request.GET.get("to", ""))
    except ValueError:
        return HttpResponseBadRequest("from, to: whole numbers of milliseconds")
    segments = found.segments.filter(end_ms__gte=from_ms, start_ms__lte=to_ms).in_order()
    rows = segments.values_list("pk", "words")[:MAX_WORDS_SEGMENTS]
    return JsonResponse({pk: [[word["s"], word["e"], word["w"]] for word in said] for pk, said in rows})
