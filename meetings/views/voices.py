"""Lines given to another voice, a line split, changes taken back, and who said what as numbers for the page."""

import json
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import Access, get_meeting, get_segment, get_speaker_change
from ..forms import LinesForm, SplitForm
from ..hints import send_hint
from ..models import Meeting, Segment, SpeakerChange
from ..reading import describe_voices
from ..voices.change import assign_lines as assign
from ..voices.change import list_split_words, split_line
from ..voices.errors import VoiceChangeRefused
from ..voices.rename import find_voice
from ..voices.suggest import list_names
from ..voices.talk import measure_talk
from ..voices.undo import undo_change


def answer_change(
    request: HttpRequest, meeting: Meeting, change: SpeakerChange | None, *, text: str = "Nothing to change."
) -> HttpResponse:
    """Nothing to swap: the page looks again, and offers the way back. Without JavaScript: the meeting. `text`: what is said without a change."""
    undo = reverse("undo_speaker_change", args=[change.pk]) if change else ""
    return _answer(request, meeting, text=change.sentence if change else text, undo=undo)


def _answer(request: HttpRequest, meeting: Meeting, *, text: str, undo: str = "") -> HttpResponse:
    send_hint(meeting, "speakers", "notes", "meeting")
    if not request.htmx:
        messages.success(request, text)
        return redirect("meeting", meeting.pk)
    events = {
        "minutebook:changed": {"what": "speakers notes meeting"},
        "minutebook:done": {"text": text, "undo": undo},
    }
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def refuse(request: HttpRequest, meeting: Meeting, error: VoiceChangeRefused) -> HttpResponse:
    """What could not be done, as a message; the page looks at what is there now."""
    if not request.htmx:
        messages.error(request, error.text)
        return redirect("meeting", meeting.pk)
    events = {
        "minutebook:changed": {"what": "speakers"},
        "minutebook:done": {"text": error.text, "isError": True},
    }
    return HttpResponse(status=409, headers={"HX-Trigger": json.dumps(events)})


@require_GET
def voices(request: HttpRequest, meeting_id: UUID) -> JsonResponse:
    """Which voice each line has, small enough to be asked for after every change."""
    return JsonResponse(describe_voices(get_meeting(request.user, meeting_id)))


@require_GET
def talk(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Who spoke how much, as a table with bars."""
    return render(request, "_talk.html", {"talks": measure_talk(get_meeting(request.user, meeting_id))})


@require_http_methods(["GET", "POST"])
def assign_lines(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The lines from `first` to `last`, or with `only` (a voice's id) those of them that are that voice's, were said by somebody else."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    asked = request.POST if request.method == "POST" else request.GET
    lines = find_lines(meeting, asked.get("first", ""), asked.get("last", ""))
    if lines is None:
        return HttpResponseBadRequest("first, last: ids of lines of this meeting")
    form = LinesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        only = asked.get("only", "")
        chosen = lines.filter(speaker=int(only)) if only.isascii() and only.isdigit() else lines
        name = form.cleaned_data["name"]
        change = assign(meeting, chosen, to=find_voice(meeting, name) or name, by=request.user)
        return answer_change(request, meeting, change)
    context = {
        "meeting": meeting,
        "form": form,
        "first": asked.get("first"),
        "last": asked.get("last"),
        "line_count": lines.count(),
        "voices": meeting.speakers.filter(segments__in=lines).distinct(),
        "names": list_names(meeting, user=request.user),
    }
    return render(request, "lines.html", context, status=422 if form.errors else 200)


def find_lines(meeting: Meeting, first: str, last: str) -> QuerySet[Segment] | None:
    """Both ends included, in the order of the page; None when an end is no line of this meeting."""
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        return None
    ends = dict(meeting.segments.filter(pk__in=[first, last]).values_list("pk", "start_ms"))
    if int(first) not in ends or int(last) not in ends:
        return None
    (low_ms, low), (high_ms, high) = sorted([(ends[int(first)], int(first)), (ends[int(last)], int(last))])
    after = Q(start_ms__gt=low_ms) | Q(start_ms=low_ms, pk__gte=low)
    before = Q(start_ms__lt=high_ms) | Q(start_ms=high_ms, pk__lte=high)
    return meeting.segments.filter(after, before)


@require_http_methods(["GET", "POST"])
def split_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """One line becomes two, at a word; the second may be another voice's."""
    segment = get_segment(request.user, segment_id, need=Access.EDIT)
    form = SplitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        segment.text = form.cleaned_data["seen"] or segment.text
        to = find_voice(segment.meeting, name) or name if name else None
        try:
            change = split_line(segment, at_word=form.cleaned_data["at_word"], to=to, by=request.user)
            return answer_change(request, segment.meeting, change)
        except VoiceChangeRefused as error:
            form.add_error(None, error.text)
            segment.refresh_from_db()
    words = list_split_words(segment)
    context = {
        "segment": segment,
        "meeting": segment.meeting,
        "form": form,
        "words": [word["w"].strip() for word in words],
        "at_word": form.cleaned_data.get("at_word") if form.is_bound else _guess_word(words),
        "names": list_names(segment.meeting, user=request.user),
    }
    return render(request, "split.html", context, status=422 if form.errors else 200)


def _guess_word(words: list[dict]) -> int:
    """After the first sentence, else in the middle."""
    ends = [i + 1 for i, word in enumerate(words[:-1]) if word["w"].strip().endswith((".", "?", "!"))]
    return ends[0] if ends else max(1, len(words) // 2)


@require_POST
def undo_speaker_change(request: HttpRequest, change_id: int) -> HttpResponse:
    change = get_speaker_change(request.user, change_id)
    try:
        undo_change(change, by=request.user)
    except VoiceChangeRefused as error:
        return refuse(request, change.meeting, error)
    return _answer(request, change.meeting, text="Taken back.")
