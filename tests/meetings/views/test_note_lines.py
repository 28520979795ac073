"""Lines of the notes changed by hand: kind, order, sources, new ones, made again; and the way back from each."""

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.line_rewrite import ask_rewrite
from meetings.models import ActionItem, NoteItem
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
KINDS = NoteItem.Kind


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


@pytest.fixture(autouse=True)
def no_queue(monkeypatch):
    monkeypatch.setattr(ask_rewrite, "__kwdefaults__", {"send": lambda: None})


def post(client, name, item, data):
    return client.post(reverse(name, args=[item.pk]), data, headers=HTMX)


def undo(client, item, what, name="note_item_history"):
    revision = item.revisions.filter(what=what).first()
    assert post(client, name, item, {"revision": revision.pk}).status_code == 200
    item.refresh_from_db()


# --- kind -----------------------------------------------------------------------------------------
def test_another_kind_and_back(meeting, client, owner):
    item = meeting.note_items.get(kind=KINDS.RISK)
    answer = post(client, "note_item", item, {"text": "Nobody pays.", "kind": "decision", "version": 0})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "minutebook:notes")
    item.refresh_from_db()
    assert (item.kind, item.text, item.edited_by) == ("decision", "Nobody pays.", owner)
    undo(client, item, "edit")
    assert (item.kind, item.text) == ("risk", "Nobody is paying for the second server yet.")


def test_a_point_goes_into_the_topic_of_its_source(meeting, client):
    second = meeting.topics.create(title="Servers", start_ms=20_000)
    item = meeting.note_items.get(kind=KINDS.QUESTION)
    post(client, "note_item", item, {"text": item.text, "kind": "point"})
    item.refresh_from_db()
    assert (item.kind, item.topic) == ("point", second)
    second.delete()
    assert not NoteItem.objects.filter(pk=item.pk).exists()


def test_a_point_needs_a_topic(meeting, client):
    meeting.topics.all().delete()
    item = meeting.note_items.get(kind=KINDS.QUESTION)
    assert post(client, "note_item", item, {"text": item.text, "kind": "point"}).status_code == 422
    assert post(client, "note_item", item, {"text": item.text, "kind": "purple"}).status_code == 422


def test_a_note_becomes_an_action_item_and_an_action_item_a_note(meeting, client, owner):
    item = meeting.note_items.get(kind=KINDS.QUESTION)
    cited = item.list_cited()
    post(client, "note_item", item, {"text": "Find out who pays", "kind": "action"})
    action = meeting.action_items.get(text="Find out who pays")
    assert (action.state, action.list_cited(), action.edited_by) == ("open", cited, owner)
    assert not NoteItem.objects.filter(pk=item.pk).exists()

    answer = post(client, "action_item", action, {"text": "Who pays?", "kind": "question"})
    assert answer.status_code == 204
    action.refresh_from_db()
    assert action.state == ActionItem.State.DROPPED
    note = meeting.note_items.get(kind=KINDS.QUESTION)
    assert (note.text, note.list_cited()) == ("Who pays?", cited)


@pytest.mark.parametrize(
    ("state", "moves"), [("suggested", ["refuse"]), ("open", ["drop"]), ("done", ["drop", "reopen"])]
)
def test_an_item_in_any_state_becomes_a_note(meeting, client, state, moves):
    item = meeting.action_items.first()
    meeting.action_items.filter(pk=item.pk).update(state=state)
    post(client, "action_item", item, {"text": "A risk", "kind": "risk"})
    item.refresh_from_db()
    assert item.state == "dropped"
    assert list(item.revisions.values_list("what", flat=True)) == [*moves, "to_note"]


def test_on_the_list_of_all_items_an_item_keeps_its_kind(meeting, client):
    item = meeting.action_items.first()
    page = client.get(reverse("action_item", args=[item.pk]), {"edit": "", "place": "list"}).content.decode()
    assert 'name="kind"' not in page
    post(client, "action_item", item, {"text": "Send it", "kind": "risk", "place": "list"})
    item.refresh_from_db()
    assert (item.text, item.state) == ("Send it", "suggested")


# --- order ----------------------------------------------------------------------------------------
@pytest.fixture
def three(meeting):
    return [
        factories.make_note_item(meeting, KINDS.RISK, text, position=20) for text in ("one", "two", "three")
    ]


def read_order(meeting):
    return [item.text for item in meeting.note_items.filter(kind=KINDS.RISK)][1:]


@pytest.mark.parametrize(
    ("which", "place", "order"),
    [(0, 3, "two three one"), (2, 1, "three one two"), (1, 99, "one three two"), (1, 2, "one two three")],
)
def test_order(meeting, three, client, which, place, order):
    assert post(client, "move_note_item", three[which], {"place": place}).status_code == 204
    assert read_order(meeting) == order.split()


def test_a_move_can_be_undone_and_is_no_edit_of_the_words(meeting, three, client, owner):
    source = meeting.segments.first()
    factories.cite(three[0], source)
    source.edit_text("Other.", by=owner)
    post(client, "move_note_item", three[0], {"place": 3})
    assert read_order(meeting) == ["two", "three", "one"]
    page = client.get(reverse("meeting_notes", args=[meeting.pk])).content.decode()
    assert f'hx-post="{reverse("rewrite_note_item", args=[three[0].pk])}"' in page, "still out of date"
    three[0].refresh_from_db()
    undo(client, three[0], "move")
    assert read_order(meeting) == ["one", "two", "three"]


def test_a_line_that_was_taken_out_meanwhile_is_not_moved(meeting, three, client, colleague):
    three[0].edit(by=colleague, what="remove", removed_at=timezone.now())
    assert post(client, "move_note_item", three[0], {"place": 2}).status_code == 204
    assert read_order(meeting) == ["two", "three"]


@pytest.mark.parametrize("place", ["", "-1", "x", "9" * 12, "²"])
def test_bad_places(meeting, three, client, place):
    assert post(client, "move_note_item", three[0], {"place": place}).status_code == 400


# --- sources --------------------------------------------------------------------------------------
def test_a_source_is_taken_away_and_brought_back(meeting, client):
    item = meeting.note_items.get(kind=KINDS.SUMMARY)
    first, second = item.list_cited()
    form = client.get(reverse("note_item", args=[item.pk]), {"edit": ""}).content.decode()
    assert form.count('name="sources"') == 2 and "0:05 Speaker 2: We agreed that" in form
    post(client, "note_item", item, {"text": item.text, "has_sources": "True", "sources": [second]})
    assert item.list_cited() == [second]
    item.refresh_from_db()
    undo(client, item, "edit")
    assert item.list_cited() == [first, second]
    post(client, "note_item", item, {"text": item.text, "has_sources": "True"})
    assert item.list_cited() == []


def test_a_form_without_sources_leaves_them(meeting, client):
    item = meeting.action_items.first()
    cited = item.list_cited()
    post(client, "action_item", item, {"text": "Other words"})
    assert item.list_cited() == cited


def test_a_segment_of_another_meeting_is_no_source(meeting, client, owner):
    other = factories.make_segment(factories.make_meeting(owner), "Elsewhere.")
    item = meeting.note_items.get(kind=KINDS.SUMMARY)
    data = {"text": item.text, "has_sources": "True", "sources": [other.pk]}
    assert post(client, "note_item", item, data).status_code == 422
    url = reverse("add_line", args=[meeting.pk])
    assert client.get(url, {"first": other.pk, "last": other.pk}).status_code == 400
    assert client.get(url, {"first": "x", "last": "1"}).status_code == 400


# --- by hand --------------------------------------------------------------------------------------
def test_picked_lines_become_sources_of_a_line(meeting, client):
    first, last = meeting.segments.in_order()[3], meeting.segments.in_order()[4]
    item = meeting.note_items.get(kind=KINDS.DECISION)
    cited = item.list_cited()
    url, ends = reverse("add_line", args=[meeting.pk]), {"first": first.pk, "last": last.pk}
    page = client.get(url, ends, headers=HTMX).content.decode()
    assert "Who is paying for the second server?" in page and f'value="note-{item.pk}"' in page
    answer = client.post(url, ends | {"line": f"note-{item.pk}", "kind": "risk"}, headers=HTMX)
    assert answer.status_code == 204
    assert item.list_cited() == [*cited, first.pk, last.pk]
    action = meeting.action_items.last()
    client.post(url, ends | {"line": f"action-{action.pk}", "kind": "risk"}, headers=HTMX)
    assert {first.pk, last.pk} < set(action.list_cited())


def test_a_new_line_with_and_without_sources(meeting, client, owner):
    segment = meeting.segments.in_order()[2]
    url = reverse("add_line", args=[meeting.pk])
    client.post(
        url, {"text": "Legal is <b>slow</b>", "kind": "risk", "first": segment.pk, "last": segment.pk}
    )
    client.post(url, {"text": "By heart", "kind": "point"})
    client.post(url, {"text": "Do it", "kind": "action"})
    risk = meeting.note_items.filter(kind=KINDS.RISK).last()
    assert (risk.text, risk.list_cited(), risk.edited_by) == ("Legal is <b>slow</b>", [segment.pk], owner)
    assert risk.revisions.get().what == "add"
    assert meeting.note_items.get(text="By heart").topic == meeting.topics.get()
    assert meeting.action_items.get(text="Do it").state == "open"
    page = client.get(reverse("meeting_notes", args=[meeting.pk])).content.decode()
    assert "Legal is &lt;b&gt;slow" in page


@pytest.mark.parametrize(
    "data",
    [{"text": "", "kind": "risk"}, {"text": "x" * 2001, "kind": "risk"}, {"text": "x", "kind": "purple"}],
)
def test_bad_new_lines(meeting, client, data):
    assert client.post(reverse("add_line", args=[meeting.pk]), data).status_code == 422


def test_an_empty_meeting_has_no_topic_for_a_point(owner, client):
    empty = factories.make_meeting(owner)
    url = reverse("add_line", args=[empty.pk])
    assert client.post(url, {"text": "x", "kind": "point"}).status_code == 422
    assert client.post(url, {"text": "x", "kind": "risk"}).status_code == 302


# --- made again -----------------------------------------------------------------------------------
def test_asking_for_a_line_to_be_made_again(meeting, client, owner):
    item = meeting.action_items.first()
    page = post(client, "rewrite_action_item", item, {}).content.decode()
    assert "being made again" in page and "every 2s" in page
    item.refresh_from_db()
    assert (item.rewrite, item.rewrite_asked_by, item.edited_at) == ("waiting", owner, None)
    item.fail_rewrite()
    page = client.get(reverse("meeting_notes", args=[meeting.pk])).content.decode()
    assert "nothing that its sources support" in page
    post(client, "action_item", item, {"text": "By hand then"})
    item.refresh_from_db()
    assert item.rewrite == ""


# --- two people -----------------------------------------------------------------------------------
def test_the_second_of_two_sees_both_texts_also_when_the_kind_changes(meeting, client, colleague):
    item = meeting.note_items.get(kind=KINDS.RISK)
    item.edit(by=colleague, text="Colin's words")
    for kind in ("action", "decision", "risk"):
        answer = post(client, "note_item", item, {"text": "My words", "kind": kind, "version": 0})
        page = answer.content.decode()
        assert answer.status_code == 422 and "Colin&#x27;s words" in page and "My words" in page
    item.refresh_from_db()
    assert (item.text, item.kind, item.removed_at) == ("Colin's words", "risk", None)
    assert meeting.action_items.count() == 2


def test_a_person_who_is_gone_leaves_their_lines_and_items(meeting, client, colleague):
    """Removing an account takes nothing of the meeting along, and the history says "somebody"."""
    item = meeting.action_items.first()
    item.edit(by=colleague, owner_name=colleague.name, owner_speaker=None)
    note = meeting.note_items.get(kind=KINDS.RISK)
    note.edit(by=colleague, text="Colin wrote this")
    colleague.delete()
    item.refresh_from_db()
    note.refresh_from_db()
    assert (item.owner_display, item.edited_by, note.text) == ("Colin Colleague", None, "Colin wrote this")
    assert note.is_edited, "a new run leaves it"
    page = client.get(reverse("note_item_history", args=[note.pk])).content.decode()
    assert "somebody" in page
    assert client.get(reverse("action_items") + "?owner=Colin Colleague&show=suggested").status_code == 200
