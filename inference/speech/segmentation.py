"""Words → segments: a sentence each, or a part of one, short enough to be cited and to belong to one speaker.

Whisper's own segments are as long as it pleases (up to 30 s, several speakers). Here a segment ends

- at a sentence end (. ! ? …) followed by a word that starts after it,
- at a pause of PAUSE_S, wherever it is,
- at MAX_S: at the last comma or the longest pause of its second half.

A sentence of one or two words stays with the next when they follow without a pause: "Okay. Let's start."
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inference.types import Segment, Word

PAUSE_S = 0.8
MAX_S = 15.0
SHORT_WORDS = 2
SHORT_PAUSE_S = 0.25
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")
CLAUSE_ENDS = (",", ";", ":", "、", "，")
CLOSERS = "\"'”’»)]"
ABBREVIATIONS = {
    "mr.",
    "mrs.",
    "ms.",
    "dr.",
    "prof.",
    "st.",
    "vs.",
    "e.g.",
    "i.e.",
    "etc.",
    "z.b.",
    "no.",
    "nr.",
}


@dataclass(frozen=True, kw_only=True)
class HeardWord:
    """A word with whisper's tokens for it."""

    word: Word
    tokens: tuple[int, ...]


def cut_segments(words: Sequence[HeardWord], *, first_id: int, **facts: Any) -> Iterator[Segment]:
    """A segment for each sentence. `facts`: the fields that all of them share."""
    for group in split_into_sentences(words):
        plain = tuple(heard.word for heard in group)
        if plain[-1].end <= plain[0].start:
            continue  # no sound is left for it: the model repeated itself behind the end
        yield Segment(
            id=first_id,
            start=plain[0].start,
            end=plain[-1].end,
            text="".join(word.word for word in plain).strip(),
            words=plain,
            tokens=tuple(token for heard in group for token in heard.tokens),
            confidence=round(compute_confidence(plain), 4),
            **facts,
        )
        first_id += 1


def split_into_sentences(words: Sequence[HeardWord]) -> list[list[HeardWord]]:
    """Groups of words, in order, none empty, none longer than MAX_S unless it is a single word."""
    groups: list[list[HeardWord]] = []
    current: list[HeardWord] = []
    for heard in words:
        if current and _ends_between(current, heard.word):
            groups.append(current)
            current = []
        current.append(heard)
    if current and groups and not _has_length(current):
        groups[-1] += current
    elif current:
        groups.append(current)
    return [part for group in groups for part in _split_long(group)]


def compute_confidence(words: Sequence[Word]) -> float:
    """Geometric mean of the words' probabilities, 0…1.

    A word's probability is the mean probability whisper gives its tokens when it aligns the text to the sound (CTranslate2
    `Whisper.align`). The geometric mean is the text's probability per word; one wild guess pulls it down more than in an
    arithmetic mean. Values under about 0.5 are worth a second look.
    """
    if not words:
        return 0.0
    return math.exp(sum(math.log(max(word.probability, 1e-4)) for word in words) / len(words))


def _ends_between(current: Sequence[HeardWord], following: Word) -> bool:
    if not _has_length(current):
        return False  # its time is a guess: it belongs to what follows
    last = current[-1].word
    pause_s = following.start - last.end
    if pause_s >= PAUSE_S:
        return True
    if not _is_sentence_end(last.word):
        return False
    return len(current) > SHORT_WORDS or pause_s >= SHORT_PAUSE_S


def _has_length(group: Sequence[HeardWord]) -> bool:
    return group[-1].word.end > group[0].word.start


def _is_sentence_end(text: str) -> bool:
    bare = text.strip().rstrip(CLOSERS)
    return bare.endswith(SENTENCE_ENDS) and bare.lower() not in ABBREVIATIONS


def _split_long(group: list[HeardWord]) -> list[list[HeardWord]]:
    if len(group) < 2 or group[-1].word.end - group[0].word.start <= MAX_S:
        return [group]
    at = max(range(1, len(group)), key=lambda index: _cut_score(group, index))
    return [*_split_long(group[:at]), *_split_long(group[at:])]


def _cut_score(group: Sequence[HeardWord], index: int) -> float:
    """How well the group may be cut before `index`: pauses and commas count, and so does being near the middle."""
    before, after = group[index - 1].word, group[index].word
    start, length = group[0].word.start, group[-1].word.end - group[0].word.start
    off_middle = abs((after.start - start) / length - 0.5) if length else 0.0
    has_comma = before.word.strip().rstrip(CLOSERS).endswith(CLAUSE_ENDS)
    return max(0.0, after.start - before.end) + 0.4 * has_comma - 1.5 * off_middle
