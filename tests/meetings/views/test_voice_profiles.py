"""The page of known voices, the consent to one, and yes or no to a name that was given by voice."""

import json

import pytest
from django.urls import reverse

from meetings.models import VoiceMatch, VoiceProfile, VoiceSample
from meetings.voices.change import rename_voice
from meetings.voices.profiles import remember_voice
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE = "voice_profiles"


@pytest.fixture(autouse=True)
def no_queue(monkeypatch):
    monkeypatch.setattr("meetings.voices.profiles.send_quietly", lambda task: None)


@pytest.fixture
def tom(meeting, owner):
    """The second voice, called Tom by a person."""
    rename_voice(meeting.speakers.last(), "Tom", seen="", by=owner)
    return meeting.speakers.last()


@pytest.fixture
def profile(tom, owner):
    """Tom's, kept by the owner."""
    return remember_voice(tom, person=None, note="by mail, <3 March", by=owner)


@pytest.fixture
def match(profile, owner, colleague, reader):
    """A voice of another meeting, shared like the first one, that was named by it."""
    other = factories.make_full_meeting(owner, title="Next week")
    factories.add_member(other, colleague, level=2)
    factories.add_member(other, reader, level=1)
    speaker = other.speakers.first()
    found = VoiceMatch.objects.create(
        profile=profile, meeting=other, label=speaker.label, similarity=0.8, confidence=0.932
    )
    rename_voice(speaker, "Tom", seen="", by=None, match=found)
    return found


def remember(client, speaker, **data):
    return client.post(reverse("remember_speaker", args=[speaker.pk]), data, headers=HTMX)


# --- consent --------------------------------------------------------------------------------------
def test_remember_somebody_without_an_account(tom, client_of, owner):
    client = client_of(owner)
    page = client.get(reverse("remember_speaker", args=[tom.pk]), headers=HTMX).content.decode()
    assert "Tom agrees that Minutebook" in page and "I agree that Minutebook" in page
    answer = remember(client, tom, person="", note="by mail", agreed="on")
    assert answer.status_code == 204 and answer["HX-Redirect"] == reverse(PAGE)
    made = VoiceProfile.objects.get()
    assert (made.keeper, made.name, made.consent_note, made.state) == (owner, "Tom", "by mail", "agreed")
    assert VoiceSample.objects.get().speaker == tom
    page = client.get(reverse(PAGE)).content.decode()
    assert "“by mail”. Recorded by Olga Owner" in page and "being learned" in page


def test_a_colleague_records_consent_for_themselves_and_the_owner_does_not_see_it(
    tom, client_of, owner, colleague
):
    client = client_of(colleague)
    assert remember(client, tom, person=colleague.pk, agreed="on").status_code == 204
    made = VoiceProfile.objects.get()
    assert (made.keeper, made.is_own) == (colleague, True) and made.consent_text.startswith("I agree")
    assert b"Agreed by Colin Colleague" in client.get(reverse(PAGE)).content
    assert b"No voice is known" in client_of(owner).get(reverse(PAGE)).content


def test_a_colleague_is_asked_and_answers(tom, client_of, owner, colleague):
    assert remember(client_of(owner), tom, person=colleague.pk).status_code == 204
    made = VoiceProfile.objects.get()
    page = client_of(colleague).get(reverse(PAGE)).content.decode()
    assert "Olga Owner asks whether" in page and "not listened to" in page
    assert b"asks whether Minutebook may know your voice" in client_of(colleague).get(reverse("home")).content
    url = reverse("voice_profile", args=[made.pk])
    assert client_of(owner).post(url, {"answer": "agree"}).status_code == 404
    assert client_of(colleague).post(url, {"answer": "agree"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "agreed"
    assert b"asks whether" not in client_of(colleague).get(reverse("home")).content
    # Who was asked keeps it; nobody else adds to it.
    again = remember(client_of(owner), tom, person=colleague.pk)
    assert again.status_code == 422 and b"Only the person who keeps it" in again.content


def test_who_was_asked_may_agree_in_a_meeting_too(tom, client_of, owner, colleague):
    remember(client_of(owner), tom, person=colleague.pk)
    assert remember(client_of(colleague), tom, person=colleague.pk, agreed="on").status_code == 204
    assert VoiceProfile.objects.get().state == "agreed"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"agreed": "on"},
        {"note": "by mail"},
        {"note": "  ", "agreed": "on"},
        {"note": "x" * 301, "agreed": "on"},
        {"person": "99999", "agreed": "on"},
        {"person": "²", "agreed": "on"},
    ],
)
def test_no_agreement_no_profile(tom, client_of, owner, bad):
    assert remember(client_of(owner), tom, **bad).status_code == 422
    assert not VoiceProfile.objects.exists()


def test_a_voice_without_a_persons_name_is_refused(meeting, match, client_of, owner):
    unnamed = match.meeting.speakers.last()
    by_voice = match.meeting.speakers.first()
    for speaker in (unnamed, by_voice):
        assert remember(client_of(owner), speaker, note="x", agreed="on").status_code == 400


def test_who_may_remember(tom, client_of, reader, stranger, anonymous):
    url = reverse("remember_speaker", args=[tom.pk])
    for method in ("get", "post"):
        assert getattr(client_of(reader), method)(url).status_code == 403
        assert getattr(client_of(stranger), method)(url).status_code == 404
        assert getattr(anonymous, method)(url).status_code == 302
    assert client_of(tom.meeting.owner).put(url).status_code == 405
    assert not VoiceProfile.objects.exists()


# --- the page -------------------------------------------------------------------------------------
def test_the_page_is_each_persons_own(profile, match, client_of, owner, colleague, stranger, anonymous):
    page = client_of(owner).get(reverse(PAGE)).content.decode()
    assert "by mail, &lt;3 March" in page and "Named in 1 meeting." in page and "Launch planning" in page
    for person in (colleague, stranger):
        assert b"No voice is known" in client_of(person).get(reverse(PAGE)).content
    assert anonymous.get(reverse(PAGE)).status_code == 302
    assert client_of(owner).post(reverse(PAGE)).status_code == 405


def test_the_title_of_a_meeting_one_may_not_see_is_not_shown(tom, client_of, owner, stranger):
    remember_voice(tom, person=stranger, by=owner)
    page = client_of(stranger).get(reverse(PAGE)).content.decode()
    assert "Launch planning" not in page and "that you cannot open" in page


@pytest.mark.parametrize("code", ["voice_too_short", "voice_gone", "voice_without_sound", "not_found"])
def test_what_could_not_be_learned_is_said(profile, client_of, owner, code):
    profile.samples.update(error_code=code)
    assert b"being learned" not in client_of(owner).get(reverse(PAGE)).content


def test_the_number_of_queries_does_not_grow(
    profile, meeting, client_of, owner, django_assert_max_num_queries
):
    client = client_of(owner)
    for number in range(5):
        meeting.speakers.update(name="")
        rename_voice(meeting.speakers.last(), f"Guest {number}", seen="", by=owner)
        remember_voice(meeting.speakers.last(), person=None, note="x", by=owner)
    with django_assert_max_num_queries(8):
        assert client.get(reverse(PAGE)).content.count(b"<article") == 6


def test_deleting_one(profile, match, client_of, owner, colleague, stranger, anonymous):
    url = reverse("voice_profile", args=[profile.pk])
    for person in (colleague, stranger):
        assert client_of(person).post(url, {"answer": "delete"}).status_code == 404
    assert anonymous.post(url, {"answer": "delete"}).status_code == 302
    client = client_of(owner)
    assert client.get(url).status_code == 405
    for bad in ({}, {"answer": "perhaps"}):
        assert client.post(url, bad).status_code == 400
    assert VoiceProfile.objects.exists()
    assert client.post(url, {"answer": "delete"}).status_code == 302
    assert not VoiceProfile.objects.exists() and not VoiceMatch.objects.exists()
    assert match.meeting.speakers.first().name == ""
    assert client.post(url, {"answer": "delete"}).status_code == 404


# --- yes or no ------------------------------------------------------------------------------------
def test_the_meeting_shows_that_and_how_surely_a_name_was_given_by_voice(match, client_of, owner):
    meeting, client = match.meeting, client_of(owner)
    page = client.get(reverse("meeting", args=[meeting.pk])).content.decode()
    assert "by voice, 93 %" in page and page.count("who--known") == 3
    found = client.get(reverse("meeting_voices", args=[meeting.pk])).json()["voices"]
    assert [voice["sure"] for voice in found.values()] == [0.932, None]
    dialog = client.get(reverse("speaker", args=[meeting.speakers.first().pk]), headers=HTMX).content.decode()
    assert "Named by voice, 93 % sure." in dialog and "Remember this voice" not in dialog
    history = client.get(reverse("meeting", args=[meeting.pk]) + "?tab=history").content.decode()
    assert "by voice · Speakers" in history


def test_yes(match, client_of, colleague):
    client = client_of(colleague)
    answer = client.post(reverse("voice_match", args=[match.pk]), {"answer": "yes"}, headers=HTMX)
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"])["minutebook:done"] == {"text": "Confirmed.", "undo": ""}
    page = client.get(reverse("meeting", args=[match.meeting.pk])).content.decode()
    assert "by voice, 93 %" not in page and "who--known" not in page and "Tom" in page
    twice = client.post(reverse("voice_match", args=[match.pk]), {"answer": "no"}, headers=HTMX)
    assert twice.status_code == 409 and match.meeting.speakers.first().name == "Tom"


def test_no_and_the_way_back(match, client_of, colleague):
    client = client_of(colleague)
    answer = client.post(reverse("voice_match", args=[match.pk]), {"answer": "no"}, headers=HTMX)
    event = json.loads(answer["HX-Trigger"])["minutebook:done"]
    assert event["text"] == "Tom is now Speaker 1." and match.meeting.speakers.first().name == ""
    assert client.post(event["undo"], headers=HTMX).status_code == 204
    assert match.meeting.speakers.first().name == "Tom"
    assert "who--known" not in client.get(reverse("meeting", args=[match.meeting.pk])).content.decode()


def test_who_may_answer(match, client_of, owner, reader, stranger, anonymous):
    url = reverse("voice_match", args=[match.pk])
    assert client_of(reader).post(url, {"answer": "no"}).status_code == 403
    assert client_of(stranger).post(url, {"answer": "no"}).status_code == 404
    assert anonymous.post(url, {"answer": "no"}).status_code == 302
    assert client_of(owner).get(url).status_code == 405
    for bad in ({}, {"answer": "x"}):
        assert client_of(owner).post(url, bad).status_code == 400
    match.refresh_from_db()
    assert match.state == "named"
