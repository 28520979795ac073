"""Questions are answered once, and wait while the model server is away."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from meetings.ask.work import QuestionRefused, answer_waiting_questions, ask
from meetings.inference_client import InferenceRefused, InferenceUnavailable
from meetings.models import Question
from tests.meetings.notes.scripted import ScriptedClient
from tests.meetings.notes.talk import fill_meeting

pytestmark = pytest.mark.django_db


class Client(ScriptedClient):
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


def test_a_voice_is_found_by_the_name_it_was_called(question):
    question.meeting.speakers.filter(label="S1").update(name="", suggested_name="Tom")
    client = answering()
    assert answer_waiting_questions(client=client) == 1
    assert "Tom: Atlas launches" in client.prompts[-1][-1]["content"]


def test_answered_once(question):
    assert question.text == "When does Atlas launch?"
    assert answer_waiting_questions(client=answering()) == 1
    assert answer_waiting_questions(client=answering()) == 0
    question.refresh_from_db()
    assert (question.state, question.draft) == ("answered", "")
    answer = question.answers.get()
    assert (answer.kind, answer.text) == ("answered", "Atlas launches on December 15")
    assert answer.segment_ids == [question.meeting.segments.in_order()[0].pk]


def test_what_is_written_is_shown_before_it_is_checked(question):
    """The page sees the draft while the model writes; what does not hold goes again."""
    seen = []

    def write(watch):
        for text in (
            '{"said": true, "answer": "Atlas la',
            '{"said": true, "answer": "Atlas launches in Rome"',
        ):
            watch(text)
            seen.append(Question.objects.get().draft)

    class Streaming(Client):
        def chat(self, messages, *, watch, **options):
            write(watch)
            return super().chat(messages, **options)

    said = json.dumps({"said": True, "answer": "Atlas launches in Rome", "lines": [1]})
    answer_waiting_questions(client=Streaming(lambda messages, schema: said))
    # The second came too soon after the first to be written.
    assert seen == ["Atlas la", "Atlas la"]
    question.refresh_from_db()
    assert (question.state, question.draft, question.answers.get().text) == ("quoted", "", "")


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


def test_who_may_no_longer_see_the_meeting_is_told_nothing(question, reader):
    mine = ask(question.meeting, "When does Atlas launch?", by=reader, send=lambda: None)
    question.meeting.members.filter(user=reader).delete()
    answer_waiting_questions(client=answering())
    mine.refresh_from_db()
    assert (mine.state, mine.answers.count()) == ("unsaid", 0)


def test_a_question_that_only_asks_goes_on_from_the_one_before(question, colleague):
    """ "And when?" alone finds nothing; a question of somebody else, or of yesterday, does not help it."""
    client = answering()
    answer_waiting_questions(client=client)
    meeting, owner = question.meeting, question.asked_by
    for by, states in ((owner, "answered"), (colleague, "unsaid")):
        follow_up = ask(meeting, "And when?", by=by, send=lambda: None)
        answer_waiting_questions(client=client)
        follow_up.refresh_from_db()
        assert follow_up.state == states
        assert follow_up.text == "And when?", "what was typed is kept"
    assert "Question: When does Atlas launch? And when?" in client.prompts[-1][-1]["content"]
    Question.objects.update(created_at=timezone.now() - dt.timedelta(hours=1))
    late = ask(meeting, "And when?", by=owner, send=lambda: None)
    answer_waiting_questions(client=client)
    late.refresh_from_db()
    assert late.state == "unsaid"


def test_captions_of_a_running_meeting_can_be_asked(question):
    question.meeting.segments.update(engine="live")
    assert answer_waiting_questions(client=answering()) == 1
    question.refresh_from_db()
    assert question.state == "answered"


@pytest.mark.parametrize("text", ["", " \n\0 ", "x" * 501])
def test_what_cannot_be_asked(meeting, text):
    with pytest.raises(QuestionRefused):
        ask(meeting, text, by=meeting.owner, send=lambda: None)
