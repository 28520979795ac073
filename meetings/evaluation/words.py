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
    """Errors over `reference_words`, with numbers and spellings made alike; `plain_errors` over `plain_reference_words` with nothing but
    case, punctuation and fillers removed, as most published figures are. `speaker_errors` counts a right word under a wrong speaker as an
    error too (None: not scored)."""

    errors: int
    reference_words: int
    heard_words: int
    plain_errors: int = 0
    plain_reference_words: int = 0
    speaker_errors: int | None = None

    @property
    def wer(self) -> float | None:
        """None when nothing was said: `heard_words` then says how many were invented."""
        return self.errors / self.reference_words if self.reference_words else None

    @property
    def plain_wer(self) -> float | None:
        return self.plain_errors / self.plain_reference_words if self.plain_reference_words else None

    @property
    def cpwer(self) -> float | None:
        if self.speaker_errors is None or not self.reference_words:
            return None
        return self.speaker_errors / self.reference_words


def score_words(turns: Sequence[Turn], segments: Sequence[HeardSegment], *, language: str) -> WordScore:
    """Both sides in order of time, as one text each: where people talk over each other, the order itself costs errors."""
    said = " ".join(turn.text for turn in turns)
    heard = " ".join(segment.text for segment in segments)
    errors, reference_words, heard_words = _count_errors(said, heard, language=language, alike=True)
    plain_errors, plain_words, _ = _count_errors(said, heard, language=language, alike=False)
    speaker_errors = _count_speaker_errors(turns, segments, language=language) if reference_words else None
    return WordScore(errors, reference_words, heard_words, plain_errors, plain_words, speaker_errors)


def _count_errors(said: str, heard: str, *, language: str, alike: bool) -> tuple[int, int, int]:
    """Errors, words said, words heard."""
    left, right = (normalise(text, language=language, alike=alike) for text in (said, heard))
    if not left:
        return len(right.split()), 0, len(right.split())
    result = jiwer.process_words(left, right)
    errors = result.substitutions + result.deletions + result.insertions
    return errors, len(left.split()), len(right.split())


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
    """Over several recordings, every word counted alike; speakers are not pooled."""
    scores = list(scores)
    return WordScore(
        errors=sum(score.errors for score in scores),
        reference_words=sum(score.reference_words for score in scores),
        heard_words=sum(score.heard_words for score in scores),
        plain_errors=sum(score.plain_errors for score in scores),
        plain_reference_words=sum(score.plain_reference_words for score in scores),
    )
