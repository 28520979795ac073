"""Where a segment ends."""

from __future__ import annotations

import pytest

from inference.speech.segmentation import MAX_S, HeardWord, compute_confidence, split_into_sentences
from inference.types import Word


def make_words(text: str, *, gaps: dict[int, float] | None = None, word_s: float = 0.3) -> list[HeardWord]:
    """Words one after the other; `gaps[i]`: seconds of pause before word i."""
    heard, now = [], 0.0
    for index, word in enumerate(text.split()):
        now += (gaps or {}).get(index, 0.0)
        heard.append(
            HeardWord(
                word=Word(start=now, end=now + word_s, word=f" {word}", probability=0.9), tokens=(index,)
            )
        )
        now += word_s
    return heard


def split(text: str, **options: object) -> list[str]:
    groups = split_into_sentences(make_words(text, **options))
    return [" ".join(heard.word.word.strip() for heard in group) for group in groups]


def test_nothing():
    assert split("") == []


def test_a_sentence_each():
    assert split("We launch on Monday. Who is on call? Tom is.") == [
        "We launch on Monday.",
        "Who is on call?",
        "Tom is.",
    ]


def test_a_short_answer_stays_with_what_follows_without_a_pause():
    assert split("Okay. Let's start now.") == ["Okay. Let's start now."]
    assert split("Okay. Let's start now.", gaps={1: 0.3}) == ["Okay.", "Let's start now."]


def test_a_pause_ends_a_segment_anywhere():
    assert split("We could perhaps wait", gaps={2: 0.9}) == ["We could", "perhaps wait"]


@pytest.mark.parametrize(
    "text", ["I met Dr. Miller in town.", "He said e.g. five of them.", "Das ist z.B. gut so."]
)
def test_an_abbreviation_ends_nothing(text: str):
    assert split(text) == [text]


@pytest.mark.parametrize("end", ['."', ".)", "!”", "。", "…"])
def test_closing_marks_belong_to_the_end(end: str):
    assert len(split(f"They said yes{end} Then they left.")) == 2


def test_a_long_sentence_is_cut_at_its_comma():
    text = " ".join(["word"] * 29) + " comma, " + " ".join(["more"] * 30)
    parts = split(text, word_s=0.4)
    assert parts[0].endswith("comma,")
    assert " ".join(parts) == text


def test_no_part_is_longer_than_allowed_and_no_word_is_lost():
    words = make_words(" ".join(f"w{i}" for i in range(400)), word_s=0.4)
    groups = split_into_sentences(words)
    assert [one for group in groups for one in group] == words
    assert all(group[-1].word.end - group[0].word.start <= MAX_S for group in groups)


def test_a_single_endless_word_is_left():
    assert len(split("aaaah", word_s=60.0)) == 1


def test_confidence_is_the_geometric_mean():
    words = [Word(start=0, end=1, word="a", probability=one) for one in (0.9, 0.4)]
    assert compute_confidence(words) == pytest.approx((0.9 * 0.4) ** 0.5)


def test_confidence_without_words_and_with_an_impossible_one():
    assert compute_confidence([]) == 0.0
    assert compute_confidence([Word(start=0, end=1, word="a", probability=0.0)]) > 0
