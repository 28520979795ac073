"""Written lines and expected lines matched one to one."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from .stems import list_stems

# Of 100. Chosen on pairs of lines judged by hand; see docs/quality.md, which has the pairs' scores on both sides of it.
MATCH_THRESHOLD = 55.0


@dataclasses.dataclass(frozen=True)
class Pair:
    """Positions in the two lists, and how alike the lines are (0..100)."""

    expected: int
    written: int
    score: float


def compare_texts(expected: str, written: str, *, language: str = "en") -> float:
    """0..100: the mean of rapidfuzz's token set ratio (forgives what only one side says) and token sort ratio (does not), both over
    stemmed content words."""
    left, right = (" ".join(list_stems(text, language=language)) for text in (expected, written))
    if not left or not right:
        return 0.0
    return (fuzz.token_set_ratio(left, right) + fuzz.token_sort_ratio(left, right)) / 2


def match_texts(expected: Sequence[str], written: Sequence[str], *, language: str = "en") -> list[Pair]:
    """The assignment with the largest sum of likeness (Hungarian method); pairs below the threshold are not matches."""
    if not expected or not written:
        return []
    scores = np.array([[compare_texts(e, w, language=language) for w in written] for e in expected])
    # A pair that cannot be a match must not draw lines away from pairs that can.
    rows, columns = linear_sum_assignment(np.where(scores >= MATCH_THRESHOLD, scores, 0.0), maximize=True)
    pairs = (
        Pair(int(row), int(column), float(scores[row, column]))
        for row, column in zip(rows, columns, strict=True)
    )
    return [pair for pair in pairs if pair.score >= MATCH_THRESHOLD]
