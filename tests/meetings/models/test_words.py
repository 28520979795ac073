"""Word times survive an edit."""

import pytest

from meetings.models.words import align_words

WORDS = [
    {"s": 0, "e": 200, "w": "Atlas", "p": 0.9},
    {"s": 250, "e": 600, "w": "lounges", "p": 0.4},
    {"s": 650, "e": 700, "w": "on", "p": 0.9},
    {"s": 720, "e": 1200, "w": "Friday.", "p": 0.8},
]


def texts(words):
    return [word["w"] for word in words]


def test_words_that_stay_keep_their_times_and_probability():
    result = align_words(WORDS, "Atlas launches on Friday.", start_ms=0, end_ms=1200)
    assert texts(result) == ["Atlas", "launches", "on", "Friday."]
    assert result[0] == WORDS[0]
    assert result[3] == WORDS[3]
    assert result[1] == {"s": 200, "e": 650, "w": "launches", "p": 1.0}


def test_new_words_share_the_gap_between_their_neighbours():
    result = align_words(WORDS, "Atlas will really launch on Friday.", start_ms=0, end_ms=1200)
    assert [(w["s"], w["e"]) for w in result[1:4]] == [(200, 350), (350, 500), (500, 650)]


def test_a_change_of_case_keeps_the_time_and_takes_the_new_spelling():
    result = align_words(WORDS, "ATLAS lounges on Friday.", start_ms=0, end_ms=1200)
    assert result[0] == {"s": 0, "e": 200, "w": "ATLAS", "p": 0.9}


@pytest.mark.parametrize("text", ["", "   "])
def test_an_emptied_text_has_no_words(text):
    assert align_words(WORDS, text, start_ms=0, end_ms=1200) == []


def test_without_old_words_the_segment_is_shared_evenly():
    result = align_words([], "one two", start_ms=100, end_ms=300)
    assert [(w["s"], w["e"]) for w in result] == [(100, 200), (200, 300)]


def test_times_never_run_backwards_when_the_last_word_outlives_the_segment():
    result = align_words(WORDS, "Atlas lounges on Friday. And more", start_ms=0, end_ms=900)
    starts = [w["s"] for w in result]
    assert starts == sorted(starts)
    assert all(w["e"] >= w["s"] for w in result)
