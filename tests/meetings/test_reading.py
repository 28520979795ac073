"""Lines with their sources, and the time axis."""

import pytest

from meetings.models import ActionItem, Segment
from meetings.reading import CHIP_GAP_MS, describe_axis, make_chips, read_notes
from tests import factories

pytestmark = pytest.mark.django_db


def segment(pk: int, start_ms: int, end_ms: int) -> Segment:
    return Segment(pk=pk, start_ms=start_ms, end_ms=end_ms)


def test_neighbours_share_a_chip():
    near, far = 2_000 + CHIP_GAP_MS, 9_000 + 2 * CHIP_GAP_MS
    chips = make_chips([segment(3, far, far + 1), segment(1, 0, 2_000), segment(2, near, near + 500)])
    assert [(chip.start_ms, chip.segment_ids) for chip in chips] == [(0, [1, 2]), (far, [3])]
    assert chips[0].end_ms == near + 500


def test_a_long_source_is_not_shortened_by_one_inside_it():
    chips = make_chips([segment(1, 0, 9_000), segment(2, 1_000, 2_000)])
    assert chips[0].end_ms == 9_000


def test_the_notes_of_a_meeting(meeting, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        notes = read_notes(meeting)
    assert [line.item.text for line in notes.decisions] == ["The launch moves to the ninth of March."]
    assert len(notes.summary) == len(notes.questions) == len(notes.risks) == len(notes.topics) == 1
    topic, points = notes.topics[0]
    assert topic.title == "Launch date" and len(points) == 1
    assert notes.suggested_count == 2 and not notes.is_empty


def test_refused_items_are_not_shown(meeting):
    meeting.action_items.first().move(ActionItem.Move.REFUSE)
    assert len(read_notes(meeting).actions) == 1


def test_a_line_is_stale_when_its_source_changed_later(meeting, owner):
    line = meeting.action_items.last()
    line.citations.get().segment.edit_text("I will ask nobody.", by=owner)
    assert [one.is_stale for one in read_notes(meeting).actions] == [False, True]
    line.edit(by=owner, text="Ask nobody")
    assert not any(one.is_stale for one in read_notes(meeting).actions)


def test_nothing_is_empty(owner):
    notes = read_notes(factories.make_meeting(owner))
    assert notes.is_empty and notes.frame is None


def test_bars_of_a_lane_are_joined_over_short_pauses(owner):
    meeting = factories.make_meeting(owner)
    factories.make_recording(meeting)
    one, two = factories.make_speaker(meeting, "S1"), factories.make_speaker(meeting, "S2", name="Ann")
    for start_ms, end_ms, speaker in (
        (0, 1_000, one),
        (1_500, 2_000, one),
        (4_000, 5_000, one),
        (900, 1_600, two),
    ):
        factories.make_segment(meeting, "Yes.", start_ms=start_ms, end_ms=end_ms, speaker=speaker)
    lanes = describe_axis(meeting)["lanes"]
    assert [lane["bars"] for lane in lanes] == [[[0, 2_000], [4_000, 5_000]], [[900, 1_600]]]
    assert [lane["name"] for lane in lanes] == ["Speaker 1", "Ann"]


def test_before_voices_are_told_apart_there_is_one_lane(owner):
    meeting = factories.make_meeting(owner)
    factories.make_segments(meeting)
    axis = describe_axis(meeting)
    assert axis["lanes"] == [{"name": "", "colour": None, "bars": [[0, 30_000]]}]
    assert axis["covered"] is None
