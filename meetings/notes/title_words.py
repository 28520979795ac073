"""A title for a chapter from its own words, for when the model's does not hold: two phrases that are more at home here than elsewhere."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from ..language.words import get_stems
from .lines import Line
from .people import find_known_name
from .phrasing import tidy
from .ranking import is_rankable

MOST_PHRASES = 2
LONGEST_PHRASE = 3
SHORTEST_WORD = 4
# Chosen by reading the titles of three AMI meetings, a developers' call and the demo meeting.
ALONE, AGAIN, LENGTH_POWER = 0.7, 1.5, 0.25
_CLAUSE_END = re.compile(r"[.,;:!?()\"]+")

Phrase = tuple[str, ...]


def title_by_words(
    chapter: Sequence[Line], lines: Sequence[Line], *, language: str, people: Sequence[str] = ()
) -> str:
    """Phrases of up to three neighbouring words. Whose names are in `people` is left out: who spoke is no subject. "Thank you all" gives none."""
    chapter = [line for line in chapter if is_rankable(line)] or chapter
    here, everywhere = _count(chapter, language=language), _count(lines, language=language)
    weights = {stem: count**2 / (1 + everywhere[stem]) for stem, count in here.items()}
    shown: dict[Phrase, str] = {}
    times: Counter[Phrase] = Counter()
    for line in chapter:
        for phrase, words in _list_phrases(line.text, weights, language=language, people=people):
            shown.setdefault(phrase, words)
            times[phrase] += 1

    def weigh(phrase: Phrase) -> float:
        """Neighbours say more than one word alone, and more again when they stand together twice."""
        form = ALONE if len(phrase) == 1 else AGAIN if times[phrase] > 1 else 1.0
        return form * sum(weights[stem] for stem in phrase) / len(phrase) ** LENGTH_POWER

    chosen: list[Phrase] = []
    for phrase in sorted(shown, key=lambda phrase: -weigh(phrase)):
        if not any(set(phrase) & set(other) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == MOST_PHRASES:
            break
    return tidy(", ".join(shown[phrase] for phrase in chosen))


def _count(lines: Sequence[Line], *, language: str) -> Counter[str]:
    return Counter(stem for line in lines for stem in get_stems(line.text, language=language))


def _list_phrases(
    text: str, weights: Collection[str], *, language: str, people: Sequence[str]
) -> Iterator[tuple[Phrase, str]]:
    """Every run of up to three neighbouring words that carry meaning, as stems and as it was said."""
    for clause in _CLAUSE_END.split(text):
        run: list[tuple[str, str]] = []
        for word in [*clause.split(), ""]:
            stems = get_stems(word, language=language)
            stem = next(iter(stems)) if len(stems) == 1 else ""
            if (
                stem in weights
                and len(word) >= SHORTEST_WORD
                and not word[0].isdigit()
                and not _is_name(word, people)
            ):
                run.append((stem, word))
                continue
            for start in range(len(run)):
                for stop in range(start + 1, min(start + LONGEST_PHRASE, len(run)) + 1):
                    part = run[start:stop]
                    yield tuple(stem for stem, _ in part), " ".join(word for _, word in part)
            run = []


def _is_name(word: str, people: Sequence[str]) -> bool:
    return word[0].isupper() and bool(find_known_name(word, people))
