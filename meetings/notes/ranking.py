"""How much a line looks like one that people put into their minutes: an order learned from annotated meetings, never a filter by itself.

Three linear models over a sentence vector, the mean vector of its two neighbours, the cues of `cues_en`, and the form of the line. `manage.py train_ranking`
makes the weights (`ranking_en.npz`) from dialogue acts that annotators linked to action items and decisions, or took into an extract. English only: the
sentence model and the cues are. There is no feature for the place in the meeting: in that data tasks stand in the closing round, elsewhere they do not.
"""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .cues import find_cues
from .lines import Line

KINDS = ("action", "decision", "point")
WEIGHTS = Path(__file__).with_name("ranking_en.npz")
# Shorter lines carry nothing on their own.
MIN_WORDS = 4
CUES = (
    *("commit", "request", "assign", "need", "accept", "refuse", "decide", "propose", "agree", "counter"),
    *("question", "unanswered", "open_point", "risk", "recap", "hedge", "later", "willing", "backward"),
)

Ranks = dict[str, np.ndarray]


def rank_lines(lines: Sequence[Line], vectors: np.ndarray, *, language: str) -> Ranks | None:
    """Kind → a score for every line, float32 (len(lines),), minus infinity for short ones; None in languages without weights.

    `vectors`: float32 (len(lines), 384), length 1, of all-MiniLM-L6-v2. A score is the log of odds on a scale where as many lines carry the kind as not; so it
    only orders.
    """
    if not language.startswith("en") or vectors.shape[1:] != (384,):
        return None
    numbers = [line.number for line in lines if is_rankable(line)]
    ranks = {kind: np.full(len(lines), -np.inf, dtype=np.float32) for kind in KINDS}
    if numbers:
        features = build_features([lines[n].text for n in numbers], vectors[numbers])
        for kind, (weights, bias) in _load_weights().items():
            ranks[kind][numbers] = features @ weights + bias
    return ranks


def is_rankable(line: Line) -> bool:
    """Has it words enough?"""
    return len(line.text.split()) >= MIN_WORDS


def build_features(texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """float32 (len(texts), features). `texts` are the lines of one meeting in order, `vectors` belong to them."""
    cues = find_cues("en")
    patterns = [getattr(cues, name) for name in CUES]
    words = np.array([len(text.split()) for text in texts], dtype=np.float32)
    form = [
        np.log(np.maximum(words, 1)),
        words > 8,
        words > 20,
        ["?" in text for text in texts],
        [any(char.isdigit() for char in text) for text in texts],
    ]
    padded = np.pad(vectors, ((1, 1), (0, 0)))
    around = (padded[:-2] + padded[2:]) / 2
    found = [[pattern.search(text) is not None for text in texts] for pattern in patterns]
    return np.hstack([vectors, around, np.array(found).T, np.array(form).T]).astype(np.float32)


@functools.cache
def _load_weights() -> dict[str, tuple[np.ndarray, float]]:
    with np.load(WEIGHTS) as stored:
        return {
            kind: (stored[f"{kind}_weights"].astype(np.float32), float(stored[f"{kind}_bias"]))
            for kind in KINDS
        }
