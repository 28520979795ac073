"""What people change: titles, shares, segments, speakers, notes, action items."""

import datetime as dt

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from meetings.deletion import erase_deleted_meetings
from meetings.models import ActionItem, Meeting, NoteItem, Segment, Series

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


def test_rename_and_change_the_day(meeting, client):
    url = reverse("meeting_details", args=[meeting.pk])
    assert client.post(url, {"title": "  New title ", "held_on": "2026-04-01"}).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.title, meeting.held_on) == ("New title", dt.date(2026, 4, 1))
    assert client.post(url, {"title": "", "held_on": "2026-04-01"}).status_code == 422
    assert client.post(url, {"title": "x" * 201, "held_on": "never"}).status_code == 422


def test_share_and_take_back(meeting, client, client_of, stranger, owner):
    url = reverse("meeting_share", args=[meeting.pk])
    assert client.post(url, {"user": stranger.pk, "level": 1}).status_code == 200
    assert client_of(stranger).get(reverse("meeting", args=[meeting.pk])).status_code == 200
    assert client.post(url, {"user": stranger.pk, "level": 0}).status_code == 200
    assert client_of(stranger).get(reverse("meeting", args=[meeting.pk])).status_code == 404
    for bad in (
        {"user": owner.pk, "level": 1},
        {"user": 99999, "level": 1},
        {"user": stranger.pk, "level": 3},
    ):
        assert client.post(url, bad).status_code == 422


def test_review_and_back(meeting, client, owner):
    url = reverse("meeting_review", args=[meeting.pk])
    client.post(url, {"reviewed": "1"})
    meeting.refresh_from_db()
    assert meeting.reviewed_by == owner and meeting.reviewed_at
    client.post(url, {"reviewed": "0"})
    meeting.refresh_from_db()
    assert meeting.reviewed_by is None


def test_delete_can_be_undone_for_a_while(meeting_files, client, client_of, colleague, settings):
    key = meeting_files.recording.playback_key
    pages = [reverse(name, args=[meeting_files.pk]) for name in ("meeting", "meeting_notes")]
    item = meeting_files.action_items.first()
    assert client.post(reverse("meeting_delete", args=[meeting_files.pk]), follow=True).status_code == 200
    for page in [*pages, reverse("action_item", args=[item.pk])]:
        assert client.get(page).status_code == 404 and client_of(colleague).get(page).status_code == 404
    assert "Launch planning" not in client.get("/action-items/?show=suggested").content.decode()
    assert "Launch planning" in client.get(reverse("deleted")).content.decode()
    assert "Launch planning" not in client_of(colleague).get(reverse("deleted")).content.decode()
    assert erase_deleted_meetings() == 0
    url = reverse("meeting_restore", args=[meeting_files.pk])
    assert client_of(colleague).post(url).status_code == 404
    client.post(url)
    assert client.get(pages[0]).status_code == 200 and client.post(url).status_code == 404
    client.post(reverse("meeting_delete", args=[meeting_files.pk]))
    assert default_storage.exists(key)
    settings.UNDO_DELETE_HOURS = -1
    assert erase_deleted_meetings() == 1
    assert not Meeting.objects.exists() and not default_storage.exists(key)


def test_delete_for_good_now(meeting_files, client):
    key = meeting_files.recording.playback_key
    client.post(reverse("meeting_delete", args=[meeting_files.pk]))
    client.post(reverse("meeting_restore", args=[meeting_files.pk]), {"erase": "1"})
    assert not Meeting.objects.exists() and not default_storage.exists(key)


def test_tags_and_series(meeting, client, owner):
    url = reverse("meeting_details", args=[meeting.pk])
    form = {
        "title": "T",
        "held_on": "2026-04-01",
        "tags": " #Pricing, board ,pricing,, <b>",
        "series": "Weekly",
    }
    client.post(url, form)
    meeting.refresh_from_db()
    assert [tag.name for tag in meeting.tags.all()] == ["<b>", "board", "pricing"]
    assert meeting.series.name == "Weekly" and meeting.series.owner == owner
    assert "board, pricing" in client.get(url).content.decode()
    client.post(url, form | {"tags": "board", "series": ""})
    meeting.refresh_from_db()
    assert [tag.name for tag in meeting.tags.all()] == ["board"]
    assert meeting.series is None and not Series.objects.exists()


def test_edit_a_segment_and_restore_it(meeting, client, owner):
    segment = meeting.segments.in_order()[0]
    before, words = segment.text, segment.words
    answer = client.post(
        reverse("edit_segment", args=[segment.pk]), {"text": "Let us start <now>\n with it."}
    )
    page = answer.content.decode()
    assert (
        "Let us start &lt;now&gt; with it." in page and f'id="seg-{segment.pk}"' in page and "edited" in page
    )
    revision = segment.revisions.get()
    assert (revision.text, revision.made_by) == (before, owner)
    client.post(reverse("restore_segment", args=[segment.pk, revision.pk]))
    segment.refresh_from_db()
    assert (segment.text, segment.words) == (before, words)
    assert segment.revisions.count() == 2


def test_the_same_text_makes_no_revision(meeting, client):
    segment = meeting.segments.in_order()[0]
    client.post(reverse("edit_segment", args=[segment.pk]), {"text": f" {segment.text} "})
    assert not segment.revisions.exists()


@pytest.mark.parametrize("text", ["", "  \n", "x" * 5001])
def test_a_bad_text_is_refused(meeting, client, text):
    segment = meeting.segments.in_order()[0]
    assert client.post(reverse("edit_segment", args=[segment.pk]), {"text": text}).status_code == 422
    assert Segment.objects.get(pk=segment.pk).text == segment.text


def test_a_revision_of_another_segment_is_not_restored(meeting, client, owner):
    first, second = meeting.segments.in_order()[:2]
    revision = first.edit_text("Other.", by=owner)
    assert client.post(reverse("restore_segment", args=[second.pk, revision.pk])).status_code == 404


def test_an_edited_source_marks_the_line(meeting, client, owner):
    meeting.note_items.get(kind=NoteItem.Kind.DECISION).citations.get().segment.edit_text("No.", by=owner)
    page = client.get(reverse("meeting_notes", args=[meeting.pk])).content.decode()
    assert page.count("source edited since") == 2


def test_rename_a_speaker(meeting, client):
    speaker = meeting.speakers.last()
    url = reverse("speaker", args=[speaker.pk])
    answer = client.post(url, {"name": " Tom "}, headers=HTMX)
    assert answer.status_code == 204 and "speakers" in answer["HX-Trigger"]
    page = client.get(reverse("meeting", args=[meeting.pk])).content.decode()
    assert (
        page.count(">Tom</button></p>") == 0
        and page.count(f'data-speaker="{speaker.pk}" tabindex="-1">Tom<') == 3
    )
    assert client.post(url, {"name": "x" * 101, "seen": "Tom"}).status_code == 422
    client.post(url, {"name": "", "seen": "Tom"})
    assert speaker.__class__.objects.get(pk=speaker.pk).display_name == "Speaker 2"


def test_edit_and_remove_a_note(meeting, client, owner):
    item = meeting.note_items.get(kind=NoteItem.Kind.RISK)
    url = reverse("note_item", args=[item.pk])
    assert "<form" in client.get(url, {"edit": ""}).content.decode()
    assert "New <b>text" not in (page := client.post(url, {"text": "New <b>text"}).content.decode())
    assert "New &lt;b&gt;text" in page
    item.refresh_from_db()
    assert item.is_edited and item.edited_by == owner
    assert client.post(url, {"text": " "}).status_code == 422
    assert "Undo" in client.post(url, {"remove": "1"}, headers=HTMX).content.decode()
    assert not NoteItem.objects.filter(pk=item.pk).exists()
    assert "taken out" in client.get(reverse("meeting_notes", args=[meeting.pk])).content.decode()
    client.post(url, {"bring_back": "1"}, headers=HTMX)
    assert NoteItem.objects.get(pk=item.pk).text == "New <b>text"


def test_why_shows_the_line_beside_its_source(meeting, client):
    item = meeting.action_items.first()
    url = reverse("why_action_item", args=[item.pk])
    page = client.get(url, headers=HTMX).content.decode()
    assert "Tom, can you send the draft" in page and "Send the draft to legal" in page and "<html" not in page
    assert "<html" in client.get(url).content.decode()


def test_moves_of_an_action_item(meeting, client):
    item = meeting.action_items.first()
    url = reverse("move_action_item", args=[item.pk])
    for move, state in (
        ("confirm", "open"),
        ("tick", "done"),
        ("confirm", "done"),
        ("reopen", "open"),
        ("drop", "dropped"),
        ("bring_back", "open"),
        ("bring_back", "open"),
    ):
        answer = client.post(url, {"move": move}, headers=HTMX)
        assert answer.status_code == 200
        assert ActionItem.objects.get(pk=item.pk).state == state
    assert client.post(url, {"move": "delete"}).status_code == 400


def test_owner_and_due_date_of_an_action_item(meeting, client):
    item = meeting.action_items.first()
    url = reverse("action_item", args=[item.pk])
    assert 'value="2026-03-06"' in client.get(url, {"edit": ""}).content.decode()
    client.post(url, {"text": "Send it", "owner_name": "Speaker 1", "due": "2026-04-01"})
    item.refresh_from_db()
    assert (item.owner_display, item.due_on, item.due_text) == ("Speaker 1", dt.date(2026, 4, 1), "")
    assert item.owner_speaker == meeting.speakers.first()
    client.post(url, {"text": "Send it", "owner_name": "Zoe", "due": ""})
    item.refresh_from_db()
    assert (item.owner_display, item.owner_speaker, item.due_on) == ("Zoe", None, None)
    assert client.post(url, {"text": "Send it", "due": "purple"}).status_code == 422


def test_an_untouched_owner_and_date_keep_their_source(meeting, client):
    item = meeting.action_items.first()
    client.post(
        reverse("action_item", args=[item.pk]),
        {"text": "Send it", "owner_name": item.owner_display, "due": "2026-03-06"},
    )
    item.refresh_from_db()
    assert item.due_text == "by Friday" and item.owner_speaker is not None


def test_accept_all(meeting, client):
    client.post(reverse("accept_all", args=[meeting.pk]))
    assert set(meeting.action_items.values_list("state", flat=True)) == {ActionItem.State.OPEN}


def test_refuse_all(meeting, client, owner):
    client.post(reverse("accept_all", args=[meeting.pk]), {"move": "refuse"})
    assert set(meeting.action_items.values_list("state", flat=True)) == {ActionItem.State.DROPPED}
    revision = meeting.action_items.first().revisions.get()
    assert (revision.what, revision.before["state"], revision.made_by) == ("refuse", "suggested", owner)
    page = client.get(reverse("meeting_notes", args=[meeting.pk])).content.decode()
    assert "2 refused or dropped" in page and "Bring back" in page


def test_who_is_second_sees_both_texts_and_loses_none(meeting, client, client_of, colleague):
    for item, name in (
        (meeting.note_items.first(), "note_item"),
        (meeting.action_items.first(), "action_item"),
    ):
        url = reverse(name, args=[item.pk])
        first = item.text
        client_of(colleague).post(url, {"text": "Theirs.", "version": item.version})
        answer = client.post(url, {"text": "Mine.", "version": item.version})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Colin Colleague changed this line" in page and "Theirs." in page and "Mine." in page
        assert 'name="version" value="1"' in page
        item.refresh_from_db()
        assert item.text == "Theirs."
        assert client.post(url, {"text": "Mine.", "version": 1}).status_code == 200
        item.refresh_from_db()
        assert item.text == "Mine."
        assert [revision.before["text"] for revision in item.revisions.all()] == ["Theirs.", first]


def test_history_of_a_line_and_back(meeting, client):
    item = meeting.action_items.first()
    client.post(reverse("action_item", args=[item.pk]), {"text": "Other", "owner_name": "Zoe", "due": ""})
    url = reverse("action_item_history", args=[item.pk])
    assert "Send the draft to legal" in client.get(url, headers=HTMX).content.decode()
    revision = item.revisions.get()
    page = client.post(url, {"revision": revision.pk}, headers=HTMX).content.decode()
    assert "Send the draft to legal" in page
    item.refresh_from_db()
    assert (item.due_on, item.due_text) == (dt.date(2026, 3, 6), "by Friday") and item.owner_speaker
    for bad in ("", "x", "99999", "9" * 30):
        assert client.post(url, {"revision": bad}).status_code == 400
    note = meeting.note_items.first()
    assert (
        client.post(reverse("note_item_history", args=[note.pk]), {"revision": revision.pk}).status_code
        == 400
    )


def test_add_an_action_item_by_hand(meeting, client, owner):
    url = reverse("add_action_item", args=[meeting.pk])
    assert (
        client.post(url, {"text": "Book a room", "owner_name": "Speaker 1", "due": "2026-12-01"}).status_code
        == 302
    )
    item = meeting.action_items.get(text="Book a room")
    assert (item.state, item.owner_speaker, item.edited_by) == ("open", meeting.speakers.first(), owner)
    assert client.post(url, {"text": "Too late", "due": "9999-01-01"}).status_code == 422
    assert client.post(url, {"text": ""}).status_code == 422


def test_who_was_there_and_how_many_speak(meeting, client, monkeypatch):
    sent: list[int] = []
    monkeypatch.setattr("meetings.pipeline.steps.send_job", sent.append)
    url = reverse("meeting_details", args=[meeting.pk])
    data = {
        "title": "Plan",
        "held_on": "2026-04-01",
        "attendees": " Ann  B \nTom\n\nTom",
        "speaker_count": "3",
    }
    assert client.post(url, data).status_code == 302
    meeting.refresh_from_db()
    assert list(meeting.attendees.values_list("name", flat=True)) == ["Ann B", "Tom"]
    assert meeting.speaker_count == 3
    states = dict(meeting.jobs.values_list("step", "state"))
    assert states["diarize"] == "queued" and states["draft"] == "done"
    client.post(url, data | {"attendees": "Tom"})
    assert meeting.attendees.get().name == "Tom"
    for bad in ({"speaker_count": "0"}, {"speaker_count": "21"}, {"attendees": "x" * 101}):
        assert client.post(url, data | bad).status_code == 422
