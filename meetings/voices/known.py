"""Is this the voice of somebody who is known? Pure functions over vectors of length 1; `manage.py evaluate --known-voices` measures the numbers."""

import math
from collections.abc import Mapping

import numpy as np

# Two vectors with this cosine or more are taken for one voice. No two real people of the evaluation data reach 0.4, and nobody who speaks for
# MIN_SPEECH_MS falls below 0.5, not even in another room. `manage.py evaluate --known-voices` prints it; the table is in docs/speakers.md.
SAME_VOICE = 0.50
# By less speech than this a voice is not known.
MIN_SPEECH_MS = 8_000
# What a cosine is worth: a logistic curve, half and half at EVEN, fitted by the same command.
EVEN = 0.40
STEEPNESS = 22.0


def compute_confidence(similarity: float) -> float:
    """0..1: how probable it is that two vectors with this cosine are one voice, if before listening both were as likely."""
    return 1 / (1 + math.exp(-STEEPNESS * (similarity - EVEN)))


def match_voices(
    known: Mapping[int, np.ndarray],
    heard: Mapping[int, np.ndarray],
    *,
    refused: set[tuple[int, int]] = frozenset(),
) -> list[tuple[int, int, float]]:
    """`[(profile, voice, cosine)]`, the nearest first: each profile is at most one voice and each voice at most one profile. `refused`: pairs
    that somebody has said no to."""
    pairs = sorted(
        (
            (float(a @ b), profile, voice)
            for profile, a in known.items()
            for voice, b in heard.items()
            if (profile, voice) not in refused
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: list[tuple[int, int, float]] = []
    for similarity, profile, voice in pairs:
        is_free = all(profile != other and voice != taken for other, taken, _ in found)
        if similarity >= SAME_VOICE and is_free:
            found.append((profile, voice, similarity))
    return found


def pool_vectors(vectors: list[np.ndarray]) -> np.ndarray:
    """One vector of length 1 for several of one voice."""
    total = np.sum(vectors, axis=0)
    return total / max(float(np.linalg.norm(total)), 1e-12)
