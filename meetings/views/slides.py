"""The slides of a meeting: the grid, adding, the pictures, taking away."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Access, find_access, get_meeting, get_slide
from ..errors import MinutebookError
from ..models import Meeting
from ..slides.add import add_slides
from .files import serve_file


def describe_slides(request: HttpRequest, meeting: Meeting) -> dict:
    """What the grid shows."""
    slides = list(meeting.slides.shown())
    return {
        "meeting": meeting,
        "slides": slides,
        "unread": any(slide.state == slide.State.WAITING for slide in slides),
        "can_edit": find_access(request.user, meeting) >= Access.EDIT,
    }


@require_http_methods(["GET", "POST"])
def slides(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """GET: the grid. POST: add a `file`; what cannot be used is answered with a sentence and 422."""
    if request.method == "GET":
        found = get_meeting(request.user, meeting_id)
        return render(request, "_slides.html", describe_slides(request, found))
    found = get_meeting(request.user, meeting_id, need=Access.EDIT)
    problem = "Choose an image, a PDF or a PPTX deck." if "file" not in request.FILES else ""
    if not problem:
        try:
            add_slides(found, request.FILES["file"], by=request.user)
        except MinutebookError as error:
            problem = error.text
    if not problem and not request.htmx and request.headers.get("X-Slides") != "grid":
        return redirect(reverse("meeting", args=[found.pk]) + "?tab=slides")
    context = describe_slides(request, found) | {"problem": problem}
    return render(request, "_slides.html", context, status=422 if problem else 200)


@require_safe
def slide_image(request: HttpRequest, slide_id: int) -> HttpResponseBase:
    """The picture as PNG; it was drawn anew by us, so it is nothing else."""
    return serve_file(request, get_slide(request.user, slide_id).image_key, content_type="image/png")


@require_POST
def remove_slide(request: HttpRequest, slide_id: int) -> HttpResponse:
    """Take it away; with `undo` put it back."""
    slide = get_slide(request.user, slide_id, need=Access.EDIT)
    slide.remove(undo="undo" in request.POST)
    if not request.htmx:
        return redirect(reverse("meeting", args=[slide.meeting_id]) + "?tab=slides")
    context = describe_slides(request, slide.meeting)
    return render(request, "_slides.html", context | {"removed": None if "undo" in request.POST else slide})
