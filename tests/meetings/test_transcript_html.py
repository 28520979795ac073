"""Rows of a transcript."""

import re

import pytest

from meetings.models import Segment
from meetings.transcript_html import _FAULTS, render_segments
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_row(owner, meeting):
    html = render_segments(meeting.segments.in_order())
    assert html.count("<li") == 6
    first = meeting.segments.in_order()[0]
    assert f'id="seg-{first.pk}" data-s="0" data-e="5000"' in html
    assert ">0:05</a>" in html and ">Speaker 2</button>" in html


def test_free_text_is_escaped(owner):
    meeting = factories.make_meeting(owner)
    speaker = factories.make_speaker(meeting, name='<b>"Ann"</b>')
    factories.make_segment(meeting, "<script>alert('x')</script> & more", speaker=speaker)
    html = render_segments(meeting.segments.all())
    assert "<script" not in html and "<b>" not in html
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; more" in html


def test_marks(owner):
    meeting = factories.make_meeting(owner)
    segment = factories.make_segment(meeting, "Yes.", engine=Segment.Engine.LIVE)
    assert "caption" in render_segments(meeting.segments.all()) and "edited" not in render_segments(
        meeting.segments.all()
    )
    segment.edit_text("No.", by=owner)
    assert "data-history" in render_segments(meeting.segments.all())


def test_which_engine_wrote_it_why_and_how_well_it_fits(owner):
    meeting = factories.make_meeting(owner)
    made = {"engine": Segment.Engine.NATIVE, "gate_score": 0.84}
    factories.make_segment(meeting, "Good morning.", **made)
    html = render_segments(meeting.segments.all())
    words = "Written by the chat model that hears. Whisper finds that its text fits the sound at 84%."
    assert f'title="{words}"' in html and f'<span class="vh">. {words}</span>' in html

    meeting.segments.all().delete()
    factories.make_segment(meeting, "Good morning.", gate_reason="looping", gate_score=0.031)
    html = render_segments(meeting.segments.all())
    assert "asked first, but it repeated itself. Whisper finds that its text fits the sound at 3%." in html
    assert ">whisper<" in html


def test_every_fault_the_gate_knows_has_words():
    from inference.speech import gate

    known = set(re.findall(r"[a-z_]{5,}", gate.find_fault.__doc__.split("The first of: ")[1].split(".")[0]))
    assert known == set(_FAULTS)


def test_a_fault_of_a_newer_server_is_not_shown_raw(owner):
    meeting = factories.make_meeting(owner)
    factories.make_segment(meeting, "Hm.", gate_reason="<b>sleepy</b>")
    html = render_segments(meeting.segments.all())
    assert "sleepy" not in html and "its text did not hold" in html


@pytest.mark.parametrize(("overlap_ms", "is_marked"), [(0, False), (300, False), (800, True)])
def test_a_line_that_is_spoken_over(owner, overlap_ms, is_marked):
    meeting = factories.make_meeting(owner)
    factories.make_segment(meeting, "Yes.", overlap_ms=overlap_ms)
    assert ("two at once" in render_segments(meeting.segments.all())) is is_marked


def test_three_queries_whatever_the_length(meeting, django_assert_num_queries):
    with django_assert_num_queries(3):
        render_segments(meeting.segments.in_order())


def test_nothing_is_nothing(owner):
    assert render_segments(factories.make_meeting(owner).segments.all()) == ""


def test_a_name_stands_where_the_voice_changes(owner):
    """The others wait for the mouse or the keyboard: they are menus."""
    meeting = factories.make_meeting(owner)
    ann, ben = (
        factories.make_speaker(meeting, label, name=name) for label, name in (("S1", "Ann"), ("S2", "Ben"))
    )
    for number, speaker in enumerate([ann, ann, ben, None, None, ben]):
        factories.make_segment(
            meeting, "So.", start_ms=number * 1000, end_ms=number * 1000 + 900, speaker=speaker
        )
    html = render_segments(meeting.segments.in_order())
    assert [bool(goes_on) for goes_on in re.findall(r'class="seg( seg--on)?"', html)] == [
        False,
        True,
        *[False] * 4,
    ]
    assert html.count(">Ann</button>") == 2
