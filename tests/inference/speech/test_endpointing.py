"""Utterances out of speech probabilities."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.endpointing import FRAMES_PER_S, Endpointer, EndpointRules, Utterance
from inference.speech.vad import FRAME


def make(*runs: tuple[float, float]) -> np.ndarray:
    """`runs`: (probability, seconds), one after the other."""
    return np.concatenate([np.full(round(s * FRAMES_PER_S), p) for p, s in runs])


def hear(*runs: tuple[float, float], flush: bool = False) -> list[Utterance]:
    endpointer = Endpointer()
    finished = endpointer.add(make(*runs))
    return finished + (endpointer.flush() if flush else [])


def to_seconds(utterance: Utterance) -> tuple[float, float]:
    return utterance.start / SAMPLE_RATE_HZ, utterance.end / SAMPLE_RATE_HZ


def test_silence_ends_an_utterance():
    (one,) = hear((0, 1), (0.9, 2), (0, 1))
    assert to_seconds(one) == pytest.approx((0.7, 3.25), abs=0.07)
    assert one.speech_s == pytest.approx(2, abs=0.07)


def test_a_breath_does_not():
    (one,) = hear((0.9, 1), (0, 0.4), (0.9, 1), (0, 1))
    assert len(one.spans) == 2


def test_in_a_long_utterance_a_breath_is_enough():
    first, second = hear((0.9, 8), (0, 0.4), (0.9, 2), (0, 1))
    assert first.end <= second.start
    assert (first.number, second.number) == (0, 1)


def test_whoever_does_not_breathe_is_cut_at_the_quietest_moment():
    endpointer = Endpointer()
    (one,) = endpointer.add(make((0.9, 10), (0.6, 0.2), (0.9, 4.5)))
    assert to_seconds(one)[1] == pytest.approx(10.1, abs=0.1)
    assert endpointer.open is not None
    assert endpointer.open.start == one.end
    (rest,) = endpointer.flush()
    assert (rest.start, rest.number) == (one.end, 1)


def test_hours_without_a_breath_are_cut_again_and_again():
    parts = hear((0.9, 200), flush=True)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert all(part.end == after.start for part, after in pairwise(parts))
    assert all((part.end - part.start) / SAMPLE_RATE_HZ <= EndpointRules().max_s for part in parts)
    assert parts[-1].end == round(200 * FRAMES_PER_S) * FRAME


def test_a_click_is_no_utterance():
    assert hear((0, 1), (0.9, 0.07), (0, 2), flush=True) == []


def test_flush_finishes_what_is_under_way():
    (one,) = hear((0, 1), (0.9, 2), flush=True)
    assert to_seconds(one)[1] == pytest.approx(3, abs=0.05)


def test_the_speed_of_the_sound_does_not_matter():
    noise = np.random.default_rng(1).random(3000) * np.repeat(np.random.default_rng(2).random(60), 50) * 1.6
    whole, pieces = Endpointer(), Endpointer()
    one_by_one = [done for value in noise for done in pieces.add([value])]
    assert whole.add(noise) == one_by_one
    assert len(one_by_one) > 3


def test_what_is_still_needed():
    endpointer = Endpointer()
    endpointer.add(make((0, 60)))
    assert endpointer.needed_from > 59 * SAMPLE_RATE_HZ
    endpointer.add(make((0.9, 5)))
    assert endpointer.needed_from < 60 * SAMPLE_RATE_HZ
    assert endpointer.needed_from == endpointer.open.start
