"""Which known voice is which voice of a meeting: vectors alone."""

import numpy as np
import pytest

from meetings.voices.known import SAME_VOICE, compute_confidence, match_voices, pool_vectors


def at(cosine: float) -> np.ndarray:
    """A vector with this cosine to (1, 0, 0)."""
    return np.array([cosine, np.sqrt(1 - cosine**2), 0], dtype=np.float32)


ME = at(1)


def test_the_nearest_and_nobody_twice():
    heard = {7: at(SAME_VOICE + 0.05), 8: at(SAME_VOICE + 0.2), 9: at(0)}
    assert [pair[:2] for pair in match_voices({1: ME}, heard)] == [(1, 8)]
    # The second profile gets the voice that is left.
    found = match_voices({1: ME, 2: at(SAME_VOICE + 0.1)}, {7: at(SAME_VOICE + 0.1), 8: ME})
    assert [pair[:2] for pair in found] == [(1, 8), (2, 7)]


def test_the_threshold_belongs_to_it_and_what_is_below_is_nobody():
    assert match_voices({1: ME}, {7: at(SAME_VOICE + 1e-4)})
    assert match_voices({1: ME}, {7: at(SAME_VOICE - 1e-3)}) == []
    assert match_voices({}, {7: ME}) == match_voices({1: ME}, {}) == []


def test_who_was_refused_leaves_the_place_to_the_next():
    heard = {7: at(0.95), 8: at(0.9)}
    assert [pair[:2] for pair in match_voices({1: ME}, heard, refused={(1, 7)})] == [(1, 8)]


def test_confidence_grows_and_stays_a_share():
    values = [compute_confidence(cosine) for cosine in np.linspace(-1, 1, 21)]
    assert values == sorted(values) and 0 <= values[0] < 0.01 and 0.99 < values[-1] <= 1
    assert compute_confidence(SAME_VOICE) > 0.5


@pytest.mark.parametrize("vectors", [[at(1), at(0)], [at(0.3)], [np.zeros(3)]])
def test_several_of_one_voice_are_one_vector(vectors):
    pooled = pool_vectors(vectors)
    assert pooled.shape == (3,) and (np.linalg.norm(pooled) == pytest.approx(1) or not pooled.any())
