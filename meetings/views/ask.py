"""Questions about one meeting: asking, the list with its answers, deleting."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ..access import get_meeting, get_question
from ..ask.work import QuestionRefused, ask
from ..models import Meeting, Question
from ..reading import make_chips

MOST_SHOWN = 50


def describe_questions(request: HttpRequest, meeting: Meeting) -> dict:
    """This person's questions, the newest first, each with the moments it rests on; three queries."""
    questions = list(Question.objects.asked_by(request.user).filter(meeting=meeting)[:MOST_SHOWN])
    wanted = {pk for question in questions for pk in question.segment_ids}
    rows = meeting.segments.select_related("speaker").in_bulk(wanted)
    asked = []
    for question in questions:
        segments = [rows[pk] for pk in question.segment_ids if pk in rows]
        asked.append({"question": question, "chips": make_chips(segments), "segments": segments})
    waiting = any(question.state == Question.State.WAITING for question in questions)
    return {"meeting": meeting, "asked": asked, "waiting": waiting, "max_chars": Question.MAX_CHARS}


@require_http_methods(["GET", "POST"])
def questions(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """GET: the list. POST: a `question`; what cannot be asked is answered with a sentence and 422."""
    found = get_meeting(request.user, meeting_id)
    problem = ""
    if request.method == "POST":
        try:
            ask(found, request.POST.get("question", ""), by=request.user)
        except QuestionRefused as error:
            problem = error.text
        if not problem and not request.htmx:
            return redirect(reverse("meeting", args=[found.pk]) + "?tab=ask")
    context = describe_questions(request, found) | {"problem": problem}
    return render(request, "_ask.html", context, status=422 if problem else 200)


@require_POST
def delete_question(request: HttpRequest, question_id: int) -> HttpResponse:
    question = get_question(request.user, question_id)
    question.delete()
    if not request.htmx:
        return redirect(reverse("meeting", args=[question.meeting_id]) + "?tab=ask")
    return render(request, "_ask.html", describe_questions(request, question.meeting))
