"""Word error rate, by jiwer, and the same with the speaker counted (cpWER), by meeteval."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence

import jiwer
from meeteval.wer import cp_word_error_rate

from .normalise import normalise
from .outcome import HeardSegment
from .reference import Turn


@dataclasses.dataclass(frozen=True)
class WordScore:
    """Errors over `reference_words`. `speaker_errors` counts a right word under a wrong speaker as an error too, where speakers are
    known (None: not scored)."""

    errors: int
    reference_words: int
    heard_words: int
    speaker_errors: int | None = None

    @property
    def wer(self) -> float | None:
        """None when nothing was said: `heard_words` then says how many were invented."""
        return self.errors / self.reference_words if self.reference_words else None

    @property
    def cpwer(self) -> float | None:
        if self.speaker_errors is None or not self.reference_words:
            return None
        return self.speaker_errors / self.reference_words


def score_words(turns: Sequence[Turn], segments: Sequence[HeardSegment], *, language: str) -> WordScore:
    """Both sides in order of time, as one text each: where people talk over each other, the order itself costs errors."""
    reference = normalise(" ".join(turn.text for turn in turns), language=language)
    heard = normalise(" ".join(segment.text for segment in segments), language=language)
    reference_words, heard_words = len(reference.split()), len(heard.split())
    if not reference_words:
        return WordScore(heard_words, 0, heard_words)
    result = jiwer.process_words(reference, heard)
    errors = result.substitutions + result.deletions + result.insertions
    return WordScore(
        errors, reference_words, heard_words, _count_speaker_errors(turns, segments, language=language)
    )


# Beyond this the search over assignments makes no sense; meeteval refuses as well.
MAX_SPEAKERS = 20


def _count_speaker_errors(
    turns: Sequence[Turn], segments: Sequence[HeardSegment], *, language: str
) -> int | None:
    if not any(segment.speaker for segment in segments):
        return None
    said = _join_by_speaker((turn.speaker, turn.text) for turn in turns)
    heard = _join_by_speaker((segment.speaker or "", segment.text) for segment in segments)
    if max(len(said), len(heard)) > MAX_SPEAKERS:
        return None
    result = cp_word_error_rate(
        {speaker: normalise(text, language=language) for speaker, text in said.items()},
        {speaker: normalise(text, language=language) for speaker, text in heard.items()},
        # Both are in order of time already; plain texts have no times to sort by.
        reference_sort=False,
        hypothesis_sort=False,
    )
    return result.errors


def _join_by_speaker(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, list[str]] = defaultdict(list)
    for speaker, text in lines:
        texts[speaker].append(text)
    return {speaker: " ".join(parts) for speaker, parts in texts.items()}


def pool_words(scores: Iterable[WordScore]) -> WordScore:
    """Over several recordings, every word counted alike."""
    scores = list(scores)
    return WordScore(
        errors=sum(score.errors for score in scores),
        reference_words=sum(score.reference_words for score in scores),
        heard_words=sum(score.heard_words for score in scores),
    )
