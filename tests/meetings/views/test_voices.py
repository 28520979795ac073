"""The dialogs about voices, and what a change answers."""

import json

import pytest
from django.urls import reverse

from meetings.models import Segment, SpeakerChange
from meetings.voices.change import rename_voice

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


def test_the_dialog_offers_a_name_that_was_heard_and_does_not_apply_it(meeting, client):
    speaker = meeting.speakers.last()
    speaker.suggested_name = "<Tom>"
    speaker.save()
    page = client.get(reverse("speaker", args=[speaker.pk]), headers=HTMX).content.decode()
    assert (
        "“&lt;Tom&gt;” was heard" in page
        and page.count("data-play-from") == 3
        and "Rename in all 3 lines" in page
    )
    assert client.get(reverse("meeting", args=[meeting.pk])).content.decode().count("<Tom>") == 0
    speaker.refresh_from_db()
    assert speaker.name == ""


def test_a_change_tells_the_page_what_to_look_at_and_how_to_take_it_back(meeting, client):
    speaker = meeting.speakers.last()
    answer = client.post(reverse("speaker", args=[speaker.pk]), {"name": "Jürgen", "seen": ""}, headers=HTMX)
    events = json.loads(answer["HX-Trigger"])
    assert answer.status_code == 204 and events["minutebook:done"]["text"] == "Speaker 2 is now Jürgen."
    assert client.post(events["minutebook:done"]["undo"], headers=HTMX).status_code == 204
    again = client.post(events["minutebook:done"]["undo"], headers=HTMX)
    assert again.status_code == 409 and json.loads(again["HX-Trigger"])["minutebook:done"]["isError"]
    speaker.refresh_from_db()
    assert speaker.name == ""


def test_a_line_in_one_scope_and_a_stale_dialog(meeting, client, owner):
    speaker, line = meeting.speakers.first(), meeting.segments.in_order()[0]
    url = reverse("speaker", args=[speaker.pk])
    data = {"name": "Elena", "seen": "", "segment": line.pk, "scope": "line"}
    assert client.post(url, data | {"name": "  "}, headers=HTMX).status_code == 422
    assert client.post(url, data, headers=HTMX).status_code == 204
    stale = client.post(url, data | {"name": "Ann"}, headers=HTMX)
    assert stale.status_code == 422 and "another voice meanwhile" in stale.content.decode()
    rename_voice(speaker, "Priya", seen="", by=owner)
    stale = client.post(url, {"name": "Ann", "seen": ""}, headers=HTMX)
    assert stale.status_code == 422 and 'name="seen" value="Priya"' in stale.content.decode()


def test_the_same_name_is_asked_about(meeting, client, owner):
    rename_voice(meeting.speakers.first(), "Tom", seen="", by=owner)
    url = reverse("speaker", args=[meeting.speakers.last().pk])
    asked = client.post(url, {"name": "TOM", "seen": ""}, headers=HTMX)
    assert asked.status_code == 422 and "One person: merge them" in asked.content.decode()
    client.post(url, {"name": "TOM", "seen": "", "same": "merge"}, headers=HTMX)
    assert [voice.name for voice in meeting.speakers.all()] == ["Tom"]


@pytest.mark.parametrize(
    ("name", "status"), [("x" * 500, 422), ("x" * 100, 204), ("", 204), (" a \n b ", 204)]
)
def test_names_of_every_length(meeting, client, name, status):
    speaker = meeting.speakers.first()
    assert (
        client.post(
            reverse("speaker", args=[speaker.pk]), {"name": name, "seen": ""}, headers=HTMX
        ).status_code
        == status
    )
    speaker.refresh_from_db()
    assert speaker.name == ("" if status == 422 else " ".join(name.split()))


def test_merge(meeting, client):
    first, last = meeting.speakers.all()
    url = reverse("merge_speaker", args=[first.pk])
    assert client.post(url, {"into": first.pk}, headers=HTMX).status_code == 409
    assert client.post(url, {"into": first.pk}).status_code == 302
    assert client.post(url, {"into": "²"}).status_code == 400
    assert client.post(url, {"into": 99_999}).status_code == 404
    assert client.post(url, {"into": last.pk}, headers=HTMX).status_code == 204
    assert client.post(url, {"into": last.pk}, headers=HTMX).status_code == 404


def test_picked_lines(meeting, client):
    lines = list(meeting.segments.in_order())
    url = reverse("assign_lines", args=[meeting.pk])
    ends = {"first": lines[3].pk, "last": lines[0].pk}
    assert "these 4 lines" in client.get(url, ends, headers=HTMX).content.decode()
    only = meeting.speakers.first()
    client.post(url, ends | {"name": "Elena", "only": only.pk}, headers=HTMX)
    assert [line.speaker.display_name for line in meeting.segments.in_order()][:5] == [
        "Elena", "Speaker 2", "Elena", "Speaker 2", "Speaker 1",
    ]  # fmt: skip
    client.post(url, ends | {"name": ""}, headers=HTMX)
    assert meeting.segments.in_order()[0].speaker.display_name == "Speaker 4"
    for bad in ({}, {"first": "x", "last": lines[0].pk}, {"first": 99_999, "last": lines[0].pk}):
        assert client.get(url, bad).status_code == 400
    assert client.post(url, ends | {"name": "x" * 101}).status_code == 422


def test_split(meeting, client):
    line = meeting.segments.in_order()[2]
    url = reverse("split_segment", args=[line.pk])
    assert (
        'value="1" checked' not in (page := client.get(url, headers=HTMX).content.decode())
        and "checked" in page
    )
    for bad in ({}, {"at_word": "x"}, {"at_word": 0}, {"at_word": 99}, {"at_word": 2, "seen": "Other text."}):
        assert client.post(url, bad, headers=HTMX).status_code == 422
    assert (
        client.post(url, {"at_word": 2, "name": "Elena", "seen": line.text}, headers=HTMX).status_code == 204
    )
    assert Segment.objects.get(pk=line.pk).text == "Tom, can" and meeting.segments.count() == 7


def test_which_voice_each_line_has(meeting, client):
    first, last = meeting.speakers.all()
    meeting.segments.in_order().first().delete()
    found = client.get(reverse("meeting_voices", args=[meeting.pk])).json()
    assert found["voices"][str(last.pk)] == {"name": "Speaker 2", "colour": 1, "sure": None}
    assert {pk: len(lines) for pk, lines in found["lines"].items()} == {str(first.pk): 2, str(last.pk): 3}


def test_the_history_has_the_change_and_its_undo(meeting, client, owner):
    change = rename_voice(meeting.speakers.first(), "Tom", seen="", by=owner)
    url = reverse("meeting", args=[meeting.pk]) + "?tab=history"
    assert reverse("undo_speaker_change", args=[change.pk]) in client.get(url).content.decode()
    client.post(reverse("undo_speaker_change", args=[change.pk]))
    assert "Taken back" in client.get(url).content.decode()
    assert SpeakerChange.objects.get().undone_by == owner
