from __future__ import annotations

import pytest

from inference.bench.captions import Watch, _to_figures

WORDS = [("we", 0.4), ("ship", 0.8), ("on", 1.0), ("wednesday", 1.6), ("we", 9.0)]


def make_message(text: str, *, kind: str = "partial", start_ms: int = 0, end_ms: int = 2000) -> dict:
    return {"type": f"caption.{kind}", "utterance": 0, "start_ms": start_ms, "end_ms": end_ms, "text": text}


def test_a_word_is_late_from_its_end_to_the_first_message_that_shows_it():
    watch = Watch(words=WORDS, began_at=100.0)
    watch.see(make_message("We shipped"), now=101.5)
    watch.see(make_message("We ship on Wednesday.", kind="final"), now=103.0)
    assert watch.delays_s == pytest.approx({0: 1.1, 1: 2.2, 2: 2.0, 3: 1.4})
    assert watch.text == "We ship on Wednesday."


def test_the_same_word_elsewhere_is_not_taken_for_it():
    watch = Watch(words=WORDS, began_at=100.0)
    watch.see(make_message("we", start_ms=8000, end_ms=9500), now=110.0)
    assert watch.delays_s == pytest.approx({4: 1.0})


def test_a_word_not_yet_spoken_is_not_taken_for_its_like():
    watch = Watch(words=[("the", 1.0), ("plan", 1.4), ("the", 3.0)], began_at=0.0)
    watch.see(make_message("the plan the", end_ms=2000), now=2.1)
    assert set(watch.delays_s) == {0, 1}


def test_a_message_without_text_shows_nothing():
    watch = Watch(words=WORDS)
    watch.see({"type": "flushed", "end_ms": 100}, now=1.0)
    watch.see(make_message("", kind="final"), now=1.0)
    assert watch.delays_s == {}


def test_finals_are_compared_with_the_offline_pass_and_with_what_was_said():
    pytest.importorskip("jiwer")
    watch = Watch(words=WORDS, began_at=100.0)
    watch.see(make_message("we ship on Thursday", kind="final"), now=103.0)
    found = _to_figures(
        "one", [watch], offline="we ship on Sunday", said="we ship on Thursday", limits=(1.0, 2.0)
    )
    by_name = {figure.what.partition(": ")[2]: figure.value for figure in found}
    assert by_name["word error rate of the finals against our offline pass"] == pytest.approx(25)
    assert by_name["word error rate by what was really said, finals minus our offline pass"] == pytest.approx(
        -25
    )
    without = _to_figures("one", [watch], offline="we ship", said=None, limits=(1.0, 2.0))
    assert len(without) == len(found) - 1
