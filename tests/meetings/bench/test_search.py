"""The measurement of searches, small: what it makes can be found, and a common word reads no more rows than a rare one."""

import threading

from meetings.bench.search import (
    GUEST_QUERIES,
    QUERIES,
    make_guest,
    make_searched_meetings,
    measure_search,
    measure_together,
)
from meetings.bench.web import make_user
from meetings.models import SearchEntry, Segment
from meetings.search import meaning
from meetings.search.find import search
from tests.meetings.search.test_meaning import Thesaurus


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


def test_words_and_meaning_together_ask_for_a_vector_each_time(db, monkeypatch):
    monkeypatch.setitem(meaning._state, "away_until", 1e12)
    monkeypatch.setattr(meaning, "_client", threading.local())
    user, guest = make_user(), make_guest()
    make_searched_meetings(user, guest, count=4, segments_each=30)
    client = Thesaurus()
    figures = {figure.name: figure for figure in measure_together(user, guest, runs=1, client=client)}
    kinds = figures["kinds of search that also ask for meaning"].value
    assert kinds == 12
    # Two for the vector alone, and two for every search of a person; the first warms.
    assert len(client.seen) == 2 * kinds + 2 * (kinds + len(GUEST_QUERIES))
    assert figures["words and meaning together, 95 of 100"].limit == 200
