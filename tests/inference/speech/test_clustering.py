"""Vectors of voices → who is who, on voices made of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from inference.speech.clustering import MAX_POINTS, assign_speakers, find_centroids

DIMENSIONS = 64


def make_voices(*counts: int, spread: float = 0.05) -> np.ndarray:
    """`counts[i]` vectors of length 1 around the i-th direction; different directions are at right angles."""
    random = np.random.default_rng(1)
    centres = np.eye(DIMENSIONS)[: len(counts)]
    vectors = np.vstack(
        [
            centre + random.normal(0, spread, (count, DIMENSIONS))
            for centre, count in zip(centres, counts, strict=True)
        ]
    )
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def find_voices(centroids: np.ndarray) -> set[int]:
    """Which of `make_voices`' directions the centroids point to."""
    return {int(index) for index in np.argmax(centroids, axis=1)}


@pytest.mark.parametrize("counts", [(30,), (40, 30), (40, 30, 20, 15), (20,) * 25])
def test_as_many_speakers_as_voices(counts: tuple[int, ...]):
    centroids = find_centroids(make_voices(*counts))
    assert find_voices(centroids) == set(range(len(counts)))
    assert len(centroids) == len(counts)
    assert np.allclose(np.linalg.norm(centroids, axis=1), 1)


def test_a_cough_is_no_speaker():
    assert find_voices(find_centroids(make_voices(60, 50, 2))) == {0, 1}


def test_two_voices_at_once_are_no_third():
    voices = make_voices(100, 100)
    both = voices[:6] + voices[100:106]
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    assert find_voices(find_centroids(np.vstack([voices, both]))) == {0, 1}
    # Somebody who says as little, in a voice of their own, is a third.
    assert find_voices(find_centroids(make_voices(100, 100, 6))) == {0, 1, 2}


def test_one_window_is_one_speaker():
    assert len(find_centroids(make_voices(1))) == 1


def test_the_callers_bounds_hold():
    voices = make_voices(40, 30, 20)
    assert len(find_centroids(voices, max_speakers=2)) == 2
    assert len(find_centroids(voices, min_speakers=3, max_speakers=3)) == 3
    assert len(find_centroids(make_voices(60), min_speakers=2)) == 2


def test_more_speakers_wanted_than_there_are_windows():
    assert 1 <= len(find_centroids(make_voices(2), min_speakers=5, max_speakers=5)) <= 2


def test_a_long_recording_is_sampled_evenly():
    centroids = find_centroids(make_voices(2 * MAX_POINTS, MAX_POINTS, MAX_POINTS))
    assert find_voices(centroids) == {0, 1, 2}


def test_a_single_doubtful_window_changes_no_speaker():
    similarities = np.array([[0.9, 0.5]] * 4 + [[0.6, 0.7]] + [[0.9, 0.5]] * 4)
    assert assign_speakers(similarities, breaks=[False] * 9).tolist() == [0] * 9


def test_a_clear_change_is_followed():
    similarities = np.array([[0.9, 0.3]] * 4 + [[0.3, 0.9]] * 4)
    assert assign_speakers(similarities, breaks=[False] * 8).tolist() == [0] * 4 + [1] * 4


def test_a_change_costs_less_after_a_pause():
    similarities = np.array([[0.9, 0.3], [0.9, 0.3], [0.4, 0.8], [0.9, 0.3], [0.9, 0.3]])
    assert assign_speakers(similarities, breaks=[False] * 5).tolist() == [0] * 5
    similarities[2] = [0.2, 0.9]
    breaks = [False, False, True, True, False]
    assert assign_speakers(similarities, breaks=breaks).tolist() == [0, 0, 1, 0, 0]


def test_one_speaker_has_every_window():
    assert assign_speakers(np.full((3, 1), 0.5), breaks=[True] * 3).tolist() == [0, 0, 0]
