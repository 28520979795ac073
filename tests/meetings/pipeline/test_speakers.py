import pytest

from meetings.models import Segment
from meetings.pipeline.speakers import Turns, find_overlaps, group_words, measure_overlap
from tests.meetings.pipeline.fakes import turn


def words(text, *, start_ms=0, word_ms=300):
    return [
        {"s": start_ms + i * word_ms, "e": start_ms + (i + 1) * word_ms, "w": word, "p": 0.9}
        for i, word in enumerate(text.split())
    ]


def labels(runs):
    return [(label, " ".join(word["w"] for word in group)) for label, group in runs]


def test_the_voice_that_covers_most_of_it():
    turns = Turns([turn(0, 1000, "S1"), turn(900, 3000, "S2"), turn(10_000, 11_000, "S3")])
    assert turns.find_label(500, 1000) == "S1"
    assert turns.find_label(800, 2000) == "S2"
    assert turns.find_label(3500, 3600) == "S2"
    assert turns.find_label(6000, 6100) == ""
    assert turns.find_label(9000, 9500) == "S3"
    assert Turns([]).find_label(0, 1) == ""


def test_a_long_turn_before_short_ones_is_found():
    turns = Turns([turn(0, 60_000, "S1"), *(turn(1000 * i, 1000 * i + 100, "S2") for i in range(1, 50))])
    assert turns.find_label(55_000, 55_500) == "S1"


def test_one_voice_is_one_run():
    runs = group_words(words("all by one"), Turns([turn(0, 900, "S1")]))
    assert labels(runs) == [("S1", "all by one")]


def test_a_clear_change_is_cut_at_the_end_of_the_sentence():
    said = words("Can you do it by Friday? Yes I will do that.")
    # The turn changes one word too early.
    runs = group_words(said, Turns([turn(0, 1500, "S1"), turn(1500, 5000, "S2")]))
    assert labels(runs) == [("S1", "Can you do it by Friday?"), ("S2", "Yes I will do that.")]


def test_a_wobble_is_no_change():
    said = words("one two three four five six")
    runs = group_words(said, Turns([turn(0, 900, "S1"), turn(900, 1200, "S2"), turn(1200, 1800, "S1")]))
    assert labels(runs) == [("S1", "one two three four five six")]


def test_words_without_a_voice_go_with_their_neighbours():
    said = words("one two") + words("three four", start_ms=60_000)
    runs = group_words(said, Turns([turn(0, 600, "S1")]))
    assert labels(runs) == [("S1", "one two three four")]


def test_split_keeps_every_character_and_word():
    segment = Segment(
        start_ms=0, end_ms=4000, text="Is it done?  Yes, it is.", words=words("Is it done? Yes, it is.")
    )
    parts = segment.split([segment.words[:3], segment.words[3:]])
    assert [(p.text, p.start_ms, p.end_ms) for p in parts] == [
        ("Is it done?", 0, 900),
        ("Yes, it is.", 900, 4000),
    ]
    assert parts[0] is segment and parts[1].pk is None


def test_split_of_a_script_without_spaces():
    said = [
        {"s": i * 500, "e": (i + 1) * 500, "w": w, "p": 1}
        for i, w in enumerate(["終わり", "ました", "はい", "そう"])
    ]
    segment = Segment(start_ms=0, end_ms=2000, text="終わりましたはいそう", words=said)
    assert [p.text for p in segment.split([said[:2], said[2:]])] == ["終わりました", "はいそう"]


@pytest.mark.parametrize("text", ["Something else", "is Is"])
def test_words_that_are_not_in_the_text_leave_it_whole(text):
    segment = Segment(start_ms=0, end_ms=900, text=text, words=words("Is it done?"))
    assert segment.split([segment.words[:1], segment.words[1:]]) == [segment]


def test_where_turns_of_two_voices_share_time():
    turns = [turn(0, 5000, "S1"), turn(4000, 6000, "S2"), turn(5500, 7000, "S2"), turn(6900, 8000, "S1")]
    overlaps = find_overlaps(turns)
    assert overlaps == [(4000, 5000), (6900, 7000)]
    assert measure_overlap(overlaps, start_ms=4500, end_ms=6950) == 550
    assert measure_overlap(overlaps, start_ms=5000, end_ms=6900) == 0
    assert find_overlaps([]) == [] and measure_overlap([], start_ms=0, end_ms=1) == 0
