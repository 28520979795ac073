"""The measurement of searches, small: what it makes can be found, and a common word reads no more rows than a rare one."""

from meetings.bench.search import GUEST_QUERIES, QUERIES, make_guest, make_searched_meetings, measure_search
from meetings.bench.web import make_user
from meetings.models import SearchEntry, Segment
from meetings.search.find import search


def test_a_small_measurement(db):
    user, guest = make_user(), make_guest()
    make_searched_meetings(user, guest, count=4, segments_each=30)
    assert Segment.objects.count() == 120
    assert SearchEntry.objects.filter(kind="spoken").count() > 4
    assert search(user, "the").hits and search(user, "tag:common we").hits
    assert {hit.entry.meeting_id for hit in search(guest, "the").hits} < {
        hit.entry.meeting_id for hit in search(user, "the").hits
    }
    figures = {figure.name: figure for figure in measure_search(runs=1)}
    assert figures["segments"].value == 120
    assert figures["a search, 95 of 100"].limit == 200
    assert figures["signatures in memory"].value > 0
    assert len(figures) == 9 + len(QUERIES) + len(GUEST_QUERIES)
