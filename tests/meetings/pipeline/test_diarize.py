import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from meetings.inference_client import InferenceBroken
from meetings.pipeline.context import StepContext
from meetings.pipeline.diarize import diarize
from meetings.storage import key_of
from meetings.voices.change import assign_lines
from tests import factories
from tests.meetings.pipeline.fakes import FakeClient, turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(bare, with_sound):
    with_sound(bare, 3)
    factories.make_segments(bare)
    return bare


def said(meeting):
    return [
        (s.speaker and s.speaker.label, s.text) for s in meeting.segments.in_order().select_related("speaker")
    ]


def test_every_segment_gets_its_voice(meeting, context_of):
    turns = [turn(5000 * i, 5000 * (i + 1), f"S{1 + i % 2}") for i in range(6)]
    diarize(meeting, context_of(meeting, "diarize", FakeClient(turns=turns)))
    assert [label for label, _ in said(meeting)] == ["S1", "S2"] * 3
    assert list(meeting.speakers.values_list("label", "colour")) == [("S1", 0), ("S2", 1)]


def test_a_segment_with_two_voices_becomes_two(meeting, context_of):
    meeting.segments.all().delete()
    text = "Can you send it by Friday? Yes I will send it on Friday."
    row = factories.make_segment(meeting, text, start_ms=0, end_ms=6000)
    turns = [turn(0, 2900, "S1"), turn(2900, 6000, "S2")]
    diarize(meeting, context_of(meeting, "diarize", FakeClient(turns=turns)))
    assert said(meeting) == [("S1", "Can you send it by Friday?"), ("S2", "Yes I will send it on Friday.")]
    row.refresh_from_db()
    assert row.text == "Can you send it by Friday?" and row.end_ms == meeting.segments.in_order()[1].start_ms


def test_again_gives_the_same(meeting, context_of):
    turns = [turn(0, 11_000, "S1"), turn(11_000, 30_000, "S2")]
    ctx = context_of(meeting, "diarize", FakeClient(turns=turns))
    diarize(meeting, ctx)
    before = said(meeting)
    meeting.speakers.filter(label="S1").update(name="Ann")
    diarize(meeting, ctx)
    assert said(meeting) == before and meeting.speakers.get(label="S1").name == "Ann"


def test_what_a_person_edited_stays(meeting, context_of, owner):
    mine = factories.make_speaker(meeting, "S9", name="Zoe")
    first, second = meeting.segments.in_order()[:2]
    first.speaker = mine
    first.save()
    first.edit_text("What I typed. And more of it.", by=owner)
    second.edit_text("No voice given here. Not at all.", by=owner)
    turns = [turn(0, 2500, "S1"), turn(2500, 7500, "S2"), turn(7500, 30_000, "S1")]
    diarize(meeting, context_of(meeting, "diarize", FakeClient(turns=turns)))
    rows = said(meeting)
    assert rows[0] == ("S9", "What I typed. And more of it.")
    assert rows[1][1] == "No voice given here. Not at all." and rows[1][0] in ("S1", "S2")


def test_nobody_near(meeting, context_of):
    diarize(meeting, context_of(meeting, "diarize", FakeClient(turns=[])))
    assert {label for label, _ in said(meeting)} == {None} and not meeting.speakers.exists()


def test_nothing_was_said(bare, context_of):
    diarize(bare, context_of(bare, "diarize", None))


def test_a_server_that_ends_without_turns_is_tried_again(meeting, context_of):
    client = FakeClient()
    client.diarize = lambda audio, **hints: (nothing for nothing in ())
    with pytest.raises(InferenceBroken):
        diarize(meeting, context_of(meeting, "diarize", client))
    assert {label for label, _ in said(meeting)} == {None}


def test_names_that_were_called_are_suggested_and_not_given(bare, with_sound, context_of):
    with_sound(bare, 3)
    lines = [
        "Tom, can you send the draft?",
        "Yes, I will send it today.",
        "Tom, can you call legal?",
        "Sure, I can.",
    ]
    for i, text in enumerate(lines):
        factories.make_segment(bare, text, start_ms=5000 * i, end_ms=5000 * i + 4500)
    turns = [turn(5000 * i, 5000 * i + 4500, f"S{1 + i % 2}") for i in range(4)]
    bare.language = "en"
    diarize(bare, context_of(bare, "diarize", FakeClient(turns=turns)))
    tom = bare.speakers.get(label="S2")
    assert (tom.name, tom.suggested_name) == ("", "Tom")


def test_a_voice_found_anew_takes_nobodys_name(meeting, context_of, owner):
    ctx = context_of(
        meeting, "diarize", FakeClient(turns=[turn(0, 15_000, "S1"), turn(15_000, 30_000, "S2")])
    )
    diarize(meeting, ctx)
    meeting.speakers.filter(label="S1").update(name="Ann")
    meeting.speakers.filter(label="S2").update(name="Ben")
    given = meeting.segments.in_order().last()
    assign_lines(meeting, meeting.segments.filter(pk=given.pk), to="Ann", by=owner)
    turns = [turn(0, 5_000, "S1"), turn(5_000, 15_000, "S2"), turn(15_000, 30_000, "S3")]
    diarize(meeting, StepContext(client=FakeClient(turns=turns), job=ctx.job))
    names = [segment.speaker.name for segment in meeting.segments.in_order()]
    assert names[1:5] == ["Ann", "Ann", "Ben", "Ben"] and names[0] == ""
    assert given.pk in meeting.segments.filter(speaker__label__startswith="P").values_list("pk", flat=True)


@pytest.mark.parametrize(
    ("count", "people", "hints"), [(None, 0, (None, None)), (None, 3, (None, 3)), (2, 3, (2, None))]
)
def test_what_people_said_of_the_number_is_passed_on(meeting, context_of, count, people, hints):
    meeting.speaker_count = count
    for i in range(people):
        meeting.attendees.create(name=f"Person {i}")
    client = FakeClient(turns=[turn(0, 30_000, "S1")])
    diarize(meeting, context_of(meeting, "diarize", client))
    assert (client.hints["num_speakers"], client.hints["max_speakers"]) == hints


@pytest.mark.parametrize(
    ("count", "people", "taken"),
    [(None, [], True), (2, ["A", "B", "C"], True), (3, [], False), (None, ["A", "B", "C"], False)],
)
def test_channels_that_are_people_need_no_model(meeting, context_of, count, people, taken):
    """Unless more people speak than there are channels: then voices are told apart on each of them."""
    default_storage.save(key_of(meeting.pk, "channels.json"), ContentFile(b"[[0,15000,1],[15000,30000,0]]"))
    meeting.speaker_count = count
    meeting.save()
    for name in people:
        meeting.attendees.create(name=name)
    turns = [turn(0, 10_000, "S1"), turn(10_000, 15_000, "S2"), turn(15_000, 30_000, "S1")]
    diarize(meeting, context_of(meeting, "diarize", FakeClient(turns=turns)))
    labels = [label for label, _ in said(meeting)]
    assert labels == (["S1"] * 3 + ["S2"] * 3 if taken else ["S1", "S1", "S2", "S3", "S3", "S3"])
    assert ("diarization" in meeting.recording.provenance) is not taken


def test_twenty_five_voices_each_keep_their_own(bare, with_sound, context_of, client_of, owner):
    """Colours come again, labels do not; the page shows them all."""
    with_sound(bare, 3)
    for i in range(25):
        factories.make_segment(bare, f"This is voice number {i}.", start_ms=5000 * i, end_ms=5000 * i + 4000)
    turns = [turn(5000 * i, 5000 * i + 4500, f"S{i + 1}") for i in range(25)]
    diarize(bare, context_of(bare, "diarize", FakeClient(turns=turns)))
    assert [label for label, _ in said(bare)] == [f"S{i + 1}" for i in range(25)]
    assert {voice.colour for voice in bare.speakers.all()} == set(range(8))
    page = client_of(owner).get(reverse("meeting_talk", args=[bare.pk])).content.decode()
    assert page.count("<tr ") == 25 and "Speaker 25" in page


def test_a_meeting_of_two_seconds(bare, with_sound, context_of):
    with_sound(bare, 2)
    factories.make_segment(bare, "Hi.", start_ms=300, end_ms=900)
    diarize(bare, context_of(bare, "diarize", FakeClient(turns=[turn(200, 1000, "S1")])))
    assert said(bare) == [("S1", "Hi.")]


def test_a_line_that_is_spoken_over_says_so(meeting, context_of):
    turns = [turn(5000 * i, 5000 * (i + 1), f"S{1 + i % 2}") for i in range(6)]
    client = FakeClient(turns=turns, overlaps=[(4_000, 6_000)])
    diarize(meeting, context_of(meeting, "diarize", client))
    found = [line.overlap_ms for line in meeting.segments.in_order()]
    assert found[0] > 500 and found[1] > 500 and set(found[2:]) == {0}
