from __future__ import annotations

import random

import pytest

from inference.chat.text import RepetitionGuard, TextStream


def push_all(stream: TextStream, pieces: list[bytes]) -> list[str]:
    return [stream.push(piece) for piece in pieces] + [stream.finish()]


def test_character_split_over_tokens_is_sent_whole():
    data = "Grüße 世界 🎉".encode()
    texts = push_all(TextStream(), [data[at : at + 1] for at in range(len(data))])
    assert "".join(texts) == "Grüße 世界 🎉"
    assert not any("\ufffd" in text for text in texts)


def test_unfinished_character_at_the_end_becomes_a_replacement_mark():
    assert push_all(TextStream(), [b"a", "ü".encode()[:1]]) == ["a", "", "\ufffd"]


def test_stop_string_over_several_tokens_is_never_sent():
    stream = TextStream(["\n\nUser:"])
    assert [stream.push(piece) for piece in (b"Yes.\n", b"\nUs", b"er: more", b"text")] == [
        "Yes.",
        "",
        "",
        "",
    ]
    assert stream.stopped
    assert stream.finish() == ""


def test_beginning_of_a_stop_string_that_goes_on_otherwise_is_sent():
    stream = TextStream(["###"])
    assert [stream.push(piece) for piece in (b"a #", b"# b")] == ["a ", "## b"]
    assert not stream.stopped


def test_earliest_of_several_stop_strings_wins():
    stream = TextStream(["two", "one"])
    assert stream.push(b"zero one two") == "zero "


def count_until_loop(tokens: list[int]) -> int | None:
    guard = RepetitionGuard()
    return next((at for at, token in enumerate(tokens) if guard.is_looping(token)), None)


@pytest.mark.parametrize("period", [1, 2, 7, 30, 48])
def test_exact_loop_is_noticed(period: int):
    random.seed(period)
    start = [random.randrange(1000, 9000) for _ in range(100)]
    at = count_until_loop(start + list(range(period)) * 300)
    assert at is not None
    assert at - 100 <= max(64, 4 * period)


def test_loop_in_which_only_a_number_changes_is_noticed():
    tokens = [token for number in range(20) for token in [*range(60), 5000 + number]]
    assert count_until_loop(tokens) is not None


def test_ordinary_text_and_records_with_the_same_keys_are_left_alone():
    random.seed(1)
    words = [int(random.paretovariate(1.0)) % 3000 for _ in range(4000)]
    assert count_until_loop(words) is None
    records = [
        token for _ in range(60) for token in [*range(25), *(random.randrange(100, 9000) for _ in range(6))]
    ]
    assert count_until_loop(records) is None
