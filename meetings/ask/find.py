"""Which lines of a meeting a question is about, by words and by meaning. Pure functions over lines and vectors; no model writes here.

The rarer a word of the question is in the meeting, the more it weighs; a line also counts what stands beside it, since an answer
("before five today") seldom repeats the question.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from ..language.words import get_stems
from ..notes.lines import Line

Embed = Callable[[Sequence[str]], np.ndarray]

# Words of the question that ask and are not asked about.
ASKING = frozenset(
    [
        "who",
        "whom",
        "whose",
        "what",
        "which",
        "when",
        "where",
        "why",
        "how",
        "many",
        "much",
        "long",
        "often",
        "does",
        "did",
        "do",
        "is",
        "are",
        "was",
        "were",
        "will",
        "would",
        "can",
        "could",
        "should",
        "there",
        "any",
        "say",
        "said",
        "tell",
        "raise",
        "decided",
        "decide",
        "everyone",
        "somebody",
        "anybody",
        "apply",
        "come",
    ]
)
SAME_WORD = 84.0
REACH = 2
NEIGHBOUR = 0.4
MEANING = 2.5
# So many of the lines whose words fit are compared by meaning: an hour has a thousand lines, and a vector takes some milliseconds.
MOST_COMPARED = 64
MOST_PLACES = 3
MOST_LINES = 18
# Of the weight of the question's words, so much must stand in one place: else the meeting does not say.
ENOUGH = 0.5


@dataclass(frozen=True)
class Passage:
    """`lines` in order of time; `best`: those that fit most, the best first; `coverage`: the share of the question's words, by
    weight, that stand in the best place."""

    lines: tuple[Line, ...]
    best: tuple[Line, ...]
    coverage: float

    @property
    def is_enough(self) -> bool:
        return bool(self.lines) and self.coverage >= ENOUGH


NOTHING = Passage((), (), 0.0)


def find_passage(question: str, lines: Sequence[Line], *, embed: Embed, language: str) -> Passage:
    """`embed`: texts to vectors, float32 [texts, n] of length 1; asked only where the words are there."""
    wanted = list_wanted(question, language=language)
    if not lines or not wanted:
        return NOTHING
    said = [get_stems(f"{line.name} {line.text}", language=language) for line in lines]
    weights = weigh(wanted, said)
    total = max(sum(weights.values()), 1e-6)
    own = np.array([[weights[w] if _stands(w, stems) else 0.0 for w in wanted] for stems in said])
    around = np.array([own[max(0, i - REACH) : i + REACH + 1].max(axis=0) for i in range(len(lines))])
    if around.sum(axis=1).max() / total < ENOUGH:
        return NOTHING
    scores = (own.sum(axis=1) + NEIGHBOUR * (around.sum(axis=1) - own.sum(axis=1))) / total
    scores += MEANING * compare(question, lines, scores, embed=embed) / 2
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    chosen: list[int] = []
    for place in order[:MOST_PLACES]:
        for number in range(max(0, place - REACH), min(len(lines), place + REACH + 2)):
            if number not in chosen and len(chosen) < MOST_LINES:
                chosen.append(number)
    coverage = max(float(around[place].sum()) for place in order[:MOST_PLACES]) / total
    return Passage(
        tuple(lines[i] for i in sorted(chosen)), tuple(lines[i] for i in order[:MOST_PLACES]), coverage
    )


def compare(question: str, lines: Sequence[Line], scores: np.ndarray, *, embed: Embed) -> np.ndarray:
    """How near each line's meaning is to the question's, 0..1; 0 where the words fit too little to ask."""
    near = [int(i) for i in np.argsort(-scores, kind="stable")[:MOST_COMPARED]]
    vectors = embed([f"{lines[i].name}: {lines[i].text}" for i in near] + [question])
    likeness = np.zeros(len(lines))
    likeness[near] = (vectors[:-1] @ vectors[-1]).clip(0)
    return likeness


def list_wanted(question: str, *, language: str) -> list[str]:
    """The stems that the question is about; all of its stems when it only asks."""
    return list_about(question, language=language) or sorted(get_stems(question, language=language))


def list_about(question: str, *, language: str) -> list[str]:
    """Without the words that only ask: none in "And until when?"."""
    asking = get_stems(" ".join(ASKING), language=language)
    return [stem for stem in sorted(get_stems(question, language=language)) if stem not in asking]


def weigh(wanted: Sequence[str], said: Sequence[frozenset[str]]) -> dict[str, float]:
    """Rare words weigh more; one that nobody said most of all, since its absence says most."""
    return {
        word: math.log(1 + len(said) / (0.5 + sum(_stands(word, stems) for stems in said))) for word in wanted
    }


def _stands(word: str, stems: frozenset[str]) -> bool:
    return word in stems or any(
        abs(len(word) - len(s)) <= 2 and len(word) > 3 and fuzz.ratio(word, s) >= SAME_WORD for s in stems
    )
