"""Vectors of voices → who is who: average linkage on cosine distance, then windows smoothed along time by Viterbi.

The number of speakers is where merging would join voices farther apart than `threshold`. Clusters with too little speech are
no speakers but coughs; small ones between larger ones are people speaking at once. Their windows go to the nearest real speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

MAX_POINTS = 2000  # linkage needs memory with the square of it: 2000 are 16 MB


@dataclass(frozen=True, kw_only=True)
class ClusterRules:
    """`threshold`: mean cosine distance from which two groups are two people. With windows of 1.5 s the parts of one voice were 0.2 to 0.5
    apart, two voices 0.6 to 1 (a re-voiced meeting, clips of AMI, mixtures of 1 to 12 single voices). `min_share`, `min_points`: what a
    speaker must have at least. Below `small_share` a cluster whose centre is nearer than `small_distance` to a larger one is no speaker.
    `switch_cost`: how much nearer (cosine, summed over quarters of a second) another voice must be before it is believed."""

    threshold: float = 0.5
    min_share: float = 0.01
    min_points: int = 4
    small_share: float = 0.05
    small_distance: float = 0.45
    switch_cost: float = 0.6
    max_speakers: int = 30


def find_centroids(
    vectors: np.ndarray,
    *,
    min_speakers: int = 1,
    max_speakers: int | None = None,
    rules: ClusterRules | None = None,
) -> np.ndarray:
    """Vectors of length 1, shape (n, d), n ≥ 1 → one centroid of length 1 per speaker, shape (k, d).

    Long recordings are clustered on an even sample of MAX_POINTS windows.
    """
    rules = rules or ClusterRules()
    max_speakers = max_speakers or rules.max_speakers
    points = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), MAX_POINTS)).astype(int)]
    if len(points) == 1:
        return points.copy()
    tree = linkage(points, method="average", metric="cosine")
    labels = fcluster(tree, t=rules.threshold, criterion="distance")
    kept = _drop_mixtures(points, labels, _large_enough(labels, rules=rules), rules=rules)
    if not min_speakers <= len(kept) <= max_speakers:
        wanted = min(max(len(kept), min_speakers), max_speakers, len(points))
        labels, kept = _cut_into(tree, wanted, rules=rules)
    centroids = np.array([points[labels == label].mean(axis=0) for label in kept])
    return _normalise(_refine(points, _normalise(centroids)))


def _large_enough(labels: np.ndarray, *, rules: ClusterRules) -> list[int]:
    """Labels of clusters with enough points, largest first; the largest is always one."""
    names, counts = np.unique(labels, return_counts=True)
    least = max(rules.min_points, rules.min_share * len(labels))
    order = np.argsort(-counts, kind="stable")
    return [int(names[i]) for rank, i in enumerate(order) if rank == 0 or counts[i] >= least]


def _drop_mixtures(
    points: np.ndarray, labels: np.ndarray, kept: list[int], *, rules: ClusterRules
) -> list[int]:
    """Without the small clusters that lie near a larger one: two voices at once, or one voice at a distance."""
    centres = {label: _normalise(points[labels == label].mean(axis=0, keepdims=True))[0] for label in kept}
    found: list[int] = []
    for label in kept:
        is_small = np.mean(labels == label) < rules.small_share
        nearest = max((float(centres[label] @ centres[other]) for other in found), default=-1.0)
        if not is_small or 1 - nearest > rules.small_distance:
            found.append(label)
    return found


def _cut_into(tree: np.ndarray, wanted: int, *, rules: ClusterRules) -> tuple[np.ndarray, list[int]]:
    """The coarsest cut that leaves `wanted` clusters large enough; failing that, the largest clusters of the last cut tried."""
    labels = fcluster(tree, t=wanted, criterion="maxclust")
    for total in range(wanted, min(len(tree) + 1, wanted + 60) + 1):
        labels = fcluster(tree, t=total, criterion="maxclust")
        kept = _large_enough(labels, rules=rules)
        if len(kept) >= wanted:
            return labels, kept[:wanted]
    names, counts = np.unique(labels, return_counts=True)
    return labels, [int(name) for name in names[np.argsort(-counts, kind="stable")][:wanted]]


def _refine(points: np.ndarray, centroids: np.ndarray, *, rounds: int = 5) -> np.ndarray:
    """Spherical k-means from the linkage's result: windows that linkage took early may belong to another voice."""
    for _ in range(rounds):
        nearest = np.argmax(points @ centroids.T, axis=1)
        groups = [points[nearest == index] for index in range(len(centroids))]
        centroids = _normalise(
            np.array(
                [
                    group.mean(axis=0) if len(group) else old
                    for group, old in zip(groups, centroids, strict=True)
                ]
            )
        )
    return centroids


def assign_speakers(
    similarities: np.ndarray, *, breaks: Sequence[bool], rules: ClusterRules | None = None
) -> np.ndarray:
    """Cosine similarity of each window to each centroid, shape (n, k) → speaker per window, shape (n,).

    Viterbi: the sequence with the largest sum of similarities minus `switch_cost` per change. `breaks[i]` says that a pause lies
    before window i; there a change costs half.
    """
    rules = rules or ClusterRules()
    count, speakers = similarities.shape
    best = similarities[0].copy()
    came_from = np.zeros((count, speakers), dtype=np.int32)
    for index in range(1, count):
        cost = rules.switch_cost * (0.5 if breaks[index] else 1.0)
        leader = int(np.argmax(best))
        stays = best >= best[leader] - cost
        came_from[index] = np.where(stays, np.arange(speakers), leader)
        best = np.where(stays, best, best[leader] - cost) + similarities[index]
    path = np.empty(count, dtype=np.int32)
    path[-1] = int(np.argmax(best))
    for index in range(count - 1, 0, -1):
        path[index - 1] = came_from[index][path[index]]
    return path


def _normalise(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
