"""The guards around the decoder, with a model that says what it is told to. The real one: `test_whisper`."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from inference.speech.decoding import (
    FALLBACK_TEMPERATURES,
    MAX_LENGTH,
    Decoded,
    DecodeRules,
    compute_compression_ratio,
    decode_window,
)

RULES = DecodeRules(with_timestamps=False)
END = 50_000
FIRST_MARK = 50_100  # timestamps: steps of 20 ms from here
PROMPT = [1, 2]


class FakeTokenizer:
    """Token n is the word "wn"."""

    eot, sot_sequence, no_timestamps, timestamp_begin = END, PROMPT, 50_002, FIRST_MARK
    transcribe = translate = sot = sot_prev = sot_lm = no_speech = 50_001
    non_speech_tokens = (7, 8)

    def decode(self, tokens: list[int]) -> str:
        return " ".join(f"w{token}" for token in tokens)


class FakeModel:
    """Gives its answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: SimpleNamespace) -> None:
        self._answers = list(answers)
        self.calls: list[dict] = []

    def generate(self, encoded: object, prompts: list[list[int]], **options: object) -> list[SimpleNamespace]:
        self.calls.append({"prompt": prompts[0], **options})
        return [self._answers[min(len(self.calls), len(self._answers)) - 1]]


def make_answer(tokens: list[int], *, score: float = -0.2, no_speech: float = 0.0) -> SimpleNamespace:
    return SimpleNamespace(sequences_ids=[tokens], scores=[score], no_speech_prob=no_speech)


GOOD = make_answer(list(range(100, 110)))
LOOP = make_answer([5] * 60)
GUESS = make_answer(list(range(100, 110)), score=-2.0)


def decode(model: FakeModel, *, duration_s: float = 10.0, **options: object) -> Decoded:
    return decode_window(
        model, None, FakeTokenizer(), prompt=[], duration_s=duration_s, rules=RULES, **options
    )


def test_a_good_text_passes():
    decoded = decode(FakeModel(GOOD))
    assert decoded.tokens == tuple(range(100, 110))
    assert not decoded.is_suspect and not decoded.is_silence
    assert decoded.avg_logprob == pytest.approx(-0.2 * 10 / 11)


@pytest.mark.parametrize("answer", [LOOP, GUESS], ids=["loop", "guess"])
def test_a_text_that_repeats_or_guesses_is_suspect(answer: SimpleNamespace):
    assert decode(FakeModel(answer)).is_suspect


def test_running_into_the_bound_is_suspect_and_the_bound_follows_the_sound():
    model = FakeModel(make_answer(list(range(100, 142))))
    assert decode(model, duration_s=2.0).is_suspect
    assert model.calls[0]["max_length"] == len(model.calls[0]["prompt"]) + 24 + 18


def test_the_bound_never_exceeds_whispers_context():
    model = FakeModel(GOOD)
    decode(model, duration_s=1000.0)
    assert model.calls[0]["max_length"] == MAX_LENGTH


@pytest.mark.parametrize(
    "answer",
    [make_answer([]), make_answer([100, 101], score=-2.0, no_speech=0.9)],
    ids=["nothing", "a guess over silence"],
)
def test_silence(answer: SimpleNamespace):
    assert decode(FakeModel(answer)).is_silence


@pytest.mark.parametrize(
    ("ids", "tokens", "heard_to_s"),
    [
        ([100, 101], (100, 101), None),
        ([FIRST_MARK, 100, 101], (100, 101), None),
        ([FIRST_MARK, 100, FIRST_MARK + 50], (100,), 1.0),
        ([FIRST_MARK, 100, FIRST_MARK + 50, FIRST_MARK + 60, 101, FIRST_MARK + 100], (100, 101), 2.0),
        ([FIRST_MARK, 100, FIRST_MARK + 50, FIRST_MARK + 60, 101], (100,), 1.2),
    ],
    ids=["no marks", "never ended", "ended", "two, both ended", "the second not ended"],
)
def test_text_without_an_end_is_left_to_the_next_window(
    ids: list[int], tokens: tuple[int, ...], heard_to_s: float | None
):
    decoded = decode(FakeModel(make_answer(ids)))
    assert decoded.tokens == tokens
    assert decoded.heard_to_s == (None if heard_to_s is None else pytest.approx(heard_to_s))


def test_without_fall_back_there_is_one_attempt():
    model = FakeModel(LOOP, GOOD)
    assert decode(model).is_suspect
    assert len(model.calls) == 1


def test_higher_temperatures_until_no_guard_fires():
    model = FakeModel(LOOP, GOOD)
    decoded = decode(model, fall_back=True)
    assert decoded.temperature == FALLBACK_TEMPERATURES[1]
    assert not decoded.is_suspect
    assert [call["beam_size"] for call in model.calls] == [RULES.beam_size, 1]


def test_of_suspects_the_likeliest_that_does_not_repeat_itself():
    worse = make_answer(list(range(200, 210)), score=-3.0)
    assert decode(FakeModel(LOOP, worse, GUESS), fall_back=True).tokens == tuple(range(100, 110))


def test_a_temperature_that_was_asked_for_is_the_only_one():
    model = FakeModel(LOOP)
    assert decode(model, temperature=0.7, fall_back=True).temperature == 0.7
    assert len(model.calls) == 1


def test_notes_and_marks_are_suppressed():
    model = FakeModel(GOOD)
    decode(model)
    assert {7, 8, FakeTokenizer.sot} <= set(model.calls[0]["suppress_tokens"])
    assert model.calls[0]["prompt"] == [*PROMPT, FakeTokenizer.no_timestamps]


def test_compression_ratio():
    assert compute_compression_ratio("") == 0.0
    assert compute_compression_ratio("so it goes. " * 30) > 2.4
    assert compute_compression_ratio("We move the launch to the fifteenth of December.") < 1.5
