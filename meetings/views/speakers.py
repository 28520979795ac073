"""Give a voice its name, everywhere or in some lines, and make two voices one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Access, get_speaker
from ..forms import SpeakerForm
from ..models import Segment, Speaker
from ..voices.change import merge_voices
from ..voices.errors import VoiceChangeRefused
from ..voices.naming import find_match
from ..voices.rename import SameName, find_voice, rename
from ..voices.suggest import list_names, list_samples
from .voices import answer_change, refuse


@require_http_methods(["GET", "POST"])
def speaker(request: HttpRequest, speaker_id: int) -> HttpResponse:
    """The name in all lines, from `segment` on, or in that line alone; empty takes it away again. With `same`, what to do with a name that
    another voice has: "merge" or "two"."""
    found = get_speaker(request.user, speaker_id, need=Access.EDIT)
    segment = _find_segment(found, request.POST.get("segment") or request.GET.get("segment", ""))
    form = SpeakerForm(
        request.POST or None, initial={"name": found.name or found.suggested_name, "seen": found.name}
    )
    other = None
    if request.method == "POST" and form.is_valid():
        try:
            change = rename(
                found, form.cleaned_data["name"], seen=form.cleaned_data["seen"], segment=segment,
                scope=request.POST.get("scope", "all"), same=request.POST.get("same", ""), by=request.user,
            )  # fmt: skip
            return answer_change(request, found.meeting, change)
        except SameName as error:
            other = find_voice(found.meeting, form.cleaned_data["name"], but=found)
            form.add_error("name", error.text)
        except VoiceChangeRefused as error:
            form.add_error("name", error.text)
            # The page shows what is there now; saving again is meant.
            found.refresh_from_db()
    return _render_dialog(request, found, segment=segment, form=form, other=other)


def _find_segment(speaker: Speaker, segment_id: str) -> Segment | None:
    is_number = segment_id.isascii() and segment_id.isdigit()
    return speaker.meeting.segments.filter(pk=segment_id).first() if is_number else None


def _render_dialog(request: HttpRequest, speaker: Speaker, *, segment, form, other) -> HttpResponse:
    lines = speaker.segments
    context = {
        "speaker": speaker,
        "meeting": speaker.meeting,
        "form": form,
        "same": other,
        "scope": request.POST.get("scope", "all"),
        "segment": segment,
        "match": find_match(speaker),
        "others": speaker.meeting.speakers.exclude(pk=speaker.pk),
        "line_count": lines.count(),
        "onward_count": lines.filter(start_ms__gte=segment.start_ms).count() if segment else 0,
        "names": list_names(speaker.meeting, user=request.user, speaker=speaker),
        "samples": list_samples(speaker),
        "seen": speaker.name,
    }
    return render(request, "speaker.html", context, status=422 if form.errors else 200)


@require_POST
def merge_speaker(request: HttpRequest, speaker_id: int) -> HttpResponse:
    """This voice is `into`'s."""
    found = get_speaker(request.user, speaker_id, need=Access.EDIT)
    chosen = request.POST.get("into", "")
    if not (chosen.isascii() and chosen.isdigit()):
        return HttpResponse("into: a number", status=400)
    into = get_object_or_404(found.meeting.speakers, pk=chosen)
    try:
        change = merge_voices(found, into=into, by=request.user)
    except VoiceChangeRefused as error:
        return refuse(request, found.meeting, error)
    return answer_change(request, found.meeting, change)
