"""Questions are answered once, and wait while the model server is away."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from meetings.ask.work import QuestionRefused, answer_waiting_questions, ask
from meetings.inference_client import InferenceRefused, InferenceUnavailable
from meetings.models import Question
from tests.meetings.pipeline.notes.scripted import ScriptedClient
from tests.meetings.pipeline.notes.talk import fill_meeting

pytestmark = pytest.mark.django_db


class Client(ScriptedClient):
    def __enter__(self):
        return self

    def __exit__(self, *exc_info): ...

    def describe_models(self):
        return [self.model]


@pytest.fixture
def question(meeting):
    meeting.segments.all().delete()
    meeting.speakers.all().delete()
    fill_meeting(meeting, "Ann: Atlas launches on December fifteenth.\nBen: Agreed.")
    return ask(meeting, "  When does\nAtlas launch? ", by=meeting.owner, send=lambda: None)


def answering(text: str = "Atlas launches on December 15"):
    return Client(lambda messages, schema: json.dumps({"said": True, "answer": text, "lines": [1]}))


def test_answered_once(question):
    assert question.text == "When does Atlas launch?"
    assert answer_waiting_questions(client=answering()) == 1
    assert answer_waiting_questions(client=answering()) == 0
    question.refresh_from_db()
    assert (question.state, question.answer) == ("answered", "Atlas launches on December 15")
    assert question.segment_ids == [question.meeting.segments.in_order()[0].pk]


def test_waits_while_nobody_answers(question):
    def away(messages, schema):
        raise InferenceUnavailable

    assert answer_waiting_questions(client=Client(away)) == 0
    assert answer_waiting_questions(client=answering()) == 1


def test_without_a_chat_model_it_fails_and_says_why(question):
    class Deaf(Client):
        def describe_models(self):
            raise InferenceRefused(code="model_not_found")

    answer_waiting_questions(client=Deaf())
    question.refresh_from_db()
    assert (question.state, question.error_code) == ("failed", "model_not_found")


def test_a_dead_worker_holds_nothing_for_long(question):
    assert question.claim() and not question.claim()
    assert answer_waiting_questions(client=answering()) == 0
    Question.objects.update(claimed_at=timezone.now() - dt.timedelta(minutes=6))
    assert answer_waiting_questions(client=answering()) == 1


def test_a_deleted_meeting_is_asked_nothing(question):
    question.meeting.deleted_at = timezone.now()
    question.meeting.save()
    assert answer_waiting_questions(client=answering()) == 0


@pytest.mark.parametrize("text", ["", " \n\0 ", "x" * 501])
def test_what_cannot_be_asked(meeting, text):
    with pytest.raises(QuestionRefused):
        ask(meeting, text, by=meeting.owner, send=lambda: None)
