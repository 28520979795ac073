"""A reference, run and scored."""

from meetings.inference_client import InferenceClient

from .notes import score_notes
from .reference import Reference
from .report import Result
from .runs import Progress, run_reference
from .voices import score_voices
from .words import score_words


def evaluate_reference(
    reference: Reference,
    *,
    client: InferenceClient,
    from_text: bool = False,
    with_attendees: bool = False,
    with_speaker_count: bool = False,
    speech_only: bool = False,
    progress: Progress = lambda step, share: None,
) -> Result:
    """Raises RunFailed or another MinutebookError. Words and voices are scored only where the program listened."""
    outcome = run_reference(
        reference,
        client=client,
        from_text=from_text,
        with_attendees=with_attendees,
        with_speaker_count=with_speaker_count,
        speech_only=speech_only,
        progress=progress,
    )
    has_listened = reference.audio_path is not None and not from_text
    words = (
        score_words(reference.turns, outcome.segments, language=reference.language or "en")
        if has_listened
        else None
    )
    voices = None
    if has_listened and reference.has_times:
        voices = score_voices(reference.turns, outcome.segments, duration_ms=outcome.duration_ms)
    notes = None
    if not speech_only:
        notes = score_notes(reference, outcome, voices=voices.names if voices else {})
    return Result(reference, outcome, words, voices, notes)
