"""Guesses never change what is written: on a random Gemma with a random drafter (whose guesses are wrong), and with guesses that are right,
or right up to a point, from a clairvoyant in its place. The model, its cache, its window of 32 tokens and the verifying are real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inference.chat.drafter import CYCLE_STEPS, PROBE_STEPS, Drafter, Gauge
from inference.chat.engine import ChatEngine
from inference.chat.media import AudioPart
from inference.chat.request import ChatPiece, ChatRequest
from tests.inference.chat.conftest import ask, run
from tests.inference.sound import make_noise
from tests.inference.tiny_drafter import write_tiny_drafter
from tests.inference.tiny_gemma import write_tiny_gemma, write_tiny_mmproj

MakeEngine = Callable[..., ChatEngine]
LONG = "the model and the rest of the meeting on a sunday " * 3
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "who": {"enum": ["Ann", "Bob"]}, "n": {"type": "integer"}},
    "required": ["title", "who", "n"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def drafter_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_drafter(tmp_path_factory.mktemp("drafter") / "model.gguf")


@pytest.fixture(autouse=True)
def always_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it pays is tested apart."""
    monkeypatch.setattr(Gauge, "wants_guesses", lambda self: True)


class Clairvoyant:
    """Guesses the tokens of a text that is known already; every `wrong_at`-th one wrongly."""

    def __init__(self, tokens: list[int], *, prompt: int, wrong_at: int = 0) -> None:
        self.tokens, self.prompt, self.wrong_at = tokens, prompt, wrong_at

    def __call__(self, drafter: Drafter, token: int, hidden: object, *, at: int, count: int) -> list[int]:
        done = at - self.prompt + 1
        row = self.tokens[done : done + count]
        return [
            (guess + 1) % 100 if self.wrong_at and (done + index) % self.wrong_at == 0 else guess
            for index, guess in enumerate(row)
        ]


def list_tokens(engine: ChatEngine, request: ChatRequest) -> tuple[list[int], int]:
    """What it writes without guesses, as tokens, and the length of the prompt."""
    prepared = engine.prepare(request)
    pieces = [piece for piece in engine.generate(prepared) if piece]
    seat = engine._prefixes._seated
    assert pieces[-1].usage.completion_tokens > 8
    return seat.tokens[len(seat.prompt) :], len(seat.prompt)


def make_requests() -> list[ChatRequest]:
    return [
        ask("be brief", "hello", max_tokens=60),
        ask(LONG, LONG, max_tokens=90),
        ask("a", "b", max_tokens=90, temperature=0.9, seed=5, top_k=20),
        ask("json", "please", max_tokens=90, schema=SCHEMA),
        ask("json", "please", max_tokens=40, schema=SCHEMA, temperature=1.2, seed=1, top_logprobs=2),
        ask("stop", "at once", max_tokens=60, stop=("e",)),
        ask("loop", "and loop", max_tokens=1),
    ]


def tell_apart(last: ChatPiece) -> tuple[object, ...]:
    return last.finish_reason, last.stopped_by, last.usage.completion_tokens


@pytest.mark.parametrize("index", range(7))
def test_the_same_is_written_with_and_without(
    make_engine: MakeEngine, endless_path: Path, drafter_path: Path, index: int
):
    request = make_requests()[index]
    plain, plain_last = run(make_engine(endless_path), request)
    drafted, last = run(make_engine(endless_path, drafter_path=drafter_path), request)
    assert drafted == plain
    assert tell_apart(last) == tell_apart(plain_last)
    assert plain_last.timings.guessed_tokens == 0
    if request.max_tokens > 1 and last.stopped_by != "stop":
        assert last.timings.guessed_tokens > 0


@pytest.mark.parametrize("wrong_at", [0, 2, 3, 7])
@pytest.mark.parametrize("index", [1, 2])
def test_right_guesses_save_computations_and_change_nothing(
    make_engine: MakeEngine,
    endless_path: Path,
    drafter_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    index: int,
    wrong_at: int,
):
    request = make_requests()[index]
    plain = make_engine(endless_path)
    expected, _ = run(plain, request)
    tokens, prompt = list_tokens(make_engine(endless_path), request)
    monkeypatch.setattr(Drafter, "guess", lambda *a, **k: clairvoyant(*a, **k))
    clairvoyant = Clairvoyant(tokens, prompt=prompt, wrong_at=wrong_at)
    text, last = run(make_engine(endless_path, drafter_path=drafter_path), request)
    assert text == expected
    share = last.timings.accepted_tokens / last.timings.guessed_tokens
    assert share == 1.0 if wrong_at == 0 else 0.1 < share < 1.0


def test_after_an_audio_prompt_too(make_engine: MakeEngine, drafter_path: Path, tmp_path: Path):
    model = write_tiny_gemma(tmp_path / "model.gguf", ends=-100.0)
    ears = write_tiny_mmproj(tmp_path / "mmproj.gguf")
    sound = AudioPart(samples=make_noise(3.0, level=2000))
    request = ChatRequest(
        messages=[{"role": "user", "content": (sound, "write it down")}], temperature=0.0, max_tokens=60
    )
    options = {"mmproj_path": ears, "piece_tokens": 128}
    plain, _ = run(make_engine(model, **options), request)
    drafted, last = run(make_engine(model, drafter_path=drafter_path, **options), request)
    assert drafted == plain
    assert last.timings.guessed_tokens > 0


def test_requests_in_turns_do_not_disturb_each_other(
    make_engine: MakeEngine, endless_path: Path, drafter_path: Path
):
    requests = [ask(LONG, "first", max_tokens=40), ask("other", LONG, max_tokens=40)]
    expected = [run(make_engine(endless_path), request)[0] for request in requests]
    engine = make_engine(endless_path, drafter_path=drafter_path)
    open_ = [engine.generate(request) for request in requests]
    texts = ["", ""]
    while any(open_):
        for index, generation in enumerate(open_):
            piece = next(generation, "end") if generation else None
            if piece == "end":
                open_[index] = None
            elif piece:
                texts[index] += piece.text
    assert texts == expected


def test_what_was_guessed_wrongly_is_not_found_by_the_next_prompt(
    make_engine: MakeEngine, endless_path: Path, drafter_path: Path
):
    engine = make_engine(endless_path, drafter_path=drafter_path)
    for number in range(4):
        request = ask(LONG, f"line {number}", max_tokens=20)
        assert run(engine, request)[0] == run(make_engine(endless_path), request)[0]


def test_a_drafter_that_cannot_be_used_is_said_and_done_without(
    make_engine: MakeEngine,
    endless_path: Path,
    drafter_path: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    cut_off = tmp_path / "cut.gguf"
    cut_off.write_bytes(drafter_path.read_bytes()[:9000])
    wide = write_tiny_drafter(tmp_path / "wide.gguf", target_hidden=128)
    for path, reason in (
        (wide, "another chat model"),
        (endless_path, "not a gemma4-assistant"),
        (cut_off, "damaged"),
    ):
        engine = make_engine(endless_path, drafter_path=path)
        assert reason in caplog.records[-1].getMessage()
        assert "drafter" not in engine.get_facts().capabilities
        assert run(engine, ask("a", "b"))[0]


def test_capabilities_say_that_there_is_one(make_engine: MakeEngine, endless_path: Path, drafter_path: Path):
    assert "drafter" in make_engine(endless_path, drafter_path=drafter_path).get_facts().capabilities
    assert "drafter" not in make_engine(endless_path).get_facts().capabilities


class TestGauge:
    @pytest.fixture(autouse=True)
    def always_guess(self) -> None:
        """The real one here."""

    def run_steps(self, gauge: Gauge, count: int, *, drafted_s: float) -> int:
        """A token takes 1 s without guesses; how many steps were taken with them."""
        with_guesses = 0
        for _ in range(count):
            wants = gauge.wants_guesses()
            gauge.note(tokens=1, took_s=drafted_s if wants else 1.0, with_guesses=wants)
            with_guesses += wants
        return with_guesses

    def test_off_where_it_does_not_pay_but_tried_again_later(self):
        gauge = Gauge()
        assert self.run_steps(gauge, CYCLE_STEPS, drafted_s=1.2) == PROBE_STEPS
        assert gauge.speedup == pytest.approx(1 / 1.2)
        assert self.run_steps(gauge, CYCLE_STEPS, drafted_s=0.5) == CYCLE_STEPS - PROBE_STEPS

    def test_on_where_it_pays(self):
        gauge = Gauge()
        assert gauge.speedup is None
        assert self.run_steps(gauge, CYCLE_STEPS, drafted_s=0.5) == CYCLE_STEPS - PROBE_STEPS
