"""Correct what the recogniser wrote, see what it said before, take it back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from ..access import Access, find_access, get_segment
from ..forms import SegmentForm
from ..hints import send_hint
from ..models import Segment
from ..transcript_html import render_segments


def _answer(segment: Segment) -> HttpResponse:
    send_hint(segment.meeting, "notes")
    return HttpResponse(render_segments(Segment.objects.filter(pk=segment.pk)))


@require_POST
def edit_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Answers with the row as it is now."""
    segment = get_segment(request.user, segment_id, need=Access.EDIT)
    form = SegmentForm(request.POST)
    if not form.is_valid():
        return HttpResponse("A line cannot be empty or longer than 5,000 characters.", status=422)
    text = " ".join(form.cleaned_data["text"].split())
    if text != segment.text:
        segment.edit_text(text, by=request.user)
    return _answer(segment)


@require_GET
def segment_history(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_segment(request.user, segment_id)
    revisions = segment.revisions.select_related("made_by")
    can_edit = find_access(request.user, segment.meeting) >= Access.EDIT
    return render(
        request, "segment_history.html", {"segment": segment, "revisions": revisions, "can_edit": can_edit}
    )


@require_POST
def restore_segment(request: HttpRequest, segment_id: int, revision_id: int) -> HttpResponse:
    """An earlier text becomes the text again; what it replaces is kept as well."""
    segment = get_segment(request.user, segment_id, need=Access.EDIT)
    revision = get_object_or_404(segment.revisions, pk=revision_id)
    segment.restore(revision, by=request.user)
    return _answer(segment)
