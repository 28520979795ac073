import dataclasses

import pytest

from meetings.inference_client import InferenceBroken, Progress
from meetings.models import Attendee, Job
from meetings.pipeline.context import StepCancelled
from meetings.pipeline.transcribe import transcribe
from tests.meetings.pipeline.fakes import FakeClient, heard

pytestmark = pytest.mark.django_db
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"


@pytest.fixture
def meeting(bare, with_sound):
    return with_sound(bare, 60)


def texts(meeting):
    return [(segment.start_ms, segment.text) for segment in meeting.segments.in_order()]


def test_segments_are_saved_with_the_times_of_the_recording(meeting, context_of):
    client = FakeClient(transcripts=[[heard(LONG, start_ms=500)], [heard("Later on.", start_ms=1000)]])
    transcribe(meeting, context_of(meeting, "transcribe", client))
    first_ms = client.pieces[0]["duration_ms"]
    assert texts(meeting) == [(500, LONG), (first_ms + 1000, "Later on.")]
    last = meeting.segments.last()
    assert last.words[0]["s"] == first_ms + 1000 and last.words[-1]["e"] == last.end_ms
    assert sum(piece["duration_ms"] for piece in client.pieces) == 60_000


def test_why_a_segment_is_whispers_is_kept(meeting, context_of):
    refused = dataclasses.replace(heard(LONG, start_ms=0), gate_reason="looping" + "x" * 50, gate_score=0.03)
    native = dataclasses.replace(heard("Yes.", start_ms=9000), engine="native", gate_score=0.9)
    transcribe(meeting, context_of(meeting, "transcribe", FakeClient(transcripts=[[refused, native]])))
    first, last = meeting.segments.in_order()
    assert (first.engine, first.gate_reason[:7], len(first.gate_reason), first.gate_score) == (
        "whisper", "looping", 30, 0.03,
    )  # fmt: skip
    assert (last.engine, last.gate_reason, last.gate_score) == ("native", "", 0.9)


def test_language_is_found_once_enough_was_said(meeting, context_of):
    client = FakeClient(transcripts=[[heard("Hallo.", start_ms=0)], [heard(LONG, start_ms=0)]], language="de")
    transcribe(meeting, context_of(meeting, "transcribe", client))
    meeting.refresh_from_db()
    assert [piece["language"] for piece in client.pieces] == ["", ""] and meeting.language == "de"


def test_language_is_fixed_after_the_first_piece(meeting, context_of):
    client = FakeClient(transcripts=[[heard(LONG, start_ms=0)]], language="fr")
    transcribe(meeting, context_of(meeting, "transcribe", client))
    assert [piece["language"] for piece in client.pieces] == ["", "fr"]


def test_a_given_language_and_the_vocabulary_are_sent(meeting, context_of):
    meeting.language, meeting.vocabulary = "es", "Zyklon\n\nAda\n"
    Attendee.objects.create(meeting=meeting, name="Grace")
    client = FakeClient()
    transcribe(meeting, context_of(meeting, "transcribe", client))
    assert client.pieces[0]["language"] == "es" and client.pieces[0]["hotwords"] == ["Zyklon", "Ada"]


def test_it_goes_on_after_what_was_saved(meeting, context_of):
    broken = FakeClient(transcripts=[[heard(LONG, start_ms=0), InferenceBroken()]])
    ctx = context_of(meeting, "transcribe", broken)
    with pytest.raises(InferenceBroken):
        transcribe(meeting, ctx)
    assert ctx.job.postpone(code="x", text="x", seconds=0)
    end_ms = meeting.segments.get().end_ms
    again = FakeClient(transcripts=[[heard("And so on.", start_ms=0)]])
    job = meeting.jobs.get(step="transcribe")
    assert job.claim()
    transcribe(meeting, type(ctx)(client=again, job=job))
    assert texts(meeting) == [(0, LONG), (end_ms, "And so on.")]
    assert sum(piece["duration_ms"] for piece in again.pieces) == 60_000 - end_ms


def test_a_cancelled_job_stops_and_keeps_what_was_saved(meeting, context_of):
    ctx = context_of(meeting, "transcribe", FakeClient())

    def cancel_between():
        yield heard("Kept.", start_ms=0)
        Job.objects.get(pk=ctx.job.pk).cancel()
        yield heard("Not kept.", start_ms=5000)

    ctx.client.transcripts.append(cancel_between())
    with pytest.raises(StepCancelled):
        transcribe(meeting, ctx)
    assert [text for _, text in texts(meeting)] == ["Kept."]


def test_a_worker_that_lost_its_job_cannot_save(meeting, context_of):
    ctx = context_of(meeting, "transcribe", FakeClient(transcripts=[[heard("Too late.", start_ms=0)]]))
    successor = Job.objects.get(pk=ctx.job.pk)
    assert successor.give_back() and successor.claim()
    with pytest.raises(StepCancelled):
        transcribe(meeting, ctx)
    assert not meeting.segments.exists()


def test_times_never_leave_the_recording(meeting, context_of):
    client = FakeClient(transcripts=[[], [heard("Over the end.", start_ms=30_000, end_ms=900_000)]])
    transcribe(meeting, context_of(meeting, "transcribe", client))
    segment = meeting.segments.get()
    assert segment.end_ms == segment.words[-1]["e"] == 60_000


def test_silence_is_told_and_is_no_error(meeting, context_of):
    transcribe(meeting, context_of(meeting, "transcribe"))
    meeting.recording.refresh_from_db()
    assert meeting.recording.notice == "silent" and not meeting.segments.exists()


def test_which_model_heard_it_is_kept(meeting, context_of):
    models = [
        {"id": "whisper-base", "role": "asr", "sha256": "ab", "profile": "compact"},
        {"id": "q", "role": "chat"},
    ]
    transcribe(meeting, context_of(meeting, "transcribe", FakeClient(models=models)))
    meeting.recording.refresh_from_db()
    assert meeting.recording.provenance["asr"] == {
        "model": "whisper-base", "sha256": "ab", "settings": {"profile": "compact"}
    }  # fmt: skip


def test_progress_is_in_time_of_the_recording(meeting, context_of, monkeypatch):
    monkeypatch.setattr("meetings.pipeline.context.REPORT_EVERY_S", 0)
    ctx = context_of(meeting, "transcribe", FakeClient(transcripts=[[Progress(done_ms=4000, total_ms=9000)]]))
    transcribe(meeting, ctx)
    job = Job.objects.get(pk=ctx.job.pk)
    assert (job.done_ms, job.total_ms) == (60_000, 60_000)


def test_a_repetition_without_length_is_not_kept(meeting, context_of):
    said = [
        heard("Let me share the plan.", start_ms=0),
        heard("Let me share the plan.", start_ms=2000, end_ms=2000),
    ]
    transcribe(meeting, context_of(meeting, "transcribe", FakeClient(transcripts=[said])))
    assert texts(meeting) == [(0, "Let me share the plan.")]
