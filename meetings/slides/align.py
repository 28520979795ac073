"""When was each page of a deck shown? Its words against what was said, pages in order. Pure functions.

    rarity of a word among the segments × among the pages ─▶ evidence for a page in a segment
      ─▶ the best way through the meeting that never goes back (Viterbi; `LEAVE` for each change of page, less where somebody says "next slide")

A page nobody spoke about is passed over. Numbers count half as much again.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..language.words import get_stems

# What it costs to leave a page: about one word that stands on no other page and is said nowhere else.
LEAVE = 1.0
PASS_OVER = 0.05
SAID_NEXT = 0.8
NUMBER_WEIGHT = 1.5
# So many different words of a page are enough to be sure, if they are said nowhere else.
ENOUGH_WORDS = 4
FIXED = 100.0
_NEXT = re.compile(
    r"\b(?:next|following) (?:slide|page|chart)|\b(?:nächste|folgende)n? (?:folie|seite)|\b(?:diapo\w*|page) suivante|\bprochaine (?:diapo\w*|page)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """`segment`: the position of the first during which the page is taken to be shown. `confidence`: 0..1, of its words that were said, how
    much was said then, by rarity; less when it is only a few words."""

    segment: int
    confidence: float


def align_pages(
    pages: Sequence[str], said: Sequence[str], *, language: str, fixed: Mapping[int, int] | None = None
) -> dict[int, Place]:
    """Page → where it begins; pages that nobody spoke about are missing. `fixed`: page → segment, as a person set it."""
    if not pages or not said:
        return {}
    page_stems = [get_stems(text, language=language) for text in pages]
    said_stems = [get_stems(text, language=language) for text in said]
    weights = _weigh_stems(page_stems, said_stems)
    evidence = _gather_evidence(page_stems, said_stems, weights)
    for page, segment in (fixed or {}).items():
        evidence[:segment, page + 1] -= FIXED
        evidence[segment, page + 1] += FIXED
    bonus = [SAID_NEXT if _NEXT.search(text) else 0.0 for text in said]
    path = _find_path(evidence, bonus)
    places = {}
    for page, stems in enumerate(page_stems):
        spent = [segment for segment, shown in enumerate(path) if shown == page + 1]
        if spent:
            confidence = _measure(stems, said_stems, weights, first=spent[0], last=spent[-1])
            places[page] = Place(segment=spent[0], confidence=confidence)
    return places


def _weigh_stems(pages: Sequence[frozenset[str]], said: Sequence[frozenset[str]]) -> dict[str, float]:
    """0..1: 1 for a word on one page and in one segment only."""
    on_pages, in_segments = (Counter(stem for stems in places for stem in stems) for places in (pages, said))
    weights = {}
    for stem in on_pages.keys() & in_segments.keys():
        rare = _find_rarity(on_pages[stem], len(pages)) * _find_rarity(in_segments[stem], len(said))
        weights[stem] = rare * (NUMBER_WEIGHT if stem[0].isdigit() else 1.0)
    return weights


def _find_rarity(count: int, total: int) -> float:
    return float(np.log(1 + total / count) / np.log(1 + total))


def _gather_evidence(
    pages: Sequence[frozenset[str]], said: Sequence[frozenset[str]], weights: Mapping[str, float]
) -> np.ndarray:
    """(segments, pages + 1); column 0: no page yet."""
    evidence = np.zeros((len(said), len(pages) + 1))
    for segment, heard in enumerate(said):
        known = heard & weights.keys()
        for page, stems in enumerate(pages, 1) if known else ():
            evidence[segment, page] = sum(weights[stem] for stem in known & stems)
    return evidence


def _find_path(evidence: np.ndarray, bonus: Sequence[float]) -> list[int]:
    """The column for each segment, never going back, with the most evidence after the cost of the changes."""
    count, width = evidence.shape
    columns = np.arange(width)
    best = np.full(width, -np.inf)
    best[0] = 0.0
    came_from = np.zeros((count, width), dtype=int)
    for segment in range(count):
        # The best page before each: skipping costs by the page, so it is a running maximum of best + cost × page.
        raised = best + PASS_OVER * columns
        leader = _find_leaders(raised)
        moved = np.full(width, -np.inf)
        moved[1:] = raised[leader[:-1]] - PASS_OVER * columns[1:] - LEAVE
        moved[1:] = np.maximum(moved[1:], best[:-1] - LEAVE + bonus[segment])
        by_one = np.r_[False, best[:-1] - LEAVE + bonus[segment] >= moved[1:]]
        # Of equal ways the later change: a page comes with the first word about it.
        stays = best > moved + 1e-9
        came_from[segment] = np.where(stays, columns, np.where(by_one, columns - 1, np.r_[0, leader[:-1]]))
        best = np.where(stays, best, moved) + evidence[segment]
    path = [int(best.argmax())]
    for segment in range(count - 1, 0, -1):
        path.append(int(came_from[segment, path[-1]]))
    return path[::-1]


def _find_leaders(values: np.ndarray) -> np.ndarray:
    """For each position the position of the largest value up to it."""
    is_record = values >= np.maximum.accumulate(values)
    return np.maximum.accumulate(np.where(is_record, np.arange(len(values)), 0))


def _measure(
    stems: frozenset[str],
    said: Sequence[frozenset[str]],
    weights: Mapping[str, float],
    *,
    first: int,
    last: int,
) -> float:
    heard = stems & weights.keys()
    then = heard & frozenset().union(*said[first : last + 1])
    total = sum(weights[stem] for stem in heard)
    if not total:
        return 0.0
    share = sum(weights[stem] for stem in then) / total
    return round(share * min(1.0, len(then) / ENOUGH_WORDS), 3)
