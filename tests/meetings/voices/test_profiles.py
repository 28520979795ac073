"""Voices that are known: agreed to, learned, named, confirmed, refused, forgotten. The real models: tests/models/test_known_voices.py."""

import logging

import pytest

from meetings.deletion import delete_meeting, erase_meeting
from meetings.export.json_export import render_export
from meetings.inference_client import InferenceRefused, InferenceUnavailable
from meetings.models import Meeting, SpeakerChange, VoiceMatch, VoiceProfile, VoiceSample
from meetings.pipeline.diarize import diarize
from meetings.voices.change import merge_voices, rename_voice
from meetings.voices.errors import ChangedMeanwhile, NameNeeded, VoiceKnownAlready
from meetings.voices.listen import MAX_SPEECH_MS, choose_stretches
from meetings.voices.naming import confirm_name, find_match, hear_voices, name_known_voices, refuse_name
from meetings.voices.profiles import agree, forget_voice, learn_waiting_voices, remember_voice
from meetings.voices.rename import rename
from meetings.voices.undo import undo_change
from tests import factories
from tests.meetings.pipeline.conftest import bare, context_of, with_sound  # noqa: F401
from tests.meetings.pipeline.fakes import FakeClient, turn, voice

pytestmark = pytest.mark.django_db
TOM = (1, 0, 0)


def unsent() -> None:
    """Nobody listens for the queue here."""


@pytest.fixture
def heard(bare, with_sound):  # noqa: F811
    """A meeting with 30 s of sound, six lines of two voices in turn; the second is named Tom."""
    with_sound(bare, 30)
    speakers = [factories.make_speaker(bare, "S1"), factories.make_speaker(bare, "S2", name="Tom")]
    factories.make_segments(bare, speakers=speakers)
    return bare


@pytest.fixture
def profile(heard, owner):
    """Tom's, learned from `heard`; he has no account."""
    made = remember_voice(heard.speakers.last(), person=None, note="by phone", by=owner, send=unsent)
    assert learn_waiting_voices(client=FakeClient(voices=[voice(*TOM)])) == 1
    return made


@pytest.fixture
def new(owner, heard):
    """Another meeting of the same owner with the same sound, its voices not named."""
    meeting = factories.make_meeting(owner, title="Next week")
    factories.make_recording(meeting, audio_key=heard.recording.audio_key)
    speakers = [factories.make_speaker(meeting, "S1"), factories.make_speaker(meeting, "S2")]
    factories.make_notes(meeting, factories.make_segments(meeting, speakers=speakers), speakers=speakers)
    return meeting


def name(meeting, *voices) -> list[VoiceMatch]:
    client = FakeClient(voices=voices)
    return name_known_voices(meeting, hear_voices(meeting, client=client))


def names(meeting) -> list[str]:
    return [speaker.display_name for speaker in meeting.speakers.all()]


def test_a_known_voice_is_named_with_how_sure_it_is(profile, new):
    (match,) = name(new, voice(0, 1, 0), voice(0.9, 0.1, 0))
    assert names(new) == ["Speaker 1", "Tom"]
    assert match.label == "S2" and 0.9 < match.similarity < 1 and 0.5 < match.confidence < 1
    assert find_match(new.speakers.last()) == match and find_match(new.speakers.first()) is None
    change = SpeakerChange.objects.get()
    assert change.is_by_voice and change.sentence == "Speaker 2 is now Tom."


def test_consent_is_kept_in_words(profile, owner):
    assert (profile.keeper, profile.is_own, profile.state) == (owner, False, "agreed")
    assert profile.consent_text.startswith("Tom agrees") and "Olga Owner" in profile.consent_text
    assert profile.consent_note == "by phone" and profile.agreed_at


def test_nothing_is_heard_where_nobody_is_known(heard, new, client_of):
    client = FakeClient()
    assert hear_voices(new, client=client) == {} and client.heard_ms == []


def test_a_voice_of_another_network_is_never_compared(profile, new):
    assert name(new, voice(0, 1, 0), voice(*TOM, embedder="net@2")) == []
    assert name(new, voice(1, 0, embedder="net@2"), voice(0, 1, embedder="net@2")) == []


def test_with_a_new_network_voices_are_learned_again(profile, new):
    name(new, voice(0, 1, embedder="net@2"), voice(1, 0, embedder="net@2"))
    assert learn_waiting_voices(client=FakeClient(voices=[voice(1, 0, embedder="net@2")])) == 1
    assert [m.label for m in name(new, voice(0, 1, embedder="net@2"), voice(1, 0, embedder="net@2"))] == [
        "S2"
    ]


def test_too_little_speech_is_nobody(profile, new):
    assert name(new, voice(0, 1, 0), voice(*TOM, speech_ms=4_000)) == []
    assert name(new, voice(0, 1, 0), voice()) == []
    new.segments.filter(speaker__label="S2", start_ms__gt=6_000).delete()
    client = FakeClient(voices=[voice(*TOM)])
    hear_voices(new, client=client)
    assert len(client.heard_ms) == 1


def test_no_means_no_for_that_voice_of_that_meeting(profile, new, owner):
    (match,) = name(new, voice(0, 1, 0), voice(*TOM))
    change = refuse_name(match, by=owner)
    assert names(new) == ["Speaker 1", "Speaker 2"] and change.sentence == "Tom is now Speaker 2."
    assert name(new, voice(0, 1, 0), voice(*TOM)) == []
    # The other voice of the meeting may still be he.
    assert [found.label for found in name(new, voice(*TOM), voice(*TOM))] == ["S1"]
    with pytest.raises(ChangedMeanwhile):
        refuse_name(match, by=owner)


def test_no_outlives_a_merge_that_is_taken_back_and_another_run(profile, new, owner, context_of):  # noqa: F811
    (match,) = name(new, voice(0, 1, 0), voice(*TOM))
    refuse_name(match, by=owner)
    first, second = new.speakers.all()
    undo_change(merge_voices(second, into=first, by=owner), by=owner)
    assert name(new, voice(0, 1, 0), voice(*TOM)) == []
    factories.make_jobs(new, state="waiting")
    turns = [turn(5000 * i, 5000 * (i + 1), f"S{1 + i % 2}") for i in range(6)]
    client = FakeClient(turns=turns, voices=[voice(0, 1, 0), voice(*TOM)])
    diarize(new, context_of(new, "diarize", client))
    assert names(new) == ["Speaker 1", "Speaker 2"]


def test_the_step_names_before_names_that_were_heard(profile, new, context_of):  # noqa: F811
    factories.make_jobs(new, state="waiting")
    turns = [turn(5000 * i, 5000 * (i + 1), f"S{1 + i % 2}") for i in range(6)]
    client = FakeClient(turns=turns, voices=[voice(0, 1, 0), voice(*TOM)])
    diarize(new, context_of(new, "diarize", client))
    assert names(new) == ["Speaker 1", "Tom"] and new.speakers.last().suggested_name == ""
    # Three lines of five seconds each.
    assert client.heard_ms == [15_000, 15_000]


def test_a_server_that_knows_no_voices_names_nobody(profile, new, context_of):  # noqa: F811
    factories.make_jobs(new, state="waiting")
    turns = [turn(5000 * i, 5000 * (i + 1), f"S{1 + i % 2}") for i in range(6)]
    diarize(
        new, context_of(new, "diarize", FakeClient(turns=turns, voices=[InferenceRefused(code="not_found")]))
    )
    assert names(new) == ["Speaker 1", "Speaker 2"]


def test_yes_makes_it_a_persons_word(profile, new, owner):
    (match,) = name(new, voice(0, 1, 0), voice(*TOM))
    confirm_name(match, by=owner)
    assert find_match(new.speakers.last()) is None
    forget_voice(profile)
    assert names(new) == ["Speaker 1", "Tom"] and not SpeakerChange.objects.get().is_by_voice


def test_saving_the_same_name_is_yes_and_another_name_is_the_end_of_it(profile, new, owner):
    (match,) = name(new, voice(0, 1, 0), voice(*TOM))
    speaker = new.speakers.last()
    assert rename(speaker, "Tom", seen="Tom", by=owner) is None
    match.refresh_from_db()
    assert (match.state, match.decided_by) == ("confirmed", owner)
    rename(speaker, "Marcus", seen="Tom", by=owner)
    assert find_match(speaker) is None


def test_a_name_that_is_there_already_is_not_given_again(profile, new, owner):
    rename_voice(new.speakers.first(), "tom", seen="", by=owner)
    client = FakeClient()
    assert name_known_voices(new, hear_voices(new, client=client)) == [] and client.heard_ms == []


def test_forgetting_takes_everything_with_it(profile, new, owner):
    new.note_items.filter(kind="risk").update(text="Speaker 2 pays.")
    name(new, voice(0, 1, 0), voice(*TOM))
    assert new.note_items.get(kind="risk").text == "Tom pays."
    forget_voice(profile)
    assert (
        names(new) == ["Speaker 1", "Speaker 2"] and new.note_items.get(kind="risk").text == "Speaker 2 pays."
    )
    for model in (VoiceProfile, VoiceSample, VoiceMatch, SpeakerChange):
        assert not model.objects.exists(), model


def test_a_refusal_is_forgotten_too(profile, new, owner):
    (match,) = name(new, voice(0, 1, 0), voice(*TOM))
    refuse_name(match, by=owner)
    forget_voice(profile)
    assert not VoiceMatch.objects.exists() and not SpeakerChange.objects.exists()


def test_a_deleted_meeting_takes_what_was_learned_from_it(profile, heard, new):
    delete_meeting(heard)
    assert hear_voices(new, client=FakeClient()) == {}
    erase_meeting(Meeting.objects.get(pk=heard.pk))
    assert not VoiceSample.objects.exists() and VoiceProfile.objects.exists()


def test_somebody_with_an_account_is_asked_and_only_they_can_add(heard, owner, colleague, new):
    speaker = heard.speakers.last()
    profile = remember_voice(speaker, person=colleague, by=owner, send=unsent)
    assert (profile.keeper, profile.state, profile.asked_by) == (colleague, "asked", owner)
    assert learn_waiting_voices(client=FakeClient()) == 0 and hear_voices(new, client=FakeClient()) == {}
    agree(profile, send=unsent)
    agree(profile, send=unsent)
    profile.refresh_from_db()
    assert profile.state == "agreed" and profile.agreed_at
    assert learn_waiting_voices(client=FakeClient(voices=[voice(*TOM)])) == 1
    with pytest.raises(VoiceKnownAlready):
        remember_voice(speaker, person=colleague, by=owner, send=unsent)


def test_whose_meetings_a_voice_is_known_in(profile, heard, new, owner, colleague):
    """A guest's voice in the keeper's own meetings; a colleague's own voice in everybody's, while they may log in."""
    known = VoiceProfile.objects.known_in
    theirs = factories.make_meeting(colleague)
    assert list(known(new)) == [profile] and not known(theirs)
    own = remember_voice(heard.speakers.last(), person=colleague, by=colleague, send=unsent)
    assert set(known(new)) == {profile, own} and list(known(theirs)) == [own]
    colleague.is_active = False
    colleague.save()
    assert list(known(new)) == [profile]


def test_two_meetings_are_one_voice(profile, heard, new, owner):
    rename_voice(new.speakers.last(), "Tom", seen="", by=owner)
    assert remember_voice(new.speakers.last(), person=None, by=owner, send=unsent) == profile
    assert learn_waiting_voices(client=FakeClient(voices=[voice(0, 1, 0)])) == 1
    third = factories.make_meeting(owner)
    factories.make_recording(third, audio_key=heard.recording.audio_key)
    factories.make_segments(third, speakers=[factories.make_speaker(third, "S1")] * 2)
    (match,) = name(third, voice(1, 1, 0))
    assert match.similarity == pytest.approx(1)


def test_a_voice_without_a_name_cannot_be_remembered(heard, owner):
    with pytest.raises(NameNeeded):
        remember_voice(heard.speakers.first(), person=None, by=owner, send=unsent)
    assert not VoiceProfile.objects.exists()


@pytest.mark.parametrize(
    ("change", "voices", "code"),
    [
        (lambda heard: None, [voice()], "voice_too_short"),
        (lambda heard: heard.segments.all().update(end_ms=0, start_ms=0), [], "voice_too_short"),
        (lambda heard: heard.segments.all().delete(), [], "voice_gone"),
        (lambda heard: heard.speakers.last().delete(), [], "voice_gone"),
        (
            lambda heard: setattr(heard.recording, "audio_key", "") or heard.recording.save(),
            [],
            "voice_without_sound",
        ),
        (lambda heard: None, [InferenceRefused(code="not_found")], "not_found"),
    ],
)
def test_what_cannot_be_learned_says_why_and_is_not_tried_again(heard, owner, change, voices, code):
    remember_voice(heard.speakers.last(), person=None, note="x", by=owner, send=unsent)
    change(heard)
    assert learn_waiting_voices(client=FakeClient(voices=voices)) == 1
    sample = VoiceSample.objects.get()
    assert (sample.error_code, sample.vector) == (code, None)
    assert learn_waiting_voices(client=FakeClient()) == 0


def test_while_the_server_is_away_it_waits_and_no_name_reaches_the_log(heard, owner, caplog):
    remember_voice(heard.speakers.last(), person=None, note="x", by=owner, send=unsent)
    with caplog.at_level(logging.DEBUG):
        assert learn_waiting_voices(client=FakeClient(voices=[InferenceUnavailable()])) == 0
        assert learn_waiting_voices(client=FakeClient(voices=[voice(*TOM)])) == 1
    assert "voices wait: inference_unavailable" in caplog.text and "Tom" not in caplog.text


def test_a_profile_deleted_while_somebody_listens_leaves_nothing(heard, owner):
    profile = remember_voice(heard.speakers.last(), person=None, note="x", by=owner, send=unsent)

    class Slow(FakeClient):
        def describe_voice(self, sound):
            forget_voice(profile)
            return super().describe_voice(sound)

    assert learn_waiting_voices(client=Slow(voices=[voice(*TOM)])) == 0
    assert not VoiceSample.objects.exists()


def test_only_lines_that_are_the_voices_alone_are_heard(heard):
    speaker = heard.speakers.last()
    assert choose_stretches(speaker) == [(5_000, 10_000), (15_000, 20_000), (25_000, 30_000)]
    heard.segments.filter(start_ms=5_000).update(overlap_ms=900)
    heard.segments.filter(start_ms=15_000).update(end_ms=16_000)
    assert choose_stretches(speaker) == [(25_000, 30_000)]
    heard.segments.filter(start_ms=25_000).update(end_ms=999_000)
    assert choose_stretches(speaker) == [(25_000, 25_000 + MAX_SPEECH_MS)]


def test_an_export_has_the_name_and_nothing_of_the_voice(profile, new):
    name(new, voice(0, 1, 0), voice(*TOM))
    text = str(render_export(new))
    assert "Tom" in text and not any(
        word in text for word in ("voice", "similarity", "embedder", "confidence': 0.99")
    )
