"""Names that were heard for voices."""

import pytest

from meetings.models import Attendee
from meetings.notes.people import People
from meetings.pipeline.names import find_spellings, suggest_names
from tests import factories
from tests.meetings.notes.talk import fill_meeting, make_lines


@pytest.fixture
def hear(owner):
    """`hear(talk, attendees=…, language=…)`: label → suggested name. Voices are anonymous; the talk's own names are not shown."""

    def run(talk, *, attendees=(), language="en"):
        meeting = factories.make_meeting(owner, language=language)
        Attendee.objects.bulk_create(Attendee(meeting=meeting, name=name) for name in attendees)
        fill_meeting(meeting, talk, named=False)
        suggest_names(meeting)
        return {speaker.label: speaker.suggested_name for speaker in meeting.speakers.all()}

    return run


def test_who_answers_to_a_name(hear):
    talk = "a: Marcus, can you send it?\nb: Sure, I will."
    assert hear(talk) == {"S1": "", "S2": "Marcus"}


def test_one_weak_sign_is_not_enough(hear):
    assert hear("a: Marcus, can you send it?\nb: The weather is bad.")["S2"] == ""


def test_who_introduces_themselves(hear):
    assert hear("a: Hello, I'm Tom, from sales.\nb: Hi.") == {"S1": "Tom", "S2": ""}


def test_words_that_only_look_like_names(hear):
    assert hear("a: Okay can you send it?\nb: Yes.\na: I'm Sorry.\nb: Right, can you hear me?\na: Sure.") == {
        "S1": "",
        "S2": "",
    }


def test_the_attendees_are_a_closed_list(hear):
    talk = "a: Alina, can you send it?\nb: Sure.\na: Zorro, please call.\nc: Okay, I will."
    assert hear(talk, attendees=["Elena", "Priya", "Tom", "Marcus"]) == {"S1": "", "S2": "Elena", "S3": ""}


def test_the_last_voice_is_the_last_attendee(hear):
    talk = "a: Elena, can you send it?\nb: Sure.\na: Tom, please call.\nc: Okay, I will."
    assert hear(talk, attendees=["Elena", "Priya", "Tom"]) == {"S1": "Priya", "S2": "Elena", "S3": "Tom"}


def test_one_name_is_not_given_twice(hear):
    talk = "a: Tom, can you send it?\nb: Sure.\na: Tom, can you call?\nc: Yes, I will."
    assert list(hear(talk).values()).count("Tom") == 0


@pytest.mark.parametrize(
    ("language", "talk"),
    [
        ("de", "a: Marcus, kannst du das schicken?\nb: Ja, klar."),
        ("fr", "a: Marcus, tu peux envoyer le texte ?\nb: Oui, d'accord."),
    ],
)
def test_german_and_french(hear, language, talk):
    assert hear(talk, language=language)["S2"] == "Marcus"


def test_a_language_without_cues_gives_none(hear):
    assert hear("a: Marcus, can you send it?\nb: Sure.", language="fi") == {"S1": "", "S2": ""}


def test_a_given_name_is_never_changed_nor_suggested_again(owner):
    meeting = factories.make_meeting(owner, language="en")
    fill_meeting(meeting, "a: Marcus, can you send it?\nb: Sure, I will.", named=False)
    second = meeting.speakers.get(label="S2")
    second.name = "Marc"
    second.save()
    suggest_names(meeting)
    second.refresh_from_db()
    assert (second.name, second.suggested_name) == ("Marc", "")


def test_attendees_as_they_were_heard():
    lines = make_lines("a: Alina, can you send it to Alba?\nb: Thanks, Tom.\na: Zorro, please call.")
    spellings = find_spellings(lines, language="en", attendees=["Elena Fischer", "Tom"])
    assert spellings == {"Alina": "Elena"}
    people = People(attendees=["Elena Fischer", "Tom"], spellings=spellings)
    assert people.respell("Alina sends it; Alinas do not") == "Elena sends it; Alinas do not"
    assert find_spellings(lines, language="en", attendees=[]) == {}
    assert find_spellings(lines, language="xx", attendees=["Tom"]) == {}
