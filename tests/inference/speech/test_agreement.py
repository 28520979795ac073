"""Which words of a growing text are settled."""

from __future__ import annotations

import pytest

from inference.speech.agreement import Agreement, TextWord, drop_repetition


def words(text: str) -> list[TextWord]:
    return [TextWord(word=f" {word}", tokens=(hash(word) % 1000,)) for word in text.split()]


def read(*tails: str) -> Agreement:
    agreement = Agreement()
    for tail in tails:
        agreement.add(words(tail))
    return agreement


def test_one_reading_settles_nothing():
    agreement = read("we should ship it")
    assert (agreement.text, agreement.settled_chars) == ("we should ship it", 0)


def test_two_readings_settle_what_they_agree_on():
    agreement = read("we should ship it on", "we should ship it only Wednesday")
    assert agreement.text == "we should ship it only Wednesday"
    assert agreement.text[: agreement.settled_chars] == "we should ship it"
    assert agreement.settled_tokens == [word.tokens[0] for word in words("we should ship it")]


def test_the_last_word_waits():
    assert read("we ship", "we ship").settled_chars == len("we")


def test_case_and_punctuation_do_not_matter_and_the_newer_form_stays():
    agreement = read("good morning everyone", "Good morning, everyone. Today")
    assert agreement.text[: agreement.settled_chars] == "Good morning, everyone."


def test_settled_text_only_grows():
    agreement, before = Agreement(), ""
    for tail in ("a b c", "a b d e", "c d e", "x", "", "d e f", "d e f g"):
        agreement.add(words(tail))
        settled = agreement.text[: agreement.settled_chars]
        assert settled.startswith(before)
        before = settled
    assert before == "a b d e f"


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("good morning all good morning all good", "good morning all"),
        ("so thank you thank you", "so thank you"),
        ("no no", "no no"),
        ("yes no no no no", "yes no no"),
        ("we can we can ship it", "we can we can ship it"),
        ("", ""),
    ],
)
def test_an_end_that_repeats_itself(heard: str, kept: str):
    assert " ".join(word.word.strip() for word in drop_repetition(words(heard))) == kept
