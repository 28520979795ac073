"""A computation stops in its middle for more urgent work, keeps what was there before it, and is done again with the same result."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.chat.engine import ChatEngine
from inference.chat.native import NativeContext, NativeModel
from inference.chat.pacing import SHY_PIECES, SHY_TOKENS, Pacer
from inference.interrupt import Interrupt, Interrupted
from inference.scheduler import Cancelled, Priority, Scheduler
from tests.inference.chat.conftest import ask, endless_path, make_engine, run  # noqa: F401  (fixtures)

LONG = "the model and the rest of the meeting on a sunday " * 6
WAIT_S = 20


@pytest.fixture
def interrupt() -> Interrupt:
    return Interrupt()


@pytest.fixture
def context(endless_path: Path, interrupt: Interrupt) -> Iterator[NativeContext]:  # noqa: F811
    model = NativeModel(endless_path)
    context = NativeContext(model, n_ctx=512, threads=1, piece_tokens=64, interrupt=interrupt)
    yield context
    context.close()
    model.close()


def test_the_flag(interrupt: Interrupt):
    assert not interrupt.is_set
    interrupt.set()
    assert interrupt.is_set
    interrupt.clear()
    assert not interrupt.is_set


def test_a_stopped_computation_leaves_the_cache_as_it_was(context: NativeContext, interrupt: Interrupt):
    first, second = list(range(280, 330)), list(range(290, 350))
    context.decode(first, at=0)
    context.decode(second, at=50)
    expected = context.logits().copy()

    context.clear()
    context.decode(first, at=0)
    interrupt.set()
    for _ in range(3):
        with pytest.raises(Interrupted):
            context.decode(second, at=50, may_stop=True)
    interrupt.clear()
    context.decode(second, at=50, may_stop=True)
    assert np.array_equal(context.logits(), expected)


def test_what_may_not_stop_does_not(context: NativeContext, interrupt: Interrupt):
    interrupt.set()
    context.decode([300, 301, 302], at=0)
    assert np.isfinite(context.logits()).all()


def test_a_prompt_interrupted_all_the_time_is_read_to_its_end(
    make_engine: Callable[..., ChatEngine],  # noqa: F811
    endless_path: Path,  # noqa: F811
    interrupt: Interrupt,
):
    request = ask(LONG, LONG, max_tokens=30)
    expected, _ = run(make_engine(endless_path), request)
    engine = make_engine(endless_path, interrupt=interrupt)
    engine.warm()
    interrupt.set()
    text, last = run(engine, request)
    assert text == expected
    assert last.usage.completion_tokens == 30


def test_pieces_are_small_after_an_interruption_and_grow_again():
    pacer = Pacer(limit=512)
    pacer.note(400, 1.0)
    pace = pacer.open()
    assert (pace.size, pace.may_stop) == (256, True)
    pace.interrupted()
    for _ in range(SHY_PIECES):
        assert (pace.size, pace.may_stop) == (SHY_TOKENS, False)
        pace.finished(SHY_TOKENS, 0.1)
    assert (pace.size, pace.may_stop) == (256, True)
    assert pacer.open().size == 256


@pytest.fixture
def scheduler(interrupt: Interrupt) -> Iterator[Scheduler]:
    scheduler = Scheduler(name="test", interrupt=interrupt)
    yield scheduler
    scheduler.close()


class Busy:
    """Work whose first piece lasts until the flag is set."""

    def __init__(self, interrupt: Interrupt) -> None:
        self.interrupt, self.began, self.was_set = interrupt, threading.Event(), False

    def __call__(self) -> Iterator[str]:
        self.began.set()
        deadline = time.monotonic() + WAIT_S
        while not self.interrupt.is_set and time.monotonic() < deadline:
            time.sleep(0.001)
        self.was_set = self.interrupt.is_set
        yield "first"
        yield "cleared" if not self.interrupt.is_set else "still set"


def start(scheduler: Scheduler, work: Callable[[], Iterator[str]], priority: Priority) -> threading.Thread:
    thread = threading.Thread(target=lambda: scheduler.run_blocking(work, priority=priority))
    thread.start()
    return thread


def test_more_urgent_work_sets_the_flag_and_its_turn_clears_it(scheduler: Scheduler, interrupt: Interrupt):
    busy, seen = Busy(interrupt), []
    batch = start(scheduler, busy, Priority.BATCH)
    assert busy.began.wait(WAIT_S)

    def look() -> Iterator[str]:
        seen.append(interrupt.is_set)
        yield "looked"

    live = start(scheduler, look, Priority.LIVE)
    live.join(WAIT_S)
    batch.join(WAIT_S)
    assert busy.was_set
    assert seen == [False]


def test_work_as_urgent_or_less_does_not(scheduler: Scheduler, interrupt: Interrupt):
    busy = Busy(interrupt)
    batch = start(scheduler, busy, Priority.BATCH)
    assert busy.began.wait(WAIT_S)
    others = [start(scheduler, lambda: iter(("x",)), one) for one in (Priority.BATCH, Priority.IDLE)]
    while sum(len(line) for line in scheduler._waiting.values()) < 2:
        time.sleep(0.001)
    assert not interrupt.is_set
    interrupt.set()
    for thread in (batch, *others):
        thread.join(WAIT_S)


async def test_a_client_that_goes_sets_it(scheduler: Scheduler, interrupt: Interrupt):
    busy = Busy(interrupt)
    pieces = scheduler.stream(busy, priority=Priority.LIVE)
    assert busy.began.wait(WAIT_S)
    await pieces.aclose()
    scheduler.run_blocking(lambda: iter(("next",)), priority=Priority.BATCH)
    assert busy.was_set


def test_stopping_sets_it(scheduler: Scheduler, interrupt: Interrupt):
    busy = Busy(interrupt)

    def run_until_stopped() -> None:
        with pytest.raises(Cancelled):
            scheduler.run_blocking(busy, priority=Priority.BATCH)

    thread = threading.Thread(target=run_until_stopped)
    thread.start()
    assert busy.began.wait(WAIT_S)
    scheduler.stop()
    thread.join(WAIT_S)
    assert busy.was_set
