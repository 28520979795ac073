import pytest
from django.urls import reverse

from meetings.voices.talk import list_interruptions, make_turns, measure_talk
from tests import factories

pytestmark = pytest.mark.django_db


def test_shares_turns_and_longest(meeting):
    second = meeting.speakers.last()
    factories.make_segment(meeting, "And on.", start_ms=30_500, end_ms=40_500, speaker=second)
    first_found, second_found = measure_talk(meeting)
    assert (first_found.speaker, first_found.turns, first_found.spoken_ms) == (second, 3, 25_000)
    assert (first_found.longest_ms, first_found.longest_start_ms) == (15_000, 25_000)
    assert first_found.share == pytest.approx(25 / 40) and second_found.share == pytest.approx(15 / 40)
    assert second_found.turns_share == 1 and second_found.longest_share == pytest.approx(1 / 3)


def test_a_quick_answer_and_a_backchannel_are_no_interruptions():
    quick = make_turns([(1, 0, 5_000, 0), (2, 4_900, 8_000, 0)])
    murmur = make_turns([(1, 0, 9_000, 600), (2, 4_000, 4_600, 600), (1, 9_100, 12_000, 0)])
    cut_in = make_turns([(1, 0, 5_000, 0), (2, 4_000, 8_000, 0), (1, 8_100, 9_000, 0)])
    assert [list_interruptions(turns) for turns in (quick, murmur, cut_in)] == [[], [], [2]]


def test_on_one_channel_the_overlap_tells_who_cuts_in():
    """Lines of one channel never share time: a voice's line ends where the next has the word."""
    cut_in = make_turns([(1, 0, 4_000, 0), (1, 4_000, 5_000, 400), (2, 5_100, 8_000, 200)])
    early = make_turns([(1, 0, 4_000, 900), (1, 4_000, 5_000, 0), (2, 5_100, 8_000, 0)])
    later = make_turns([(1, 0, 5_000, 400), (2, 5_900, 8_000, 0)])
    short = make_turns([(1, 0, 5_000, 400), (2, 5_000, 5_600, 400), (1, 5_700, 9_000, 0)])
    assert [list_interruptions(turns) for turns in (cut_in, early, later, short)] == [[2], [], [], []]


def test_nothing_to_compare(meeting, client_of, owner):
    meeting.segments.filter(speaker=meeting.speakers.last()).delete()
    page = client_of(owner).get(reverse("meeting_talk", args=[meeting.pk])).content.decode()
    assert len(measure_talk(meeting)) == 1 and "<table" not in page
    meeting.segments.all().delete()
    assert measure_talk(meeting) == []


def test_the_table_says_the_numbers(meeting, client_of, reader):
    page = client_of(reader).get(reverse("meeting_talk", args=[meeting.pk])).content.decode()
    assert page.count("<tr ") == 2 and "50 %" in page and page.count('class="num">0<') == 2
