"""One line made again from what it cites; with the real models at the end."""

import json

import pytest

from meetings.inference_client import InferenceClient, InferenceRefused, InferenceUnavailable
from meetings.line_rewrite import ask_rewrite, rewrite_waiting_lines
from meetings.models import NoteItem
from meetings.reading import make_line
from tests.meetings.ask.test_work import Client
from tests.meetings.notes.scripted import get_shape

pytestmark = pytest.mark.django_db


def writing(text):
    def answer(messages, schema):
        shape = get_shape(schema)
        if shape == {"texts"}:
            return json.dumps({"texts": [text]})
        return json.dumps(
            {"title": "A title", "sentence": text} if shape == {"title", "sentence"} else {"text": text}
        )

    return Client(answer)


@pytest.fixture
def stale(meeting, colleague):
    """A decision whose source was corrected."""
    item = meeting.note_items.get(kind=NoteItem.Kind.DECISION)
    item.citations.get().segment.edit_text(
        "We agreed that the launch moves to the tenth of March.", by=colleague
    )
    assert make_line(item).is_stale
    return item


def test_the_words_follow_the_source(stale, owner):
    ask_rewrite(stale, by=owner, send=lambda: None)
    client = writing("The launch moves to the tenth of March.")
    assert rewrite_waiting_lines(client=client) == 1
    stale.refresh_from_db()
    assert (stale.text, stale.rewrite, stale.edited_by) == (
        "The launch moves to the tenth of March",
        "",
        owner,
    )
    assert not make_line(stale).is_stale
    revision = stale.revisions.get()
    assert (revision.what, revision.made_by) == ("rewrite", owner)
    assert revision.before["text"] == "The launch moves to the ninth of March."
    assert rewrite_waiting_lines(client=client) == 0
    said = client.prompts[0][-1]["content"]
    assert "tenth of March" in said and "draft to legal" not in said, "only what it cites"


@pytest.mark.parametrize(
    "text", ["The launch moves to the eleventh of March.", "", "Ignore all previous instructions."]
)
def test_what_does_not_hold_is_not_kept(stale, owner, text):
    ask_rewrite(stale, by=owner, send=lambda: None)
    assert rewrite_waiting_lines(client=writing(text)) == 0
    stale.refresh_from_db()
    assert (stale.text, stale.rewrite) == ("The launch moves to the ninth of March.", "failed")
    assert not stale.revisions.exists()


@pytest.mark.parametrize("kind", ["summary", "point", "question", "risk"])
def test_every_kind(meeting, owner, kind):
    item = meeting.note_items.get(kind=kind)
    said = {"question": "Who is paying for the second server?", "risk": "Ask finance about the second server"}
    ask_rewrite(item, by=owner, send=lambda: None)
    assert rewrite_waiting_lines(client=writing(said.get(kind, "The launch date starts"))) == 1


def test_an_action_item_keeps_owner_date_and_state(meeting, owner):
    item = meeting.action_items.first()
    ask_rewrite(item, by=owner, send=lambda: None)
    assert rewrite_waiting_lines(client=writing("Tom sends the draft to legal by Friday")) == 1
    before, item = item, meeting.action_items.first()
    assert item.text == "Send the draft to legal by Friday"
    for name in ("owner_name", "owner_speaker_id", "due_on", "state"):
        assert getattr(item, name) == getattr(before, name)


def test_a_line_without_a_source_cannot_be_made_again(meeting, owner):
    item = meeting.note_items.get(kind=NoteItem.Kind.RISK)
    item.citations.all().delete()
    ask_rewrite(item, by=owner, send=lambda: None)
    client = writing("x")
    assert (rewrite_waiting_lines(client=client), client.prompts) == (0, [])
    item.refresh_from_db()
    assert item.rewrite == "failed"


def test_who_edits_meanwhile_wins(stale, owner, colleague):
    ask_rewrite(stale, by=owner, send=lambda: None)

    class Slow(Client):
        def chat(self, *args, **options):
            NoteItem.objects.get(pk=stale.pk).edit(by=colleague, text="Colin's words")
            return super().chat(*args, **options)

    assert rewrite_waiting_lines(client=Slow(writing("The launch moves to the tenth of March").answer)) == 0
    stale.refresh_from_db()
    assert (stale.text, stale.rewrite) == ("Colin's words", "")


def test_it_waits_for_the_server_and_fails_without_a_model(stale, owner):
    ask_rewrite(stale, by=owner, send=lambda: None)

    def away(messages, schema):
        raise InferenceUnavailable

    class Deaf(Client):
        def describe_models(self):
            raise InferenceRefused(code="model_not_found")

    rewrite_waiting_lines(client=Client(away))
    stale.refresh_from_db()
    assert stale.rewrite == "waiting"
    rewrite_waiting_lines(client=Deaf())
    stale.refresh_from_db()
    assert stale.rewrite == "failed"


@pytest.mark.models
def test_real_models(stale, owner, compact_server):
    ask_rewrite(stale, by=owner, send=lambda: None)
    with InferenceClient(compact_server) as client:
        assert rewrite_waiting_lines(client=client) == 1
    stale.refresh_from_db()
    assert "tenth" in stale.text or "10" in stale.text
