"""Urgent work first, stop at the next yield, refuse when full."""

import asyncio
import threading

import pytest

from inference.errors import Overloaded
from inference.scheduler import Cancelled, Priority, Scheduler


@pytest.fixture
def scheduler():
    scheduler = Scheduler(name="test", max_queued=2)
    yield scheduler
    scheduler.close()


async def test_pieces_arrive_in_order_and_pause_points_are_not_sent(scheduler):
    assert await scheduler.run(lambda: iter([1, None, 2]), priority=Priority.BATCH) == [1, 2]


async def test_live_work_is_served_between_two_pieces_of_batch_work(scheduler):
    order, started, go_on = [], threading.Event(), threading.Event()

    def batch():
        started.set()
        go_on.wait(10)
        for number in range(3):
            order.append(number)
            yield number

    def live():
        order.append("live")
        yield "live"

    first = asyncio.create_task(scheduler.run(batch, priority=Priority.BATCH))
    await asyncio.to_thread(started.wait, 10)
    second = asyncio.create_task(scheduler.run(live, priority=Priority.LIVE))
    await asyncio.sleep(0)
    go_on.set()
    assert await first == [0, 1, 2]
    assert await second == ["live"]
    assert order == [0, "live", 1, 2]


async def test_closing_the_stream_ends_the_work(scheduler):
    ended = threading.Event()

    def endless():
        try:
            while True:
                yield 1
        finally:
            ended.set()

    pieces = scheduler.stream(endless, priority=Priority.BATCH)
    await anext(pieces)
    await pieces.aclose()
    assert await asyncio.to_thread(ended.wait, 10)


async def test_what_the_work_raises_is_raised_here(scheduler):
    def broken():
        yield 1
        raise ValueError

    with pytest.raises(ValueError):
        await scheduler.run(broken, priority=Priority.BATCH)
    assert await scheduler.run(lambda: iter([1]), priority=Priority.BATCH) == [1]


async def test_a_full_queue_refuses_with_a_time_to_come_back(scheduler):
    started, go_on = threading.Event(), threading.Event()

    def blocking():
        started.set()
        go_on.wait(10)
        yield 1

    running = asyncio.create_task(scheduler.run(blocking, priority=Priority.BATCH))
    await asyncio.to_thread(started.wait, 10)
    waiting = [
        asyncio.create_task(scheduler.run(lambda: iter([2]), priority=Priority.BATCH)) for _ in range(2)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as caught:
        await scheduler.run(lambda: iter([3]), priority=Priority.BATCH)
    assert caught.value.retryable and caught.value.retry_after_s
    live = asyncio.create_task(scheduler.run(lambda: iter([4]), priority=Priority.LIVE))
    await asyncio.sleep(0)
    go_on.set()
    assert await live == [4]  # a flood of less urgent work refuses nobody
    assert await asyncio.gather(running, *waiting) == [[1], [2], [2]]


async def test_a_full_queue_refuses_a_stream_when_it_is_opened():
    scheduler = Scheduler(name="test", max_queued=0)
    with pytest.raises(Overloaded):
        scheduler.stream(lambda: iter([1]), priority=Priority.LIVE)
    scheduler.close()


async def test_a_stream_that_is_closed_before_it_was_read_never_starts(scheduler):
    started, go_on, ran = threading.Event(), threading.Event(), []

    def blocking():
        started.set()
        go_on.wait(10)
        yield 1

    first = asyncio.create_task(scheduler.run(blocking, priority=Priority.BATCH))
    await asyncio.to_thread(started.wait, 10)
    pieces = scheduler.stream(lambda: iter(ran.append(1) or [2]), priority=Priority.BATCH)
    await pieces.aclose()
    go_on.set()
    await first
    await scheduler.run(lambda: iter([3]), priority=Priority.BATCH)
    assert ran == []


async def test_stopping_ends_running_and_waiting_work(scheduler):
    started = threading.Event()

    def endless():
        started.set()
        while True:
            yield 1

    tasks = [asyncio.create_task(scheduler.run(endless, priority=Priority.BATCH)) for _ in range(2)]
    await asyncio.to_thread(started.wait, 10)
    scheduler.stop()
    assert [type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)] == [Cancelled] * 2


async def test_a_piece_that_does_not_come_back_grows_old(scheduler):
    started, go_on = threading.Event(), threading.Event()

    def blocking():
        started.set()
        go_on.wait(10)
        yield 1

    assert scheduler.piece_age_s == 0.0
    running = asyncio.create_task(scheduler.run(blocking, priority=Priority.BATCH))
    await asyncio.to_thread(started.wait, 10)
    first = scheduler.piece_age_s
    await asyncio.sleep(0.02)
    assert scheduler.piece_age_s > first >= 0.0
    go_on.set()
    await running


def test_work_for_a_stopped_scheduler_is_refused():
    scheduler = Scheduler(name="test")
    scheduler.close()
    with pytest.raises(Cancelled):
        scheduler.run_blocking(lambda: iter([1]), priority=Priority.LIVE)
