"""Questions about one meeting, or about all that a person may see: asking, the list with its answers, deleting."""

from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ..access import get_meeting, get_question
from ..ask.work import QuestionRefused, ask
from ..models import Answer, Meeting, Question, Segment
from ..reading import make_chips

MOST_SHOWN = 50


def describe_questions(request: HttpRequest, meeting: Meeting | None) -> dict:
    """This person's questions, the newest first, each with the moments it rests on; four queries. Without a meeting: those over all."""
    visible = Meeting.objects.visible_to(request.user)
    answers = Prefetch("answers", Answer.objects.filter(meeting__in=visible).select_related("meeting"))
    asked = Question.objects.asked_by(request.user).filter(meeting=meeting).prefetch_related(answers)
    questions = list(asked[:MOST_SHOWN])
    wanted = {pk for one in questions for answer in one.answers.all() for pk in answer.segment_ids}
    rows = (
        Segment.objects.filter(meeting__in=visible).select_related("speaker").defer("words").in_bulk(wanted)
    )
    return {
        "meeting": meeting,
        "asked": [
            {"question": one, "answers": [_find_moments(answer, rows) for answer in one.answers.all()]}
            for one in questions
        ],
        "waiting": any(one.state == Question.State.WAITING for one in questions),
        "max_chars": Question.MAX_CHARS,
        "ask_url": reverse("questions", args=[meeting.pk]) if meeting else reverse("ask"),
    }


def _find_moments(answer: Answer, rows: dict[int, Segment]) -> dict:
    segments = [
        row for pk in answer.segment_ids if (row := rows.get(pk)) and row.meeting_id == answer.meeting_id
    ]
    return {"answer": answer, "chips": make_chips(segments), "segments": segments}


@require_http_methods(["GET", "POST"])
def questions(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """GET: the list. POST: a `question`; what cannot be asked is answered with a sentence and 422."""
    found = get_meeting(request.user, meeting_id)
    problem = _ask(request, found)
    if request.method == "POST" and not problem and not request.htmx:
        return _go_back(found)
    return _render_list(request, found, problem=problem)


@require_http_methods(["GET", "POST"])
def ask_everything(request: HttpRequest) -> HttpResponse:
    """The page of questions over all meetings this person may see; as fragment, and asked, like those of one meeting."""
    problem = _ask(request, None)
    if request.htmx:
        return _render_list(request, None, problem=problem)
    if request.method == "POST" and not problem:
        return _go_back(None)
    context = describe_questions(request, None) | {"problem": problem}
    return render(request, "ask.html", context, status=422 if problem else 200)


@require_POST
def delete_question(request: HttpRequest, question_id: int) -> HttpResponse:
    question = get_question(request.user, question_id)
    question.delete()
    return _render_list(request, question.meeting) if request.htmx else _go_back(question.meeting)


def _ask(request: HttpRequest, meeting: Meeting | None) -> str:
    """A sentence where it cannot be asked."""
    if request.method == "POST":
        try:
            ask(meeting, request.POST.get("question", ""), by=request.user)
        except QuestionRefused as error:
            return error.text
    return ""


def _render_list(request: HttpRequest, meeting: Meeting | None, *, problem: str = "") -> HttpResponse:
    context = describe_questions(request, meeting) | {"problem": problem}
    return render(request, "_ask.html", context, status=422 if problem else 200)


def _go_back(meeting: Meeting | None) -> HttpResponse:
    return redirect(reverse("meeting", args=[meeting.pk]) + "?tab=ask" if meeting else "ask")
