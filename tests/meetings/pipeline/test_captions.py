import pytest

from meetings.models import Segment
from meetings.pipeline.captions import cut_corrected, drop_captions
from tests import factories

pytestmark = pytest.mark.django_db


def make_caption(meeting, text, start_ms, end_ms):
    return factories.make_segment(meeting, text, start_ms=start_ms, end_ms=end_ms, engine="live")


@pytest.fixture
def bare(owner):
    return factories.make_meeting(owner)


def test_captions_give_way_and_corrected_ones_stay(bare, owner):
    make_caption(bare, "one", 0, 900)
    second = make_caption(bare, "two", 1000, 1900)
    second.edit_text("corrected", by=owner)
    drop_captions(bare, before_ms=500)
    assert list(bare.segments.values_list("text", flat=True)) == ["corrected"]
    drop_captions(bare)
    assert list(bare.segments.values_list("text", flat=True)) == ["corrected"]


def test_citations_go_to_what_was_heard_at_that_time(bare, owner):
    first, second, lost = (make_caption(bare, "send it", start, start + 2000) for start in (0, 2000, 60_000))
    item = factories.make_action_item(bare, "Send it", sources=[first, second, lost])
    note = factories.make_note_item(bare, "decision", "It is sent", sources=[second])
    item.edit(by=owner, text="Send it all")
    heard = factories.make_segment(bare, "Send it all.", start_ms=500, end_ms=3900)
    factories.make_segment(bare, "Next.", start_ms=3900, end_ms=9000)
    drop_captions(bare)
    assert [c.segment_id for c in item.citations.all()] == [heard.pk]
    assert [c.segment_id for c in note.citations.all()] == [heard.pk]


def new_segment(meeting, text, start_ms, end_ms, *, words=True):
    said = factories.make_words(text, start_ms=start_ms, end_ms=end_ms) if words else []
    return Segment(meeting=meeting, text=text, start_ms=start_ms, end_ms=end_ms, words=said)


def test_words_outside_a_corrected_caption_are_kept(bare, owner):
    make_caption(bare, "see", 2000, 3000).edit_text("C", by=owner)
    parts = cut_corrected(new_segment(bare, "a b c d e", 0, 5000))
    assert [(p.text, p.start_ms, p.end_ms) for p in parts] == [("a b", 0, 2000), ("d e", 3000, 5000)]
    assert cut_corrected(new_segment(bare, "c c", 2000, 3000)) == []


def test_without_a_correction_nothing_is_cut(bare, django_assert_num_queries):
    make_caption(bare, "see", 2000, 3000)
    whole = new_segment(bare, "a b c d e", 0, 5000)
    with django_assert_num_queries(1):
        assert cut_corrected(whole) == [whole]


@pytest.mark.parametrize(("start_ms", "kept"), [(0, 1), (1500, 0)])
def test_without_word_times_the_middle_decides(bare, owner, start_ms, kept):
    make_caption(bare, "see", 2000, 3000).edit_text("C", by=owner)
    assert len(cut_corrected(new_segment(bare, "a b", start_ms, start_ms + 2100, words=False))) == kept
