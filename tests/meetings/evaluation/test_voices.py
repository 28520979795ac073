"""DER on turns whose errors can be counted by hand."""

import pytest

from meetings.evaluation.outcome import HeardSegment
from meetings.evaluation.reference import Turn
from meetings.evaluation.voices import join_pauses, pool_der, score_voices

TURNS = [Turn(0, 10_000, "Ann", "a"), Turn(10_000, 20_000, "Tom", "b")]


def heard(*stretches: tuple[int, int, str | None]) -> list[HeardSegment]:
    return [HeardSegment(str(i), start, end, who, "x") for i, (start, end, who) in enumerate(stretches)]


def test_all_right_and_names_are_found():
    score = score_voices(TURNS, heard((0, 10_000, "S2"), (10_000, 20_000, "S1")), duration_ms=20_000)
    assert score.der == 0.0
    assert score.names == {"S2": "Ann", "S1": "Tom"}
    assert (score.reference_speakers, score.found_speakers) == (2, 2)


def test_a_quarter_second_at_each_border_is_forgiven():
    score = score_voices(TURNS, heard((0, 10_240, "S1"), (10_240, 20_000, "S2")), duration_ms=20_000)
    assert score.der == 0.0


def test_one_voice_for_two_people():
    score = score_voices(TURNS, heard((0, 20_000, "S1")), duration_ms=20_000)
    # 0.25 s is cut off at each of the four borders: 9.5 s of 19 s are under the wrong person.
    assert score.der == pytest.approx(0.5)
    assert score.confusion_share == pytest.approx(0.5)


def test_one_voice_for_everybody_is_known_beside_it():
    score = score_voices(TURNS, heard((0, 10_000, "S2"), (10_000, 20_000, "S1")), duration_ms=20_000)
    assert score.one_voice_der == pytest.approx(0.5)
    assert score.speech_s == pytest.approx(19.0)


def test_recordings_are_pooled_by_their_speech():
    right = score_voices(TURNS, heard((0, 10_000, "S2"), (10_000, 20_000, "S1")), duration_ms=20_000)
    longer = [Turn(0, 40_000, "Ann", "a")]
    missed = score_voices(longer, [], duration_ms=40_000)
    assert pool_der([right, missed]) == pytest.approx((39.5 / 58.5, 9.5 / 58.5))
    assert pool_der([]) is None


def test_missed_speech():
    score = score_voices(TURNS, heard((0, 10_000, "S1")), duration_ms=20_000)
    assert score.missed_share == pytest.approx(0.5)


def test_speech_where_there_is_none():
    score = score_voices(TURNS[:1], heard((0, 10_000, "S1"), (10_250, 19_750, None)), duration_ms=20_000)
    assert score.false_alarm_share == pytest.approx(1.0)


def test_no_speech_at_all():
    assert score_voices([], heard((0, 1_000, "S1")), duration_ms=1_000) is None


def test_a_pause_for_breath_belongs_to_the_turn_but_not_over_somebody_else():
    segments = heard(
        (0, 2_000, "S1"),
        (2_900, 4_000, "S1"),
        (5_200, 6_000, "S1"),
        (6_000, 6_500, "S2"),
        (6_500, 7_000, "S1"),
    )
    assert join_pauses(segments) == [
        (0, 4_000, "S1"), (5_200, 6_000, "S1"), (6_000, 6_500, "S2"), (6_500, 7_000, "S1"),
    ]  # fmt: skip
