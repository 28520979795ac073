"""Diarization error rate, by pyannote.metrics, and which voice of ours is which person of the reference."""

import dataclasses
from collections.abc import Iterable, Sequence

from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from .outcome import HeardSegment
from .reference import Turn

# A quarter of a second on each side of every border is not scored; pyannote's `collar` is the whole width. Overlap is scored.
COLLAR_S = 0.5
# A pause for breath belongs to the turn it is in, as in the references; our segments end before it and begin after it.
MAX_PAUSE_MS = 1_000


@dataclasses.dataclass(frozen=True)
class VoiceScore:
    """`names`: our speaker id → the person of the reference it fits best. `one_voice_der`: what a program would get that knows where speech is
    and takes everybody for one person. `speech_s`: the speech that was scored, by which recordings are pooled."""

    der: float
    one_voice_der: float
    speech_s: float
    missed_share: float
    false_alarm_share: float
    confusion_share: float
    reference_speakers: int
    found_speakers: int
    names: dict[str, str]


def score_voices(
    turns: Sequence[Turn], segments: Sequence[HeardSegment], *, duration_ms: int
) -> VoiceScore | None:
    """What stands in the transcript, against the turns. None when the reference has no speech."""
    reference = _build_annotation((turn.start_ms, turn.end_ms, turn.speaker) for turn in turns)
    heard = _build_annotation(join_pauses(segments))
    if not reference:
        return None
    metric = DiarizationErrorRate(collar=COLLAR_S, skip_overlap=False)
    area = Timeline([Segment(0, max(duration_ms / 1000, reference.get_timeline().extent().end))])
    parts = metric(reference, heard, uem=area, detailed=True)
    one_voice = _build_annotation((turn.start_ms, turn.end_ms, "everybody") for turn in turns)
    total = parts["total"] or 1.0
    return VoiceScore(
        der=parts["diarization error rate"],
        one_voice_der=metric(reference, one_voice, uem=area),
        speech_s=parts["total"],
        missed_share=parts["missed detection"] / total,
        false_alarm_share=parts["false alarm"] / total,
        confusion_share=parts["confusion"] / total,
        reference_speakers=len(reference.labels()),
        found_speakers=len(heard.labels()),
        names=dict(metric.optimal_mapping(reference, heard, uem=area)),
    )


def pool_der(scores: Iterable[VoiceScore]) -> tuple[float, float] | None:
    """DER and DER of one voice for everything, over several recordings, every second of speech alike. None without speech."""
    scores = list(scores)
    total = sum(score.speech_s for score in scores)
    if not total:
        return None
    return (
        sum(score.der * score.speech_s for score in scores) / total,
        sum(score.one_voice_der * score.speech_s for score in scores) / total,
    )


def join_pauses(segments: Sequence[HeardSegment]) -> list[tuple[int, int, str]]:
    """Turns (start_ms, end_ms, speaker): segments of one speaker that follow each other after at most `MAX_PAUSE_MS` are one."""
    turns: list[tuple[int, int, str]] = []
    for segment in sorted(segments, key=lambda segment: segment.start_ms):
        speaker = segment.speaker or "nobody"
        start_ms, end_ms = segment.start_ms, segment.end_ms
        if turns and turns[-1][2] == speaker and start_ms - turns[-1][1] <= MAX_PAUSE_MS:
            start_ms, end_ms = turns[-1][0], max(end_ms, turns[-1][1])
            turns.pop()
        turns.append((start_ms, end_ms, speaker))
    return turns


def _build_annotation(stretches: Iterable[tuple[int, int, str]]) -> Annotation:
    annotation = Annotation()
    for track, (start_ms, end_ms, speaker) in enumerate(stretches):
        if end_ms > start_ms:
            annotation[Segment(start_ms / 1000, end_ms / 1000), track] = speaker
    # A person who goes on without a pause, or over themselves, is one stretch.
    return annotation.support()
