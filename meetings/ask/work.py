"""Questions that wait, one after the other."""

import logging
from collections.abc import Callable

from django.db import transaction

from ..celery import send_quietly
from ..consumers import send_hint
from ..errors import MinutebookError
from ..inference_client import InferenceClient
from ..models import Meeting, Question, User
from ..pipeline.notes.lines import load_lines
from ..pipeline.notes.model import Writer, choose_model
from .answer import answer_question

logger = logging.getLogger(__name__)


class QuestionRefused(MinutebookError):
    """Not retryable: the words are the person's to change."""

    code = "question_empty"
    text = "Type a question of up to 500 characters."


def send_answering() -> None:
    """Let a worker answer what waits."""
    send_quietly("answer_questions")


def ask(meeting: Meeting, text: str, *, by: User, send: Callable[[], None] = send_answering) -> Question:
    """Keep the question and let a worker answer it. Raises QuestionRefused."""
    text = " ".join(text.replace("\0", " ").split())
    if not text or len(text) > Question.MAX_CHARS:
        raise QuestionRefused
    question = Question.objects.create(meeting=meeting, asked_by=by, text=text)
    transaction.on_commit(send)
    return question


def answer_waiting_questions(*, client: InferenceClient | None = None) -> int:
    """How many were answered. While the server is away they wait."""
    with client or InferenceClient() as opened:
        count = 0
        for question in Question.objects.waiting().filter(meeting__deleted_at=None).order_by("pk"):
            if not question.claim():
                continue
            try:
                writer = Writer(client=opened, model=choose_model(opened))
                reply = answer_question(
                    question.text,
                    load_lines(question.meeting),
                    client=opened,
                    writer=writer,
                    language=question.meeting.language or "en",
                )
            except MinutebookError as error:
                if error.retryable:
                    question.give_back()
                    logger.info("questions wait: %s", error.code)
                    return count
                question.fail(code=error.code)
            else:
                count += question.keep_answer(
                    state=reply.kind, text=reply.text, segment_ids=reply.segment_ids
                )
            send_hint(question.meeting, "jobs")
        return count
