"""Who may open what, as one table: owner, colleague (edits), reader, stranger, nobody."""

import pytest
from django.test import Client
from django.urls import reverse

from meetings.models import Meeting
from meetings.voices.change import rename_voice

pytestmark = pytest.mark.django_db

PEOPLE = ("owner", "colleague", "reader", "stranger")
LOGIN = "/accounts/login/"


def addresses(meeting: Meeting) -> dict[str, str]:
    """Name of the view → an address of it."""
    segment, speaker = meeting.segments.in_order()[0], meeting.speakers.first()
    note, action = meeting.note_items.first(), meeting.action_items.first()
    segment.edit_text("Changed.", by=meeting.owner)
    of_meeting = (
        "meeting meeting_row meeting_head meeting_progress meeting_notes meeting_transcript meeting_words meeting_player "
        "meeting_axis meeting_talk meeting_voices meeting_details meeting_share meeting_review meeting_delete accept_all "
        "add_action_item add_line notes_again"
    )
    found = {name: reverse(name, args=[meeting.pk]) for name in of_meeting.split()}
    found |= {
        name: reverse(name, args=[segment.pk])
        for name in ("edit_segment", "segment_history", "split_segment")
    }
    found["restore_segment"] = reverse("restore_segment", args=[segment.pk, segment.revisions.get().pk])
    found |= {name: reverse(name, args=[speaker.pk]) for name in ("speaker", "merge_speaker")}
    found["assign_lines"] = (
        reverse("assign_lines", args=[meeting.pk]) + f"?first={segment.pk}&last={segment.pk}"
    )
    change = rename_voice(speaker, "Zoe", seen=speaker.name, by=meeting.owner)
    found["undo_speaker_change"] = reverse("undo_speaker_change", args=[change.pk])
    found |= {
        name: reverse(name, args=[note.pk])
        for name in ("note_item", "why_note_item", "note_item_history", "move_note_item", "rewrite_note_item")
    }
    found |= {
        name: reverse(name, args=[action.pk])
        for name in (
            "action_item",
            "move_action_item",
            "why_action_item",
            "action_item_history",
            "rewrite_action_item",
        )
    }
    return found


# view, method, form, then what each of PEOPLE gets
TABLE = [
    ("meeting", "get", {}, 200, 200, 200, 404),
    ("meeting_row", "get", {}, 200, 200, 200, 404),
    ("meeting_head", "get", {}, 200, 200, 200, 404),
    ("meeting_progress", "get", {}, 200, 200, 200, 404),
    ("meeting_notes", "get", {}, 200, 200, 200, 404),
    ("meeting_transcript", "get", {}, 200, 200, 200, 404),
    ("meeting_words", "get", {"from": 0, "to": 9000}, 200, 200, 200, 404),
    ("meeting_player", "get", {}, 200, 200, 200, 404),
    ("meeting_axis", "get", {}, 200, 200, 200, 404),
    ("meeting_details", "get", {}, 200, 200, 403, 404),
    ("meeting_details", "post", {"title": "New", "held_on": "2026-03-02"}, 302, 302, 403, 404),
    ("meeting_share", "get", {}, 200, 403, 403, 404),
    ("meeting_review", "post", {"reviewed": "1"}, 302, 302, 403, 404),
    ("meeting_delete", "get", {}, 200, 403, 403, 404),
    ("meeting_delete", "post", {}, 302, 403, 403, 404),
    ("accept_all", "post", {}, 302, 302, 403, 404),
    ("edit_segment", "post", {"text": "New."}, 200, 200, 403, 404),
    ("segment_history", "get", {}, 200, 200, 200, 404),
    ("restore_segment", "post", {}, 200, 200, 403, 404),
    ("speaker", "get", {}, 200, 200, 403, 404),
    ("speaker", "post", {"name": "Ann", "seen": "Zoe"}, 302, 302, 403, 404),
    ("merge_speaker", "post", {"into": "x"}, 400, 400, 403, 404),
    ("assign_lines", "get", {}, 200, 200, 403, 404),
    ("split_segment", "get", {}, 200, 200, 403, 404),
    ("undo_speaker_change", "post", {}, 302, 302, 403, 404),
    ("meeting_talk", "get", {}, 200, 200, 200, 404),
    ("meeting_voices", "get", {}, 200, 200, 200, 404),
    ("note_item", "get", {}, 200, 200, 403, 404),
    ("note_item", "post", {"text": "New."}, 200, 200, 403, 404),
    ("why_note_item", "get", {}, 200, 200, 200, 404),
    ("action_item", "get", {}, 200, 200, 403, 404),
    ("action_item", "post", {"text": "New."}, 200, 200, 403, 404),
    ("move_action_item", "post", {"move": "confirm"}, 302, 302, 403, 404),
    ("why_action_item", "get", {}, 200, 200, 200, 404),
    ("note_item_history", "get", {}, 200, 200, 200, 404),
    ("note_item_history", "post", {}, 400, 400, 403, 404),
    ("action_item_history", "get", {}, 200, 200, 200, 404),
    ("action_item_history", "post", {}, 400, 400, 403, 404),
    ("add_action_item", "get", {}, 200, 200, 403, 404),
    ("add_action_item", "post", {"text": "New."}, 302, 302, 403, 404),
    ("add_line", "get", {}, 200, 200, 403, 404),
    ("add_line", "post", {"text": "New.", "kind": "risk"}, 302, 302, 403, 404),
    ("notes_again", "get", {}, 200, 200, 403, 404),
    ("notes_again", "post", {"template": "purple"}, 422, 422, 403, 404),
    ("move_note_item", "post", {"place": "0"}, 302, 302, 403, 404),
    ("rewrite_note_item", "post", {}, 302, 302, 403, 404),
    ("rewrite_action_item", "post", {}, 302, 302, 403, 404),
]


@pytest.mark.parametrize(
    ("name", "method", "form", "expected"),
    [(*row[:3], row[3:]) for row in TABLE],
    ids=[f"{row[1]}-{row[0]}" for row in TABLE],
)
def test_who_gets_what(name, method, form, expected, meeting, client_of, request):
    url = addresses(meeting)[name]
    expected = dict(zip(PEOPLE, expected, strict=True))
    # The owner last: what they do may delete what the others ask for.
    for person in ("stranger", "reader", "colleague", "owner"):
        client = client_of(request.getfixturevalue(person))
        answer = getattr(client, method)(url, form)
        assert answer.status_code == expected[person], person


def test_nobody_gets_anything_without_a_login(meeting, anonymous):
    for url in addresses(meeting).values():
        for method in ("get", "post"):
            answer = getattr(anonymous, method)(url)
            assert answer.status_code == 302 and answer["Location"].startswith(LOGIN), f"{method} {url}"
    for name in (
        "home",
        "action_items",
        "action_items_csv",
        "calendar",
        "deleted",
        "people",
        "models",
        "you",
        "ask",
    ):
        assert anonymous.get(reverse(name))["Location"].startswith(LOGIN)
    assert anonymous.post(reverse("demo"))["Location"].startswith(LOGIN)


READ_ONLY = [
    "meeting",
    "meeting_row",
    "meeting_notes",
    "meeting_words",
    "meeting_axis",
    "meeting_talk",
    "meeting_voices",
    "segment_history",
    "why_note_item",
]
WRITE_ONLY = [
    "move_note_item",
    "rewrite_note_item",
    "rewrite_action_item",
    "meeting_review",
    "accept_all",
    "edit_segment",
    "restore_segment",
    "merge_speaker",
    "undo_speaker_change",
    "move_action_item",
]


@pytest.mark.parametrize(
    ("name", "method"), [(n, "post") for n in READ_ONLY] + [(n, "get") for n in WRITE_ONLY]
)
def test_wrong_methods_are_refused(name, method, meeting, client_of):
    client = client_of(meeting.owner)
    url = addresses(meeting)[name]
    assert getattr(client, method)(url).status_code == 405
    assert client.put(url).status_code == 405


def test_a_change_needs_the_token(meeting, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(addresses(meeting)["edit_segment"], {"text": "Forged."})
    assert answer.status_code == 403
    assert "too long" in answer.content.decode()
