"""Diarize: turns of voices → a speaker on every segment; a segment in which the voice clearly changes becomes two.

What a person edited keeps its text, its limits and the speaker they gave it; a line they gave to a voice keeps that voice.
"""

import contextlib

from ..inference_client import Diarization, InferenceBroken, Progress
from ..models import Meeting, Segment, Speaker
from ..storage import local_path
from . import speakers
from .context import StepContext
from .names import suggest_names
from .transcribe import note_model


def diarize(meeting: Meeting, ctx: StepContext) -> None:
    """Tell the speakers apart. Running it again starts from the segments as they are. Raises InferenceUnavailable, InferenceRefused."""
    if not meeting.segments.exists():
        return
    note_model(meeting.recording, ctx, role="speaker", key="diarization")
    heard = hear_turns(meeting, ctx)
    with ctx.saving():
        assign_speakers(meeting, heard)
        suggest_names(meeting)
    ctx.hint("speakers", "segments")


def hear_turns(meeting: Meeting, ctx: StepContext) -> Diarization:
    """The model server's turns over the whole recording: voices can only be told apart when all were heard."""
    with (
        local_path(meeting.recording.audio_key) as audio,
        contextlib.closing(ctx.client.diarize(audio)) as answers,
    ):
        for answer in answers:
            match answer:
                case Progress():
                    ctx.report(answer.done_ms, answer.total_ms)
                case Diarization():
                    return answer
    raise InferenceBroken


def assign_speakers(meeting: Meeting, heard: Diarization) -> None:
    """Speaker rows, segments, splits. Call it in a transaction."""
    turns = speakers.Turns(heard.turns)
    # Locked, so that an edit either is seen here or waits.
    segments = list(meeting.segments.select_for_update().in_order())
    plans = [(segment, plan_segment(segment, turns)) for segment in segments]
    labels = {label for _, plan in plans for label, _ in plan if label}
    rows = make_speakers(meeting, [label for label in heard.speakers if label in labels])
    new: list[Segment] = []
    changed: list[Segment] = []
    for segment, plan in plans:
        if segment.speaker_id and (segment.is_edited or segment.speaker_given_at):
            continue
        parts = speakers.split_segment(segment, [words for _, words in plan]) if len(plan) > 1 else [segment]
        if len(parts) != len(plan):
            # Its words could not be found in its text, so it stays whole, with the voice that has most of it.
            parts, plan = [segment], [max(plan, key=lambda part: len(part[1]))]
        for part, (label, _) in zip(parts, plan, strict=True):
            part.speaker = rows.get(label)
        changed.append(parts[0])
        new += parts[1:]
    Segment.objects.bulk_update(changed, ["speaker", "end_ms", "text", "words"], batch_size=200)
    Segment.objects.bulk_create(new, batch_size=200)
    delete_unused(meeting)


def plan_segment(segment: Segment, turns: speakers.Turns) -> list[tuple[str, list[dict]]]:
    """`[(label, words)]`, one entry a voice; an edited segment, or one without word times, is always whole."""
    if segment.is_edited or not segment.words:
        return [(turns.find_label(segment.start_ms, segment.end_ms), segment.words)]
    return speakers.group_words(segment.words, turns)


def make_speakers(meeting: Meeting, labels: list[str]) -> dict[str, Speaker]:
    """A row for each label in order of first word; rows of an earlier run keep the name a person gave."""
    rows = {}
    for i, label in enumerate(labels):
        rows[label], _ = Speaker.objects.get_or_create(
            meeting=meeting, label=label[:20], defaults={"colour": i % Speaker.PALETTE_SIZE}
        )
    return rows


def delete_unused(meeting: Meeting) -> None:
    """Voices of an earlier run that say nothing now and that nobody named."""
    meeting.speakers.filter(segments__isnull=True, name="", action_items__isnull=True).delete()
