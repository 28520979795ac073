"""The permission matrix: who gets what, for every kind of object."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from meetings import access
from meetings.access import Access
from meetings.models import (
    ActionItem,
    Job,
    Meeting,
    MeetingMember,
    NoteItem,
    Recording,
    Segment,
    Speaker,
    Upload,
    User,
    VoiceMatch,
    VoiceProfile,
)

pytestmark = pytest.mark.django_db

GRANTED, FORBIDDEN, HIDDEN = "granted", PermissionDenied, Http404
MATRIX = [
    ("owner", Access.OWN, GRANTED),
    ("editor", Access.EDIT, GRANTED),
    ("editor", Access.OWN, FORBIDDEN),
    ("reader", Access.VIEW, GRANTED),
    ("reader", Access.EDIT, FORBIDDEN),
    ("stranger", Access.VIEW, HIDDEN),
    ("stranger", Access.EDIT, HIDDEN),
    ("anonymous", Access.VIEW, HIDDEN),
]


@pytest.fixture
def people():
    people = {
        name: User.objects.create_user(f"{name}@example.org")
        for name in ("owner", "editor", "reader", "stranger")
    }
    return {**people, "anonymous": AnonymousUser()}


@pytest.fixture
def meeting(people):
    meeting = Meeting.objects.create(owner=people["owner"], title="Weekly", held_on=dt.date(2026, 11, 16))
    Recording.objects.create(meeting=meeting)
    MeetingMember.objects.create(meeting=meeting, user=people["editor"], level=MeetingMember.Level.EDIT)
    MeetingMember.objects.create(meeting=meeting, user=people["reader"], level=MeetingMember.Level.VIEW)
    return meeting


@pytest.fixture
def parts(meeting):
    segment = Segment.objects.create(meeting=meeting, start_ms=0, end_ms=900, text="Good morning.")
    return {
        access.get_meeting: meeting,
        access.get_segment: segment,
        access.get_speaker: Speaker.objects.create(meeting=meeting, label="S1"),
        access.get_voice_match: VoiceMatch.objects.create(
            profile=VoiceProfile.objects.create(
                keeper=meeting.owner, name="Ann", state="agreed", agreed_at=timezone.now()
            ),
            meeting=meeting,
            label="S1",
            similarity=0.8,
            confidence=0.9,
        ),
        access.get_note_item: NoteItem.objects.create(meeting=meeting, kind="decision", text="Go."),
        access.get_action_item: ActionItem.objects.create(meeting=meeting, text="Send it."),
        access.get_job: Job.objects.create(meeting=meeting, step="ingest"),
    }


@pytest.mark.parametrize(("who", "need", "outcome"), MATRIX)
def test_matrix(people, parts, who, need, outcome):
    for get, thing in parts.items():
        if outcome is GRANTED:
            assert get(people[who], thing.pk, need=need) == thing
        else:
            with pytest.raises(outcome):
                get(people[who], thing.pk, need=need)


def test_an_upload_is_hidden_even_from_a_colleague(people, meeting):
    upload = Upload.objects.create(user=people["owner"], meeting=meeting, size_bytes=10)
    assert access.get_upload(people["owner"], upload.pk) == upload
    for who in ("editor", "reader", "stranger", "anonymous"):
        with pytest.raises(Http404):
            access.get_upload(people[who], upload.pk)


def test_lists_start_from_the_person(people, meeting):
    visible = {who: list(Meeting.objects.visible_to(person)) for who, person in people.items()}
    assert visible["owner"] == visible["editor"] == visible["reader"] == [meeting]
    assert visible["stranger"] == visible["anonymous"] == []
