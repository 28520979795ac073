"""Give a voice its name, or a line another voice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Access, get_segment, get_speaker
from ..consumers import send_hint
from ..forms import SpeakerForm
from ..models import Segment
from ..transcript_html import render_segments


@require_http_methods(["GET", "POST"])
def speaker(request: HttpRequest, speaker_id: int) -> HttpResponse:
    """The name everywhere in this meeting; empty takes it away again. GET with `segment` also offers to change that line alone."""
    found = get_speaker(request.user, speaker_id, need=Access.EDIT)
    form = SpeakerForm(request.POST or None, initial={"name": found.name or found.suggested_name})
    if request.method == "POST" and form.is_valid():
        found.name = form.cleaned_data["name"]
        found.save(update_fields=["name"])
        send_hint(found.meeting, "speakers", "notes", "meeting")
        return (
            redirect("meeting", found.meeting_id) if not request.htmx else _changed("speakers notes meeting")
        )
    segment_id = request.GET.get("segment", "")
    context = {
        "speaker": found,
        "meeting": found.meeting,
        "form": form,
        "segment": found.segments.filter(pk=segment_id).first() if segment_id.isdecimal() else None,
        "others": found.meeting.speakers.exclude(pk=found.pk),
        "line_count": found.segments.count(),
    }
    return render(request, "speaker.html", context, status=422 if form.errors else 200)


def _changed(what: str) -> HttpResponse:
    """Nothing to show: the page looks again at what changed."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = f'{{"minutebook:changed": {{"what": "{what}"}}}}'
    return response


@require_POST
def assign_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """This line was said by somebody else. Answers with the row as it is now."""
    segment = get_segment(request.user, segment_id, need=Access.EDIT)
    chosen = request.POST.get("speaker", "")
    if not chosen.isdecimal():
        return HttpResponse("speaker: a number", status=400)
    segment.speaker = get_object_or_404(segment.meeting.speakers, pk=chosen)
    segment.save(update_fields=["speaker"])
    send_hint(segment.meeting, "meeting")
    return HttpResponse(render_segments(Segment.objects.filter(pk=segment.pk)))
