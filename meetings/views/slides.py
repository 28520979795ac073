"""The slides of a meeting: the grid, adding, the pictures, taking away."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Access, find_access, get_meeting, get_slide
from ..errors import MinutebookError
from ..export.clock import parse_clock
from ..export.escape import make_file_name
from ..hints import send_hint
from ..models import Meeting
from ..slides.add import add_slides
from ..slides.crop import CropRefused, crop_slide
from ..slides.download import make_pdf
from ..slides.place import move_slide
from ..slides.structure import lay_out
from .files import serve_file


def describe_slides(request: HttpRequest, meeting: Meeting) -> dict:
    """What the grid shows."""
    slides = list(meeting.slides.shown())
    return {
        "meeting": meeting,
        "slides": [(slide, lay_out(slide)) for slide in slides],
        "unread": any(slide.state == slide.State.WAITING for slide in slides),
        "can_edit": find_access(request.user, meeting) >= Access.EDIT,
    }


@require_http_methods(["GET", "POST"])
def slides(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """GET: the grid. POST: add a `file`, with `shown_ms` and `screen` when it is from a meeting that is being recorded; what cannot be used is
    answered with a sentence and 422."""
    if request.method == "GET":
        found = get_meeting(request.user, meeting_id)
        return render(request, "_slides.html", describe_slides(request, found))
    found = get_meeting(request.user, meeting_id, need=Access.EDIT)
    problem = "Choose an image, a PDF or a PPTX deck." if "file" not in request.FILES else ""
    if not problem:
        try:
            added = add_slides(
                found,
                request.FILES["file"],
                by=request.user,
                shown_ms=_read_ms(request.POST.get("shown_ms", "")),
                from_screen="screen" in request.POST,
            )
        except MinutebookError as error:
            problem = error.text
    if request.headers.get("X-Slides") == "record":
        answer = {"problem": problem} if problem else {"remove": reverse("remove_slide", args=[added[0].pk])}
        return JsonResponse(answer, status=422 if problem else 201)
    if not problem and not request.htmx and request.headers.get("X-Slides") != "grid":
        return redirect(reverse("meeting", args=[found.pk]) + "?tab=slides")
    context = describe_slides(request, found) | {"problem": problem}
    return render(request, "_slides.html", context, status=422 if problem else 200)


def _read_ms(text: str) -> int | None:
    """None for everything that is no time."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@require_safe
def slide_image(request: HttpRequest, slide_id: int) -> HttpResponseBase:
    """The picture as PNG; it was drawn anew by us, so it is nothing else."""
    return serve_file(request, get_slide(request.user, slide_id).image_key, content_type="image/png")


@require_POST
def slide_time(request: HttpRequest, slide_id: int) -> HttpResponse:
    """Set when it was shown: `at` as m:ss (empty: the words may say), or `at_ms` from the player. What is no time is answered with 422."""
    slide = get_slide(request.user, slide_id, need=Access.EDIT)
    typed, dragged = request.POST.get("at", "").strip(), request.POST.get("at_ms", "")
    at_ms = _read_ms(dragged)
    at_ms = parse_clock(typed) if at_ms is None else at_ms
    problem = (
        "" if at_ms is not None or not (typed or dragged) else "Type the time as m:ss, for example 1:40."
    )
    if not problem:
        move_slide(slide, at_ms)
    return _show_slides(request, slide.meeting, problem=problem)


@require_POST
def crop(request: HttpRequest, slide_id: int) -> HttpResponse:
    """Show a part: `left`, `top`, `right`, `bottom` in percent of the whole picture. What is no part is answered with 422."""
    slide = get_slide(request.user, slide_id, need=Access.EDIT)
    problem = ""
    try:
        edges = {name: float(request.POST.get(name, "")) for name in ("left", "top", "right", "bottom")}
        crop_slide(slide, **edges)
    except ValueError:
        problem = CropRefused.text
    except CropRefused as error:
        problem = error.text
    return _show_slides(request, slide.meeting, problem=problem)


def _show_slides(request: HttpRequest, meeting: Meeting, *, problem: str = "", **more) -> HttpResponse:
    """The grid as it is now, or, without htmx, the way to it."""
    if not request.htmx:
        return redirect(reverse("meeting", args=[meeting.pk]) + "?tab=slides")
    context = describe_slides(request, meeting) | {"problem": problem} | more
    return render(request, "_slides.html", context, status=422 if problem else 200)


@require_safe
def slides_pdf(request: HttpRequest, meeting_id: UUID) -> HttpResponseBase:
    """All slides as one PDF, a page each."""
    found = get_meeting(request.user, meeting_id)
    name = make_file_name(found.title, day=found.held_on, suffix="slides.pdf")
    return FileResponse(make_pdf(found), as_attachment=True, filename=name, content_type="application/pdf")


@require_POST
def remove_slide(request: HttpRequest, slide_id: int) -> HttpResponse:
    """Take it away; with `undo` put it back."""
    slide = get_slide(request.user, slide_id, need=Access.EDIT)
    slide.remove(undo="undo" in request.POST)
    send_hint(slide.meeting, "slides")
    return _show_slides(request, slide.meeting, removed=None if "undo" in request.POST else slide)
