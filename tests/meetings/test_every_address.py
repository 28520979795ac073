"""Every address there is, also those that come later, asked for by someone who is not logged in and by someone who has nothing to do with it."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from meetings.live.takes import create_take
from meetings.models import (
    Meeting,
    NotesTemplate,
    Question,
    Series,
    Slide,
    SpeakerChange,
    VoiceMatch,
    VoiceProfile,
)

pytestmark = pytest.mark.django_db

# What somebody without an account reaches: the page that makes the first one, and the feed that a calendar fetches by its secret.
OPEN = {"set_up", "calendar_feed"}


def list_addresses() -> dict[str, list[str]]:
    """Name → arguments, without the accounts' own pages (allauth's, and tested there)."""
    known = get_resolver().reverse_dict
    names = [name for name in known if isinstance(name, str) and not name.startswith("account_")]
    return {name: known.getlist(name)[-1][0][0][1] for name in names}


ADDRESSES = list_addresses()


@pytest.fixture
def values(meeting, owner) -> dict[str, object]:
    """A value for every argument: rows of `meeting` and of its owner."""
    first = meeting.segments.first()
    first.edit_text("Let us begin with the launch date.", by=owner)
    slide = Slide.objects.create(meeting=meeting, number=1, width=64, height=36, image_key="slides/1.png")
    change = SpeakerChange.objects.create(meeting=meeting, kind="rename", before="Ann", after="Bea")
    profile = VoiceProfile.objects.create(
        keeper=owner, name="Ann", state="agreed", consent_text="Yes.", agreed_at=timezone.now()
    )
    match = VoiceMatch.objects.create(
        profile=profile, meeting=meeting, label="S1", similarity=0.8, confidence=0.9
    )
    return {
        "profile_id": profile.pk,
        "match_id": match.pk,
        "meeting_id": meeting.pk,
        "segment_id": first.pk,
        "revision_id": first.revisions.first().pk,
        "speaker_id": meeting.speakers.first().pk,
        "change_id": change.pk,
        "slide_id": slide.pk,
        "job_id": meeting.jobs.first().pk,
        "question_id": Question.objects.create(meeting=meeting, asked_by=owner, text="When?").pk,
        "template_id": NotesTemplate.objects.create(owner=owner, name="Mine", sections=["summary"]).pk,
        "take_id": create_take(owner, title="", language="").pk,
        "user_id": owner.pk,
        "series_id": Series.objects.create(owner=owner, name="Weekly").pk,
        "suffix": "json",
        "token": "guessed",
    }


def ask(client: Client, name: str, values: dict[str, object]) -> list[HttpResponse]:
    """The answers to a look and to a change, without that to a method the address does not know."""
    meeting = Meeting.objects.get(pk=values["meeting_id"])
    line = meeting.action_items if "action_item" in name else meeting.note_items
    values = values | {"item_id": line.first().pk}
    address = reverse(name, kwargs={argument: values[argument] for argument in ADDRESSES[name]})
    return [answer for answer in (client.get(address), client.post(address)) if answer.status_code != 405]


def test_the_list_is_whole():
    assert len(ADDRESSES) > 70 and ADDRESSES.keys() > OPEN


@pytest.mark.parametrize("name", sorted(ADDRESSES.keys() - OPEN))
def test_anonymous(name, anonymous, values):
    answers = ask(anonymous, name, values)
    assert answers and all(answer.url.startswith(reverse("account_login")) for answer in answers)


@pytest.mark.parametrize("name", sorted(name for name, arguments in ADDRESSES.items() if arguments))
def test_a_stranger_who_knows_the_address(name, stranger, client_of, values):
    # That there is a page for the owner of the installation is no secret.
    refused = 403 if "user_id" in ADDRESSES[name] else 404
    assert {answer.status_code for answer in ask(client_of(stranger), name, values)} == {refused}
