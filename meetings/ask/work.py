"""Questions that wait, one after the other."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext

from django.db import transaction

from ..celery import send_quietly
from ..errors import MinutebookError
from ..hints import send_hint
from ..inference_client import InferenceClient
from ..models import Answer, Meeting, Question, User
from ..notes.lines import load_lines
from ..notes.model import Writer, choose_model
from .answer import answer_question
from .find import list_about
from .meetings import find_meetings

logger = logging.getLogger(__name__)

# How often what is being written goes to the database, where the page looks for it.
DRAFT_EVERY_S = 0.4
FOLLOWS_WITHIN = dt.timedelta(minutes=15)


class QuestionRefused(MinutebookError):
    """Not retryable: the words are the person's to change."""

    code = "question_empty"
    text = "Type a question of up to 500 characters."


def send_answering() -> None:
    """Let a worker answer what waits."""
    send_quietly("answer_questions")


def ask(
    meeting: Meeting | None, text: str, *, by: User, send: Callable[[], None] = send_answering
) -> Question:
    """Keep the question, about one meeting or (None) all this person may see, and let a worker answer it. Raises QuestionRefused."""
    text = " ".join(text.replace("\0", " ").split())
    if not text or len(text) > Question.MAX_CHARS:
        raise QuestionRefused
    question = Question.objects.create(meeting=meeting, asked_by=by, text=text)
    transaction.on_commit(send)
    return question


def answer_waiting_questions(*, client: InferenceClient | None = None) -> int:
    """How many were answered. While the server is away they wait."""
    # Somebody looks at the page: ahead of notes that are being made, behind captions of people who speak.
    with nullcontext(client) if client else InferenceClient(priority="interactive") as opened:
        count = 0
        for question in Question.objects.waiting().order_by("pk"):
            if not question.claim():
                continue
            try:
                count += question.finish(list(_answer(question, client=opened)))
            except MinutebookError as error:
                if error.retryable:
                    question.give_back()
                    logger.info("questions wait: %s", error.code)
                    return count
                question.fail(code=error.code)
            if question.meeting:
                send_hint(question.meeting, "jobs")
        return count


def complete(question: Question) -> str:
    """The text to answer: one that only asks ("And until when?") goes on from the question before it, if that was a moment ago."""
    language = question.meeting.language if question.meeting else ""
    if list_about(question.text, language=language or "en"):
        return question.text
    earlier = Question.objects.filter(
        asked_by=question.asked_by,
        meeting=question.meeting,
        created_at__gte=question.created_at - FOLLOWS_WITHIN,
        pk__lt=question.pk,
    )
    before = earlier.order_by("-pk").first()
    return f"{before.text} {question.text}" if before else question.text


def _answer(question: Question, *, client: InferenceClient) -> Iterable[Answer]:
    """What each meeting says; nothing of one that does not say it. Who asks may see no other."""
    text = complete(question)
    visible = Meeting.objects.visible_to(question.asked_by)
    meetings = (
        visible.filter(pk=question.meeting_id)
        if question.meeting_id
        else find_meetings(question.asked_by, text, client=client)
    )
    writer = None
    for meeting in meetings:
        writer = writer or Writer(client=client, model=choose_model(client))
        reply = answer_question(
            text,
            load_lines(meeting, by_ear=True),
            client=client,
            writer=writer,
            language=meeting.language or "en",
            watch=_Draft(question),
        )
        if reply.kind != "unsaid":
            yield Answer(meeting=meeting, kind=reply.kind, text=reply.text, segment_ids=reply.segment_ids)


class _Draft:
    """Shows what is being written, now and then."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.shown_at = 0.0

    def __call__(self, text: str) -> None:
        if text and time.monotonic() - self.shown_at >= DRAFT_EVERY_S:
            self.shown_at = time.monotonic()
            self.question.show_draft(text)
