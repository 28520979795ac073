"""One reference through the real pipeline: as a temporary meeting of a temporary person, deleted afterwards."""

import contextlib
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils import timezone

from meetings.errors import MinutebookError
from meetings.export.json_export import render_export
from meetings.inference_client import InferenceClient
from meetings.models import Attendee, Job, Meeting, Recording, Segment, Speaker, User
from meetings.pipeline.steps import ORDER, RETRY_AFTER_S, queue_next, run_step, start_pipeline
from meetings.storage import delete_meeting_files, key_of, make_work_dir, put_file

from .outcome import Outcome, read_outcome
from .reference import Reference, Turn

# A segment of ours is at most some 15 s long; a turn of a reference may be a speech.
MAX_SEGMENT_WORDS = 40
MAX_TRIES = 20
_HEARD_STEPS = (Job.Step.INGEST, Job.Step.TRANSCRIBE, Job.Step.DIARIZE, Job.Step.SLIDES)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

Progress = Callable[[str, float], None]


class RunFailed(MinutebookError):
    """A step of the pipeline failed; the meeting is not scored."""

    code = "run_failed"


def run_reference(
    reference: Reference,
    *,
    client: InferenceClient,
    from_text: bool = False,
    with_attendees: bool = False,
    with_speaker_count: bool = False,
    speech_only: bool = False,
    progress: Progress = lambda step, share: None,
    then: Callable[[Meeting], None] = lambda meeting: None,
) -> Outcome:
    """What the pipeline makes of it. `from_text`, or a reference without sound: the notes are made from the reference's own turns.

    Vocabulary and language are not given, attendees and the number of speakers only on demand: what the program does not hear it does not know. `then` sees the
    meeting before it is deleted. Raises RunFailed.
    """
    with _make_temporary_meeting(reference) as meeting:
        if from_text or reference.audio_path is None:
            Meeting.objects.filter(pk=meeting.pk).update(language=reference.language[:8])
            fill_in_turns(meeting, reference.turns)
        else:
            _store_recording(meeting, reference.audio_path)
        if with_attendees:
            Attendee.objects.bulk_create(
                Attendee(meeting=meeting, name=name[:100]) for name in reference.attendees
            )
        if with_speaker_count:
            people = len({turn.speaker for turn in reference.turns})
            Meeting.objects.filter(pk=meeting.pk).update(speaker_count=people or None)
        _run(meeting, client=client, progress=progress, until=Job.Step.DIARIZE if speech_only else None)
        finished = Meeting.objects.get(pk=meeting.pk)
        then(finished)
        return read_outcome(render_export(finished))


@contextlib.contextmanager
def _make_temporary_meeting(reference: Reference) -> Iterator[Meeting]:
    user = User.objects.create_user(f"evaluate-{uuid.uuid4().hex}@localhost")
    meeting = Meeting.objects.create(
        owner=user,
        title=reference.title[:200],
        held_on=reference.held_on or timezone.localdate(),
    )
    try:
        yield meeting
    finally:
        # The person's meetings go with the person.
        user.delete()
        delete_meeting_files(meeting)


def _store_recording(meeting: Meeting, audio_path: Path) -> None:
    key = key_of(meeting.pk, "original")
    with tempfile.TemporaryDirectory(dir=make_work_dir()) as folder:
        copy = Path(folder) / "original"
        shutil.copyfile(audio_path, copy)
        put_file(copy, key=key)
    Recording.objects.create(meeting=meeting, original_key=key, original_name=audio_path.name)


def fill_in_turns(meeting: Meeting, turns: list[Turn]) -> None:
    """The reference's words and speakers as if they had been heard; the steps that hear count as done."""
    names = dict.fromkeys(turn.speaker for turn in turns)
    speakers = {
        # A single letter is an annotator's label, not a name.
        name: Speaker.objects.create(
            meeting=meeting, label=f"S{i + 1}", name=name[:100] if len(name) > 1 else "", colour=i
        )
        for i, name in enumerate(names)
    }
    Segment.objects.bulk_create(
        Segment(
            meeting=meeting,
            speaker=speakers[turn.speaker],
            start_ms=piece.start_ms,
            end_ms=piece.end_ms,
            text=piece.text,
            confidence=1.0,
        )
        for turn in turns
        for piece in split_turn(turn)
    )
    duration_ms = max((turn.end_ms for turn in turns), default=0)
    Recording.objects.create(meeting=meeting, duration_ms=duration_ms)
    Job.objects.bulk_create(
        Job(meeting=meeting, step=step, state=Job.State.DONE if step in _HEARD_STEPS else Job.State.WAITING)
        for step in ORDER
    )


def split_turn(turn: Turn) -> list[Turn]:
    """Pieces of at most `MAX_SEGMENT_WORDS` words, cut between sentences where possible; time is shared out by words."""
    pieces: list[list[str]] = []
    for sentence in _SENTENCE_END.split(turn.text):
        words = sentence.split()
        while words:
            if not pieces or len(pieces[-1]) + len(words) > MAX_SEGMENT_WORDS:
                pieces.append([])
            pieces[-1] += words[:MAX_SEGMENT_WORDS]
            words = words[MAX_SEGMENT_WORDS:]
    total = sum(map(len, pieces)) or 1
    step, done, cut = (turn.end_ms - turn.start_ms) / total, 0, []
    for words in pieces:
        start_ms, end_ms = (round(turn.start_ms + step * n) for n in (done, done + len(words)))
        cut.append(Turn(start_ms, end_ms, turn.speaker, " ".join(words), turn.is_timed))
        done += len(words)
    return cut


def _run(meeting: Meeting, *, client: InferenceClient, progress: Progress, until: Job.Step | None) -> None:
    """Every step in this process, one after the other, to the end or to the step `until`; an error that may pass is tried again."""
    waiting: list[int] = []
    if meeting.jobs.exists():
        queue_next(meeting, send=waiting.append)
    else:
        start_pipeline(meeting, send=waiting.append)
    tries = 0
    while waiting:
        job = Job.objects.get(pk=waiting.pop(0))
        progress(job.step, job.share_done)
        run_step(job.pk, client=client, send=waiting.append)
        job.refresh_from_db()
        if job.state == Job.State.QUEUED and tries < MAX_TRIES:
            tries += 1
            time.sleep(RETRY_AFTER_S)
            waiting.append(job.pk)
        elif job.state == Job.State.DONE and job.step == until:
            return
        elif job.state != Job.State.DONE:
            raise RunFailed(f"The step {job.step} ended as {job.state} ({job.error_code}). {job.error_text}")
