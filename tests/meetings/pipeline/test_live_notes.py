"""Notes from captions with a scripted model; with the real one, stopped within its time: `manage.py bench live FILE`."""

import datetime as dt
from collections.abc import Sequence

import pytest
from django.utils import timezone

from meetings.inference_client import InferenceBroken, InferenceUnavailable
from meetings.live import takes
from meetings.live.drafting import draft_running_meetings
from meetings.models import ActionItem, Job, Segment, Take
from meetings.notes.live_windows import LONGEST_WINDOW_MS, WINDOW_MS, cut_live_windows, list_so_far
from meetings.pipeline import steps
from meetings.pipeline.live_notes import DRAFT_UNTIL_S, SUM_UP_UNTIL_S, live_notes
from tests.meetings.notes.scripted import LARGE, ScriptedClient, quote_lines
from tests.meetings.notes.talk import PLANNING, split_talk

pytestmark = pytest.mark.django_db
STEP_MS = 10_000
# Captions have no voices: what follows an order to the machine could be the same person's and would be no source.
TALK = "\n".join(line for line in PLANNING.splitlines() if "ignore" not in line)


@pytest.fixture
def take(owner):
    return takes.create_take(owner, title="Standup", language="en")


def say(take, text: str = TALK, *, voices: Sequence[str] = ()) -> None:
    """Captions of ten seconds with a second between them, after those that are there. `voices`: whose are told apart."""
    start = take.meeting.segments.count() * STEP_MS
    for number, (name, said) in enumerate(split_talk(text)):
        at = start + number * STEP_MS
        Segment.objects.create(
            meeting=take.meeting,
            start_ms=at,
            end_ms=at + STEP_MS - 1000,
            text=said,
            engine="live",
            live_voice=voices.index(name) + 1 if name in voices else None,
        )


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    """`run(queue, client)`: do the first of the queue; what it queued is in the queue."""

    def run(queue, client):
        with django_capture_on_commit_callbacks(execute=True):
            return steps.run_step(queue.pop(0), client=client, send=queue.append)

    return run


@pytest.fixture
def look_round(django_capture_on_commit_callbacks):
    def look_round(queue):
        with django_capture_on_commit_callbacks(execute=True):
            return draft_running_meetings(send=queue.append)

    return look_round


@pytest.fixture
def stop(django_capture_on_commit_callbacks):
    """As `finish_take` does, without sound."""

    def stop(take, queue):
        Take.objects.filter(pk=take.pk).update(state=Take.State.DONE)
        with django_capture_on_commit_callbacks(execute=True):
            steps.start_pipeline(take.meeting, send=queue.append)

    return stop


def get_job(take) -> Job:
    return take.meeting.jobs.get(step=Job.Step.LIVE_NOTES)


def test_windows_end_at_pauses(take):
    def cut(gaps_ms, *, is_over=False, length_ms=20_000):
        at, segments = 0, []
        for gap_ms in gaps_ms:
            segments.append(Segment(start_ms=at, end_ms=at + length_ms))
            at += length_ms + gap_ms
        return [len(window) for window in cut_live_windows(segments, is_over=is_over)]

    assert cut([0, 0, 0, 0, 0, 1000, 0]) == [6]
    assert cut([0, 0, 0, 0, 0, 1000, 0], is_over=True) == [6, 1]
    assert cut([0] * 20) == [LONGEST_WINDOW_MS // 20_000] * 2
    assert cut([1000] * 4) == [] and cut([1000] * 4, is_over=True) == [4]
    assert cut([], is_over=True) == []


def test_windows_are_drafted_while_it_runs_and_notes_are_there_at_the_end(take, run, look_round, stop):
    client, queue = ScriptedClient(), []
    assert look_round(queue) == 0
    say(take)
    assert look_round(queue) == 1
    assert run(queue, client) and queue == []
    job = get_job(take)
    assert job.state == Job.State.WAITING and job.done_ms >= WINDOW_MS
    assert not take.meeting.action_items.exists()
    so_far = {(item.kind, item.text) for item in list_so_far(take.meeting)}
    assert any(kind == "action" and "posters" in text for kind, text in so_far), "people can read it already"
    assert look_round(queue) == 0, "what is left is no window yet"
    asked = len(client.prompts)
    say(take, "Priya: Zoe, can you call the caterer by Friday?\nZoe: Sure, I'll call them.")
    stop(take, queue)
    assert queue == [job.pk]
    assert run(queue, client)
    notes = take.meeting.notes
    assert get_job(take).state == Job.State.DONE and notes.is_from_captions and notes.coverage == 1.0
    texts = " ".join(take.meeting.action_items.values_list("text", flat=True))
    assert "posters" in texts and "caterer" in texts
    assert take.meeting.topics.exists()
    assert queue == [take.meeting.jobs.get(step="ingest").pk]
    # What was drafted while it ran was not read again.
    later = [message[-1]["content"] for message in client.prompts[asked:]]
    assert asked and not any(
        "<transcript>" in text and "planning meeting for the workshop" in text for text in later
    )


def test_voices_of_captions_answer_each_other(take, run, look_round, stop):
    """Beside the captions a voice is an owner; in the notes, which outlive its number, it is not."""
    names = ["Priya", "Ben", "Zoe", "Tom"]
    asked = "Priya: Can somebody print the badges by Friday?\nBen: Yes, I'll print the badges.\n"
    client, queue = ScriptedClient(), []
    say(take, asked + TALK, voices=names)
    look_round(queue)
    assert run(queue, client)
    [badges] = [item for item in list_so_far(take.meeting) if "badges" in item.text and item.kind == "action"]
    assert badges.owner_name == "Speaker 2"
    stop(take, queue)
    assert run(queue, client)
    [badges] = take.meeting.action_items.filter(text__contains="badges")
    assert badges.owner_speaker is None and badges.owner_name == ""
    assert not any("Speaker" in item.text for item in take.meeting.note_items.all())
    assert not take.meeting.segments.exclude(speaker=None).exists() and not take.meeting.speakers.exists()


def test_a_large_model_reads_windows_too(take, run, stop):
    """It answers nothing here, so nothing is kept; every window is asked for, and none counts as read."""
    client, queue = ScriptedClient(model=LARGE), []
    say(take)
    stop(take, queue)
    assert run(queue, client)
    windows = [message[-1]["content"] for message in client.prompts]
    assert any("planning meeting for the workshop" in text for text in windows)
    assert any("Thank you all" in text for text in windows)
    assert get_job(take).state == Job.State.DONE and take.meeting.notes.is_from_captions


def test_nobody_waits_longer_for_a_slow_model(take, run, stop):
    """The machine did not keep up: past the time the notes are made of what was said, without the chat model."""
    client, queue = ScriptedClient(), []
    say(take)
    stopped_at = timezone.now() - dt.timedelta(seconds=SUM_UP_UNTIL_S + 1)
    Take.objects.update(stopped_at=stopped_at)
    stop(take, queue)
    assert run(queue, client)
    assert client.prompts == []
    notes = take.meeting.notes
    assert get_job(take).state == Job.State.DONE and notes.is_from_captions
    texts = " ".join(take.meeting.action_items.values_list("text", flat=True))
    assert "posters" in texts
    assert take.meeting.topics.exists() and notes.coverage == 0.0
    assert all(item.citations.exists() for item in take.meeting.note_items.all())


def test_a_prompt_under_way_is_given_up(take, run, stop):
    """A machine that is so busy that one prompt takes longer than there is time."""

    def answer(messages, schema):
        Take.objects.update(stopped_at=timezone.now() - dt.timedelta(seconds=SUM_UP_UNTIL_S))
        raise InferenceBroken

    client, queue = ScriptedClient(answer), []
    say(take)
    Take.objects.update(stopped_at=timezone.now())
    stop(take, queue)
    assert run(queue, client)
    assert len(client.prompts) == 1 and DRAFT_UNTIL_S - 5 < client.timeout_s <= DRAFT_UNTIL_S
    assert take.meeting.notes.is_from_captions
    assert "posters" in " ".join(take.meeting.action_items.values_list("text", flat=True))


def test_stopped_in_the_middle_of_a_window(take, run, look_round, stop):
    """What is still to be asked is hurried, then left out."""
    asked: list[str] = []

    def answer(messages, schema):
        asked.append(client.priority)
        if len(asked) == 2:
            Take.objects.update(stopped_at=timezone.now())
        if len(asked) == 4:
            Take.objects.update(stopped_at=timezone.now() - dt.timedelta(seconds=DRAFT_UNTIL_S + 1))
        return quote_lines(messages, schema)

    client, queue = ScriptedClient(answer), []
    say(take)
    look_round(queue)
    assert run(queue, client)
    assert asked == ["batch", "batch", "interactive", "interactive"]
    stop(take, queue)
    assert run(queue, client)
    assert take.meeting.notes.is_from_captions
    # There is still time for the one prompt of the summary.
    assert len(asked) >= 5 and "posters" in " ".join(take.meeting.action_items.values_list("text", flat=True))


def test_what_was_repaired_is_not_repaired_again(take, run, look_round, stop):
    """A model that invents: every line needs its repair, and at the stop none is asked for a second time."""

    def invent(messages, schema):
        is_repair = "<line>" in messages[-1]["content"]
        return quote_lines(messages, schema) if is_repair else '{"text": "Zebras will review the giraffe."}'

    client, queue = ScriptedClient(invent), []
    say(take)
    look_round(queue)
    assert run(queue, client)
    repaired = list_repairs(client)
    assert repaired
    client.prompts.clear()
    stop(take, queue)
    assert run(queue, client)
    assert take.meeting.notes.is_from_captions
    assert not repaired & list_repairs(client)


def list_repairs(client) -> set[str]:
    return {prompt[-1]["content"] for prompt in client.prompts if "<line>" in prompt[-1]["content"]}


def test_a_window_is_drafted_once(take, context_of):
    client = ScriptedClient()
    say(take)
    Job.objects.create(meeting=take.meeting, step=Job.Step.LIVE_NOTES)
    assert live_notes(take.meeting, context_of(take.meeting, Job.Step.LIVE_NOTES, client)) is False
    asked = len(client.prompts)
    get_job(take).give_back()
    Job.objects.update(state=Job.State.WAITING)
    assert live_notes(take.meeting, context_of(take.meeting, Job.Step.LIVE_NOTES, client)) is False
    assert len(client.prompts) == asked


def test_a_model_server_that_is_away_holds_nothing_up(take, run, stop):
    def away(messages, schema):
        raise InferenceUnavailable

    queue: list[int] = []
    say(take)
    stop(take, queue)
    assert run(queue, ScriptedClient(away))
    assert get_job(take).state == Job.State.DONE
    assert take.meeting.jobs.get(step="ingest").state == Job.State.QUEUED


def test_stopped_while_a_worker_put_it_back(take, look_round, stop):
    """The stop saw it running, the worker saw no other step: nobody sent it."""
    say(take)
    stop(take, [])
    Job.objects.filter(step=Job.Step.LIVE_NOTES).update(state=Job.State.WAITING)
    queue: list[int] = []
    look_round(queue)
    assert queue == [get_job(take).pk] and get_job(take).state == Job.State.QUEUED


def test_without_captions_the_step_is_not_there(take, stop):
    stop(take, [])
    assert list(take.meeting.jobs.values_list("step", flat=True)) == Job.Step.of_uploads()


def test_what_a_person_confirmed_survives_the_pass_over_the_recording(take, run, stop, owner, context_of):
    from meetings.pipeline.captions import drop_captions
    from meetings.pipeline.draft import draft
    from meetings.pipeline.ground import ground

    client, meeting = ScriptedClient(), take.meeting
    say(take)
    queue: list[int] = []
    stop(take, queue)
    run(queue, client)
    item = meeting.action_items.first()
    item.move(ActionItem.Move.CONFIRM, by=owner)
    cited = [c.segment.text for c in item.citations.all()]
    for caption in meeting.segments.filter(engine="live"):
        Segment.objects.create(
            meeting=meeting, start_ms=caption.start_ms + 200, end_ms=caption.end_ms, text=caption.text
        )
    drop_captions(meeting)
    for step, function in ((Job.Step.DRAFT, draft), (Job.Step.GROUND, ground)):
        meeting.jobs.filter(step=step).update(state=Job.State.WAITING)
        function(meeting, context_of(meeting, step, client))
    meeting.notes.refresh_from_db()
    assert not meeting.notes.is_from_captions
    assert meeting.action_items.filter(text=item.text).count() == 1
    item.refresh_from_db()
    assert [c.segment.text for c in item.citations.all()] == cited and item.state == "open"
