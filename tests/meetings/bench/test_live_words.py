from meetings.bench.live_words import Shown, Spoken, list_words, make_figures, measure_delays

SPOKEN = [
    Spoken(word, (number + 1) * 1000)
    for number, word in enumerate(["we", "ship", "it", "on", "monday", "and", "on", "friday"])
]


def test_the_first_time_a_word_is_shown_where_it_belongs():
    shown = [
        Shown(2500, 0, 2000, "We shop"),
        Shown(3000, 0, 3000, "We ship"),
        Shown(9000, 3000, 8000, "On Monday, and on Friday."),
    ]
    delays = measure_delays(SPOKEN, shown)
    assert delays == {0: 1.5, 1: 1.0, 3: 5.0, 4: 4.0, 5: 3.0, 6: 2.0, 7: 1.0}


def test_a_word_that_was_said_elsewhere_does_not_count():
    assert measure_delays(SPOKEN, [Shown(9000, 0, 1500, "friday")]) == {}


def test_figures():
    late = [
        Shown(word.end_ms + 500 + number * 100, word.end_ms - 200, word.end_ms, word.word)
        for number, word in enumerate(SPOKEN)
    ]
    figures = {figure.name.partition(": ")[2]: figure for figure in make_figures(SPOKEN, late, by="x")}
    assert figures["words shown"].value == 100
    assert abs(figures["growth of the median, first to last third"].value - 0.6) < 0.01
    assert figures["words shown after they were spoken, median"].is_kept
    assert [figure.value for figure in make_figures(SPOKEN, [], by="x")] == [0]


def test_words_are_compared_without_case_and_marks():
    assert list_words("It's 5, OK?") == ["it's", "5", "ok"]
