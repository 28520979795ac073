"""One meeting and its fragments."""

import json

import pytest
from django.urls import reverse

from meetings.models import Job, Meeting, Segment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


def url(name: str, meeting: Meeting) -> str:
    return reverse(name, args=[meeting.pk])


def test_the_page_holds_notes_transcript_and_player(meeting, client):
    page = client.get(url("meeting", meeting)).content.decode()
    for text in ("We agreed that the launch moves", "Send the draft to legal", "Launch date", "data-player"):
        assert text in page
    first = meeting.segments.in_order()[0]
    assert f'data-cite="{first.pk} ' in page or f'data-cite="{first.pk}"' in page


def test_the_policy_allows_no_inline_code(meeting, client):
    answer = client.get(url("meeting", meeting))
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "'nonce-" in policy
    page = answer.content.decode()
    assert " style=" not in page and " onclick=" not in page and "hx-on" not in page


def test_what_was_said_and_named_is_only_text(meeting, client):
    evil = "</p><script>alert(1)</script>"
    meeting.segments.update(text=evil)
    meeting.speakers.update(name=evil)
    meeting.note_items.update(text=evil)
    meeting.action_items.update(text=evil, owner_name=evil, due_text=evil)
    meeting.topics.update(title=evil)
    meeting.recording.original_name = evil
    meeting.recording.save()
    Meeting.objects.filter(pk=meeting.pk).update(title=evil)
    for address in (url("meeting", meeting), url("meeting", meeting) + "?tab=history", "/", "/action-items/"):
        assert "<script>alert" not in client.get(address).content.decode()


def test_a_reader_gets_no_buttons_that_change(meeting, client_of, reader):
    page = client_of(reader).get(url("meeting", meeting)).content.decode()
    for text in ("Mark as reviewed", "Confirm", "data-editable", "data-edit-url", "Delete the meeting"):
        assert text not in page


def test_a_page_of_many_segments_costs_no_more_queries(meeting, client, django_assert_max_num_queries):
    client.get(url("meeting", meeting))
    words = factories.make_words("so it is", start_ms=0, end_ms=900)
    Segment.objects.bulk_create(
        Segment(meeting=meeting, start_ms=40_000 + n, end_ms=40_900 + n, text="So it is.", words=words)
        for n in range(300)
    )
    with django_assert_max_num_queries(24):
        client.get(url("meeting", meeting))


def test_new_segments_alone(meeting, client):
    last = meeting.segments.order_by("pk").last()
    new = factories.make_segment(meeting, "One more thing.", start_ms=40_000)
    answer = client.get(url("meeting_transcript", meeting), {"after": last.pk}).content.decode()
    assert f'id="seg-{new.pk}"' in answer and answer.count("<li") == 1
    assert client.get(url("meeting_transcript", meeting), {"after": "x"}).status_code == 400
    assert client.get(url("meeting_transcript", meeting), {"after": "²"}).status_code == 400


def test_words_of_a_range(meeting, client):
    answer = client.get(url("meeting_words", meeting), {"from": 5_000, "to": 9_000})
    found = json.loads(answer.content)
    second = meeting.segments.in_order()[1]
    assert str(second.pk) in found
    assert found[str(second.pk)][0] == [5_000, second.words[0]["e"], "We"]
    assert client.get(url("meeting_words", meeting), {"from": "a", "to": 1}).status_code == 400
    assert client.get(url("meeting_words", meeting)).status_code == 400


def test_the_axis(meeting, client):
    axis = client.get(url("meeting_axis", meeting)).json()
    assert axis["duration_ms"] == 30_000 and axis["covered"] == [[0, 30_000]]
    assert [lane["bars"][0] for lane in axis["lanes"]] == [[0, 5_000], [5_000, 10_000]]
    assert axis["chapters"] == [[0, "Launch date"]]


def test_without_a_recording_the_page_still_opens(owner, client):
    bare = factories.make_meeting(owner)
    page = client.get(url("meeting", bare)).content.decode()
    assert "There is nothing to play yet." in page and "There are no notes yet." in page
    assert client.get(url("meeting_axis", bare)).json()["lanes"] == [{"name": "", "colour": None, "bars": []}]


def test_a_duplicate_asks(meeting, owner, client):
    second = factories.make_meeting(owner, title="Again")
    factories.make_recording(second, duplicate_of=meeting, playback_key="")
    factories.make_jobs(second, state=Job.State.WAITING)
    page = client.get(url("meeting", second)).content.decode()
    assert "Keep both" in page and url("meeting", meeting) in page


def test_history_says_who_and_what(meeting, client, owner):
    meeting.segments.first().edit_text("Other words.", by=owner)
    meeting.recording.provenance = {"asr": {"model": "whisper-base"}}
    meeting.recording.save()
    page = client.get(url("meeting", meeting) + "?tab=history").content.decode()
    for text in (
        "Olga Owner",
        "<ins>Other words.</ins>",
        "whisper-base",
        "6 by whisper",
        "Writing the transcript",
    ):
        assert text in page


def test_an_unknown_tab_is_the_notes(meeting, client):
    assert client.get(url("meeting", meeting) + "?tab=../../x").status_code == 200
