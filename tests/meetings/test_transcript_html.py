"""Rows of a transcript."""

import pytest

from meetings.models import Segment
from meetings.transcript_html import render_segments
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


def test_two_queries_whatever_the_length(meeting, django_assert_num_queries):
    with django_assert_num_queries(2):
        render_segments(meeting.segments.in_order())


def test_nothing_is_nothing(owner):
    assert render_segments(factories.make_meeting(owner).segments.all()) == ""
