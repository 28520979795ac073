"""The sides of a call, over turns as the model gives them; with the real model in tests/models/test_sides.py."""

import pytest

from meetings.inference_client import Diarization
from meetings.live.takes import create_take
from meetings.pipeline.sides import are_people, tell_sides
from tests.meetings.pipeline.fakes import turn

CALL = [(0, 10_000, 0), (10_000, 20_000, 1), (20_000, 30_000, 0), (30_000, 40_000, 1)]


def tell(turns, sides=CALL):
    speakers = list(dict.fromkeys(one.speaker for one in turns))
    told = tell_sides(Diarization(duration_ms=40_000, speakers=speakers, turns=turns), sides)
    assert told.speakers == list(dict.fromkeys(one.speaker for one in told.turns))
    return [(one.start_ms, one.end_ms, one.speaker) for one in told.turns]


def test_several_people_behind_one_channel():
    told = tell(
        [
            turn(0, 10_300, "A"),
            turn(10_300, 19_800, "B"),
            turn(19_800, 30_000, "A"),
            turn(30_000, 40_000, "C"),
        ]
    )
    assert told == [(0, 10_000, "S1"), (10_000, 20_000, "S2"), (20_000, 30_000, "S1"), (30_000, 40_000, "S3")]


def test_voices_that_sound_alike_on_two_sides_are_two():
    assert tell([turn(0, 40_000, "A")]) == [
        (0, 10_000, "S1"),
        (10_000, 20_000, "S2"),
        (20_000, 30_000, "S1"),
        (30_000, 40_000, "S2"),
    ]


def test_two_on_one_side_share_it_up_to_the_middle_of_the_pause():
    told = tell(
        [turn(0, 4_000, "A"), turn(5_000, 10_000, "B"), turn(10_000, 20_000, "C"), turn(20_500, 29_500, "A")]
    )
    assert told[:2] == [(0, 4_500, "S1"), (4_500, 10_000, "S2")]
    assert told[3] == (20_000, 30_000, "S1")


def test_a_soft_word_beside_somebody_else_is_the_nearest_of_its_side():
    """Both talk at once; the model heard one of them."""
    sides = [(0, 10_000, 0), (9_000, 9_800, 1), (12_000, 20_000, 1), (30_000, 40_000, 1)]
    told = tell([turn(0, 10_000, "A"), turn(12_000, 20_000, "B"), turn(30_000, 40_000, "C")], sides)
    assert (9_000, 9_800, "S2") in told and (12_000, 20_000, "S2") in told and (30_000, 40_000, "S3") in told


def test_a_side_the_model_did_not_hear_at_all():
    assert tell([turn(0, 10_000, "A"), turn(20_000, 30_000, "A")])[1] == (10_000, 20_000, "S2")
    assert tell([]) == [
        (0, 10_000, "S1"),
        (10_000, 20_000, "S2"),
        (20_000, 30_000, "S1"),
        (30_000, 40_000, "S2"),
    ]


@pytest.mark.django_db
def test_behind_a_tab_may_be_many(meeting, owner):
    live = create_take(owner, channels=2).meeting
    assert are_people(meeting, CALL) and not are_people(live, CALL)
    assert not are_people(meeting, [])
    live.speaker_count = 2
    assert are_people(live, CALL)
