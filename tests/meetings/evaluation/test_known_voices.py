"""Known voices scored: which speech is listened to, which pairs count, what the table says. With the real model: tests/models/test_known_voices.py."""

import numpy as np
import pytest

from meetings.evaluation.known_voices import (
    Pair,
    Print,
    cut_clean,
    find_equal_error,
    fit_confidence,
    list_people,
    list_pieces,
    move_to_another_room,
    pair_up,
    render_table,
)
from meetings.evaluation.reference import Turn
from meetings.voices.known import SAME_VOICE

RATE_HZ = 16_000
SECOND = np.ones(RATE_HZ, dtype=np.int16)


def at(cosine: float) -> np.ndarray:
    return np.array([cosine, np.sqrt(1 - cosine**2)])


def pair(cosine: float, *, is_same: bool) -> Pair:
    return Pair(
        learned="a A",
        heard="a B",
        cosine=cosine,
        is_same=is_same,
        is_long=True,
        part="heard",
        is_synthetic=True,
    )


def test_what_others_speak_over_is_left_out():
    samples = np.concatenate([SECOND * number for number in range(10)])
    turns = [Turn(0, 4_000, "Ann", ""), Turn(3_000, 6_000, "Tom", ""), Turn(8_000, 99_000, "Ann", "")]
    clean = cut_clean(samples, turns, person="Ann")
    assert set(clean.tolist()) == {0, 1, 2, 8, 9}
    # A tenth of a second beside the other's turn goes too.
    assert clean.size == pytest.approx(4.9 * RATE_HZ, abs=32)


@pytest.mark.parametrize(
    ("seconds", "parts"),
    [
        (1, []),
        (4, ["heard", "other room"]),
        (10, ["learned", "heard", "other room"]),
        (40, ["learned"] + ["heard", "other room"] * 2),
    ],
)
def test_half_is_learned_and_the_rest_heard_in_pieces(seconds, parts):
    assert [part for part, _ in list_pieces(np.tile(SECOND, seconds))] == parts


def test_another_room_is_the_same_speech_and_sounds_different():
    speech = (8_000 * np.sin(2 * np.pi * 300 * np.arange(RATE_HZ) / RATE_HZ)).astype(np.int16)
    moved = move_to_another_room(speech)
    assert moved.dtype == np.int16 and moved.size == speech.size
    assert 0.3 < np.corrcoef(speech, moved)[0, 1] < 0.99
    assert (moved == move_to_another_room(speech)).all()


def test_labels_of_two_recordings_of_one_place_are_not_compared():
    def make(recording: str, person: str, part: str) -> Print:
        return Print(recording, person, part, 9_000, at(0.5))

    learned = make("ami_EN1", "A", "learned")
    heard = [make("ami_EN1", "A", "heard"), make("ami_EN1", "B", "heard"), make("ami_EN2", "A", "heard")]
    found = pair_up([learned, *heard, make("ami_IB1", "A", "heard")])
    assert [one.is_same for one in found] == [True, False, False]
    # Nor two recordings by a synthesiser, which may have a voice in common.
    made = [make("launch_planning", "Tom", "learned"), make("ami_IS_tts", "A", "heard")]
    assert pair_up(made) == []


def test_the_equal_error_and_the_table():
    same, other = np.array([0.9, 0.8, 0.4]), np.array([0.1, 0.2, 0.5])
    threshold, rate = find_equal_error(same, other)
    assert 0.4 <= threshold <= 0.5 and rate == pytest.approx(1 / 3)
    assert find_equal_error(same, np.array([])) is None
    pairs = [pair(SAME_VOICE + 0.1, is_same=True), pair(SAME_VOICE - 0.01, is_same=True)]
    pairs += [pair(SAME_VOICE, is_same=False), pair(0.1, is_same=False)]
    people = list(list_people(pairs))
    assert [line.split(",")[0][-10:] for line in people] == ["one person", "two people"]
    line = next(line for line in render_table(pairs).splitlines() if line.startswith("| all |"))
    assert line.count("1 (50.0%)") == 2


def test_the_curve_lies_between_one_person_and_two():
    pairs = [pair(cosine, is_same=True) for cosine in np.linspace(0.5, 0.9, 50)]
    pairs += [pair(cosine, is_same=False) for cosine in np.linspace(0.0, 0.55, 500)]
    even, steepness = fit_confidence(pairs)
    assert 0.45 < even < 0.6 and steepness > 5
