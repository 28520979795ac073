"""Diarize: turns of voices → a speaker on every segment; a segment in which the voice clearly changes becomes two.

What a person edited keeps its text, its limits and the speaker they gave it; a line they gave to a voice keeps that voice.
"""

import contextlib
from collections import Counter
from itertools import chain, count

from ..inference_client import Diarization, InferenceBroken, Progress
from ..models import Meeting, Segment, Speaker
from ..storage import local_path
from ..voices.naming import hear_voices, name_known_voices
from . import speakers
from .context import StepContext
from .names import suggest_names
from .sides import are_people, read_sides, take_for_people, tell_sides
from .transcribe import note_model


def diarize(meeting: Meeting, ctx: StepContext) -> None:
    """Tell the speakers apart. Running it again starts from the segments as they are. Raises InferenceUnavailable, InferenceRefused."""
    if not meeting.segments.exists():
        return
    sides = read_sides(meeting)
    if are_people(meeting, sides):
        heard = take_for_people(meeting, sides)
    else:
        note_model(meeting.recording, ctx, role="speaker", key="diarization")
        heard = hear_turns(meeting, ctx)
        heard = tell_sides(heard, sides) if sides else heard
    with ctx.saving():
        assign_speakers(meeting, heard)
    known = hear_voices(meeting, client=ctx.client)
    with ctx.saving():
        name_known_voices(meeting, known)
        suggest_names(meeting)
    ctx.hint("speakers", "segments")


def hear_turns(meeting: Meeting, ctx: StepContext) -> Diarization:
    """The model server's turns over the whole recording: voices can only be told apart when all were heard."""
    with (
        local_path(meeting.recording.audio_key) as audio,
        contextlib.closing(ctx.client.diarize(audio, **hint_numbers(meeting))) as answers,
    ):
        for answer in answers:
            match answer:
                case Progress():
                    ctx.report(answer.done_ms, answer.total_ms)
                case Diarization():
                    return answer
    raise InferenceBroken


def hint_numbers(meeting: Meeting) -> dict[str, int]:
    """How many speak, when a person said so; else the attendees are the most there can be (some may say nothing)."""
    if meeting.speaker_count:
        return {"num_speakers": meeting.speaker_count}
    attendees = meeting.attendees.count()
    return {"max_speakers": attendees} if attendees else {}


def assign_speakers(meeting: Meeting, heard: Diarization) -> None:
    """Speaker rows, segments, splits. Call it in a transaction."""
    turns = speakers.Turns(heard.turns)
    # Locked, so that an edit either is seen here or waits.
    segments = list(meeting.segments.select_for_update().in_order())
    plans = [(segment, plan_segment(segment, turns)) for segment in segments]
    labels = {label for _, plan in plans for label, _ in plan if label}
    known = match_voices(meeting, plans)
    rows = make_speakers(meeting, [label for label in heard.speakers if label in labels], known=known)
    new: list[Segment] = []
    changed: list[Segment] = []
    for segment, plan in plans:
        if segment.speaker_id and (segment.is_edited or segment.speaker_given_at):
            continue
        parts = segment.split([words for _, words in plan]) if len(plan) > 1 else [segment]
        if len(parts) != len(plan):
            # Its words could not be found in its text, so it stays whole, with the voice that has most of it.
            parts, plan = [segment], [max(plan, key=lambda part: len(part[1]))]
        for part, (label, _) in zip(parts, plan, strict=True):
            part.speaker = rows.get(label)
            part.overlap_ms = speakers.measure_overlap(
                heard.overlaps, start_ms=part.start_ms, end_ms=part.end_ms
            )
        changed.append(parts[0])
        new += parts[1:]
    Segment.objects.bulk_update(changed, ["speaker", "end_ms", "text", "words", "overlap_ms"], batch_size=200)
    Segment.objects.bulk_create(new, batch_size=200)
    delete_unused(meeting)


def plan_segment(segment: Segment, turns: speakers.Turns) -> list[tuple[str, list[dict]]]:
    """`[(label, words)]`, one entry a voice; an edited segment, or one without word times, is always whole."""
    if segment.is_edited or not segment.words:
        return [(turns.find_label(segment.start_ms, segment.end_ms), segment.words)]
    return speakers.group_words(segment.words, turns)


def match_voices(
    meeting: Meeting, plans: list[tuple[Segment, list[tuple[str, list[dict]]]]]
) -> dict[str, Speaker]:
    """Label → the voice of an earlier run that shares most time with it, one to one: labels are numbers in order of first word, and a voice
    that is found anew must not hand everybody's name on to the next."""
    shared: Counter[tuple[str, int]] = Counter()
    for segment, plan in plans:
        for label, words in plan:
            if label and segment.speaker_id:
                start_ms, end_ms = (
                    (words[0]["s"], words[-1]["e"]) if words else (segment.start_ms, segment.end_ms)
                )
                shared[label, segment.speaker_id] += end_ms - start_ms
    rows = meeting.speakers.in_bulk()
    found: dict[str, Speaker] = {}
    for (label, pk), _ in shared.most_common():
        if label not in found and rows[pk] not in found.values():
            found[label] = rows[pk]
    return found


def make_speakers(meeting: Meeting, labels: list[str], *, known: dict[str, Speaker]) -> dict[str, Speaker]:
    """A row for each label in order of first word; voices that are known keep their row and the name a person gave."""
    rows = dict(known)
    taken = set(meeting.speakers.values_list("label", flat=True))
    for i, label in enumerate(labels):
        if label in rows:
            continue
        names = chain([label[:20]], (f"S{number}" for number in count(1)))
        new = next(name for name in names if name not in taken)
        taken.add(new)
        rows[label] = Speaker.objects.create(meeting=meeting, label=new, colour=i % Speaker.PALETTE_SIZE)
    return rows


def delete_unused(meeting: Meeting) -> None:
    """Voices of an earlier run that say nothing now and that nobody named."""
    meeting.speakers.filter(segments__isnull=True, name="", action_items__isnull=True).delete()
