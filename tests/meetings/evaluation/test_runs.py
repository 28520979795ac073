"""References as temporary meetings."""

import itertools

import pytest

from meetings.evaluation.reference import Turn
from meetings.evaluation.runs import MAX_SEGMENT_WORDS, RunFailed, fill_in_turns, run_reference, split_turn
from meetings.models import Job, Meeting, User
from tests import factories
from tests.meetings.evaluation.test_notes import make_reference
from tests.meetings.pipeline.fakes import FakeClient


def test_short_turn_stays_whole():
    turn = Turn(1_000, 2_000, "Ann", "Yes. No.")
    assert split_turn(turn) == [turn]


def test_speech_is_cut_between_sentences():
    text = " ".join(f"Sentence number {i} has exactly seven words." for i in range(20))
    pieces = split_turn(Turn(0, 60_000, "Ann", text))
    assert " ".join(piece.text for piece in pieces) == text
    assert all(len(piece.text.split()) <= MAX_SEGMENT_WORDS for piece in pieces)
    assert all(piece.text.endswith("words.") for piece in pieces)
    assert pieces[0].start_ms == 0
    assert pieces[-1].end_ms == 60_000
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(pieces))


def test_endless_sentence_is_cut_anyway():
    pieces = split_turn(Turn(0, 60_000, "Ann", "word " * 100))
    assert [len(piece.text.split()) for piece in pieces] == [40, 40, 20]


def test_silent_turn_has_no_pieces():
    assert split_turn(Turn(0, 1_000, "Ann", "")) == []


def test_turns_become_segments_and_hearing_counts_as_done(owner: User):
    meeting = factories.make_meeting(owner)
    fill_in_turns(meeting, [Turn(0, 2_000, "Tim Beiko", "Hello."), Turn(2_000, 3_000, "B", "Hi.")])
    assert [(s.text, s.speaker.display_name) for s in meeting.segments.in_order()] == [
        ("Hello.", "Tim Beiko"),
        ("Hi.", "Speaker 2"),
    ]
    assert meeting.recording.duration_ms == 3_000
    states = {job.step: job.state for job in meeting.jobs.all()}
    assert states[Job.Step.DIARIZE] == Job.State.DONE
    assert states[Job.Step.DRAFT] == Job.State.WAITING


@pytest.mark.django_db(transaction=True)
class TestRunReference:
    """Real steps, a fake client: nobody speaks, or nobody writes. With the real models: tests/models/test_evaluate.py."""

    def test_silence_goes_through_every_step_and_leaves_nothing(self, tmp_path):
        audio = tmp_path / "silence.wav"
        audio.write_bytes(factories.make_wav(seconds=2, hz=0))
        seen = []
        outcome = run_reference(
            make_reference(audio_path=audio),
            client=FakeClient(),
            progress=lambda step, share: seen.append(step),
        )
        assert seen == Job.Step.of_uploads()
        assert (outcome.segments, outcome.items) == ([], [])
        assert outcome.duration_ms == 2_000
        assert outcome.timings_ms["ingest"] is not None
        assert not Meeting.objects.exists()
        assert not User.objects.exists()

    def test_failed_step_is_told_and_leaves_nothing(self):
        turn = Turn(0, 1_000, "Ann", "I will send the draft to legal by Friday.")
        with pytest.raises(RunFailed) as caught:
            run_reference(make_reference(turns=[turn]), client=FakeClient())
        assert "no_chat_model" in caught.value.text
        assert not Meeting.objects.exists()
