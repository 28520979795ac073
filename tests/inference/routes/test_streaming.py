"""A stream's work is stopped however the stream ends, and ends politely when the server does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from inference.__main__ import ModelServer
from inference.errors import InferenceError
from inference.routes.streaming import EventStream, to_line
from inference.scheduler import Pieces, Priority, Scheduler


class EndlessWork:
    """Counts for ever; `ended` is set when its generator was closed."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def __call__(self) -> Iterator[int]:
        try:
            while True:
                time.sleep(0.01)
                yield 1
        finally:
            self.ended.set()


async def write_lines(pieces: Pieces[int]) -> AsyncIterator[str]:
    try:
        async for piece in pieces:
            yield to_line({"piece": piece})
    except InferenceError as error:
        yield to_line(error.to_envelope())


@pytest.fixture
def work() -> EndlessWork:
    return EndlessWork()


@pytest.fixture
def server(work: EndlessWork) -> Iterator[ModelServer]:
    async def answer(request: Request) -> EventStream:
        return EventStream(app.state.scheduler.stream(work, priority=Priority.BATCH), write_lines)

    app = Starlette(routes=[Route("/", answer)])
    app.state.scheduler = Scheduler(name="test")
    server = ModelServer(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
    app.state.scheduler.close()


def get_url(server: ModelServer) -> str:
    return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"


def test_whoever_leaves_stops_the_work(server: ModelServer, work: EndlessWork):
    with httpx.stream("GET", get_url(server)) as answer:
        assert next(answer.iter_lines()) == 'data: {"piece":1}'
    assert work.ended.wait(20)


def test_a_server_that_stops_ends_its_streams(server: ModelServer, work: EndlessWork):
    with httpx.stream("GET", get_url(server)) as answer:
        lines = answer.iter_lines()
        next(lines)
        server.should_exit = True
        last = [line for line in lines if line][-1]
    assert '"code":"cancelled"' in last
    assert '"retryable":true' in last
    assert work.ended.is_set()


async def test_a_stream_that_was_never_sent_stops_its_work():
    work, scheduler, started = EndlessWork(), Scheduler(name="test"), asyncio.Event()

    async def receive() -> dict:
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        started.set()
        raise OSError

    stream = EventStream(scheduler.stream(work, priority=Priority.BATCH), write_lines)
    scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET", "headers": []}
    await asyncio.gather(stream(scope, receive, send), return_exceptions=True)
    await asyncio.to_thread(scheduler.close)
    with pytest.raises(StopAsyncIteration):
        await anext(stream._pieces)
