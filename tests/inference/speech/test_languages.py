"""Which language a window is in."""

from __future__ import annotations

from inference.speech.languages import LanguageTracker


def guess(**probabilities: float):
    ranked = sorted(probabilities.items(), key=lambda one: -one[1])
    return lambda: [(f"<|{language}|>", probability) for language, probability in ranked]


def test_a_choice_is_never_doubted():
    def must_not_be_asked():
        raise AssertionError

    tracker = LanguageTracker(fixed="de")
    assert tracker.choose(must_not_be_asked, speech_s=20) == "de"
    assert tracker.main == "de"


def test_english_when_nothing_was_said():
    assert LanguageTracker().main == "en"


def test_a_clear_guess_is_believed():
    tracker = LanguageTracker()
    assert tracker.choose(guess(en=0.99), speech_s=10) == "en"
    assert tracker.choose(guess(fr=0.95, en=0.05), speech_s=8) == "fr"
    assert tracker.main == "en"


def test_a_short_or_doubtful_window_is_in_the_language_of_the_meeting():
    tracker = LanguageTracker()
    tracker.choose(guess(de=0.97, nl=0.03), speech_s=20)
    assert tracker.choose(guess(nl=0.95, de=0.05), speech_s=0.6) == "de"
    assert tracker.choose(guess(nl=0.6, de=0.4), speech_s=5) == "de"


def test_guesses_add_up():
    tracker = LanguageTracker()
    assert tracker.choose(guess(nl=0.5, de=0.45), speech_s=2) == "nl"
    for _ in range(4):
        last = tracker.choose(guess(de=0.6, nl=0.4), speech_s=5)
    assert last == "de"
    assert tracker.main == "de"
