"""One thread per device that computes one piece of work at a time, the most urgent first.

Models on a CPU fight for the same cores, so whisper, speaker vectors, sentence vectors and chat share one scheduler.
Work is a generator function. Everything between two of its `yield`s is a *piece*; at every `yield` the thread may turn to
more urgent work, or stop:

    queued ──▶ running ──yield, more urgent work waits──▶ paused ──▶ running ──▶ finished | failed
       │           └──────────consumer gone, at the next yield──────────┴──────▶ cancelled
       └── consumer gone ──▶ cancelled (never started)

A waiting live request is therefore served within one piece; where `Interrupt` reaches into a piece, sooner. Work of one priority runs in order of arrival, each to its
end. While a generator is paused another one may use the same engine: an engine keeps what belongs to a request in
the generator, not on itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from inference.errors import InferenceError, Overloaded
from inference.interrupt import Interrupt

T = TypeVar("T")
Work = Callable[[], Iterator[T | None]]

logger = logging.getLogger(__name__)


class Priority(enum.IntEnum):
    """Smaller is more urgent. IDLE is the server's own: no request may ask for it."""

    LIVE = 0
    INTERACTIVE = 1
    BATCH = 2
    IDLE = 3


class Cancelled(InferenceError):
    """The server is stopping; the work was not finished. Retryable."""

    status = 503
    code = "cancelled"
    retryable = True


class Observer(Protocol):
    """What the scheduler tells about itself; see `inference.metrics`. Called on any thread, must be quick."""

    def queue_changed(self, *, scheduler: str, priority: Priority, depth: int) -> None: ...

    def work_started(self, *, scheduler: str, priority: Priority, waited_s: float) -> None: ...

    def work_ended(self, *, scheduler: str, priority: Priority, outcome: str, busy_s: float) -> None: ...


class _End(enum.Enum):
    END = "end"


_Event = Any  # a result piece, an exception (work failed), or _End.END


class _Task(Generic[T]):
    """One unit of work on its way through the scheduler. Its iterator is touched by the model thread only."""

    def __init__(self, work: Work[T], *, priority: Priority, deliver: Callable[[_Event], None]) -> None:
        self.work = work
        self.priority = priority
        self.deliver = deliver
        self.iterator: Iterator[T | None] | None = None
        self.cancelled = False
        self.queued_at = time.monotonic()
        self.busy_s = 0.0


class Pieces(AsyncIterator[T]):
    """What one piece of work gives. Close it when done with it: `contextlib.aclosing`."""

    def __init__(self, events: asyncio.Queue[_Event], *, cancel: Callable[[], None]) -> None:
        self._events = events
        self._cancel = cancel
        self._has_ended = False

    async def __anext__(self) -> T:
        if self._has_ended:
            raise StopAsyncIteration
        event = await self._events.get()
        if event is _End.END or isinstance(event, BaseException):
            self._has_ended = True
            raise StopAsyncIteration if event is _End.END else event
        return event

    async def aclose(self) -> None:
        """Stop the work at its next pause point; nothing when it has ended."""
        self._has_ended = True
        self._cancel()


class Scheduler:
    """Runs generators on one thread. All public methods may be called from any thread."""

    def __init__(
        self,
        *,
        name: str,
        max_queued: int = 64,
        observer: Observer | None = None,
        interrupt: Interrupt | None = None,
    ) -> None:
        """`interrupt` is set while the piece on the thread had better stop; work that looks at it must yield soon."""
        self.name = name
        self._interrupt = interrupt or Interrupt()
        self._running: _Task[Any] | None = None
        self._max_queued = max_queued
        self._observer = observer
        self._waiting: dict[Priority, deque[_Task[Any]]] = {priority: deque() for priority in Priority}
        self._changed = threading.Condition()
        self._closing = False
        self._piece_started_at: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"model-{name}", daemon=True)
        self._thread.start()

    def stream(self, work: Work[T], *, priority: Priority) -> Pieces[T]:
        """Queue `work` now and give an iterator over its pieces as they are computed (`None`, a mere pause point, is not sent).

        Closing the iterator, begun or not, throws GeneratorExit into the work at its next yield. What the work
        raises is raised by the iterator. Pieces are buffered without limit, so a slow reader does not hold up the model; one
        request's output is small. Needs a running event loop.

        Raises Overloaded (503, retryable) when `max_queued` requests as urgent or more wait already, Cancelled when the server stops: both here,
        while a caller can still answer with a status.
        """
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[_Event] = asyncio.Queue()

        def deliver(event: _Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to read
                loop.call_soon_threadsafe(events.put_nowait, event)

        task = self._submit(work, priority=priority, deliver=deliver)
        return Pieces(events, cancel=lambda: self._cancel(task))

    async def run(self, work: Work[T], *, priority: Priority) -> list[T]:
        """All pieces of `work` at once. Cancelling the coroutine stops the work. Errors as `stream`."""
        async with contextlib.aclosing(self.stream(work, priority=priority)) as pieces:
            return [piece async for piece in pieces]

    def run_blocking(self, work: Work[T], *, priority: Priority) -> list[T]:
        """As `run`, for callers without an event loop (the command line). Blocks the calling thread."""
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        task = self._submit(work, priority=priority, deliver=events.put)
        pieces: list[T] = []
        try:
            while (event := events.get()) is not _End.END:
                if isinstance(event, BaseException):
                    raise event
                pieces.append(event)
        finally:
            self._cancel(task)
        return pieces

    @property
    def piece_age_s(self) -> float:
        """For how long the piece on the model thread has been computed; 0.0 when the thread is idle. Every request waits for it."""
        started_at = self._piece_started_at
        return 0.0 if started_at is None else time.monotonic() - started_at

    def stop(self) -> None:
        """Running and waiting work ends with Cancelled, new work is refused with it. Returns at once."""
        with self._changed:
            self._closing = True
            self._interrupt.set()
            self._changed.notify_all()

    def close(self, *, timeout_s: float = 30.0) -> None:
        """`stop`, and wait for the piece being computed."""
        self.stop()
        self._thread.join(timeout_s)

    # -- any thread -------------------------------------------------------------------------------------------------

    def _submit(self, work: Work[T], *, priority: Priority, deliver: Callable[[_Event], None]) -> _Task[T]:
        task = _Task(work, priority=priority, deliver=deliver)
        with self._changed:
            if self._closing:
                raise Cancelled("The model server is stopping.", retry_after_s=5)
            lines = (line for other, line in self._waiting.items() if other <= priority)
            not_started = sum(waiting.iterator is None for line in lines for waiting in line)
            if not_started >= self._max_queued:
                raise Overloaded("Too many requests are waiting for the model. Try again in a few seconds.")
            self._waiting[priority].append(task)
            self._report_depth(priority)
            if self._running is not None and priority < self._running.priority:
                self._interrupt.set()
            self._changed.notify_all()
        return task

    def _cancel(self, task: _Task[Any]) -> None:
        with self._changed:
            task.cancelled = True
            if task is self._running:
                self._interrupt.set()
            self._changed.notify_all()

    # -- model thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (task := self._take_next()) is not None:
            outcome = self._advance(task)
            if outcome is None:
                continue
            if self._observer:
                self._observer.work_ended(
                    scheduler=self.name, priority=task.priority, outcome=outcome, busy_s=task.busy_s
                )
            del task  # an idle thread must not keep the last request's audio alive

    def _take_next(self) -> _Task[Any] | None:
        """Wait for work. Cancelled work first (it frees memory), then by priority. None when the scheduler is closed."""
        with self._changed:
            self._running = None
            while True:
                lines = self._waiting.values()
                if self._closing:
                    for line in lines:
                        for task in line:
                            task.cancelled = True
                task = next((task for line in lines for task in line if task.cancelled), None)
                task = task or next((line[0] for line in lines if line), None)
                if task is not None:
                    self._waiting[task.priority].remove(task)
                    self._report_depth(task.priority)
                    self._running = task
                    self._interrupt.clear()
                    return task
                if self._closing:
                    return None
                self._changed.wait()

    def _advance(self, task: _Task[Any]) -> str | None:
        """Compute pieces until the work ends (its outcome) or more urgent work waits (None: it was put back)."""
        self._piece_started_at = started_at = time.monotonic()
        try:
            if task.iterator is None and not task.cancelled:
                if self._observer:
                    waited_s = started_at - task.queued_at
                    self._observer.work_started(
                        scheduler=self.name, priority=task.priority, waited_s=waited_s
                    )
                task.iterator = iter(task.work())
            while not (task.cancelled or self._closing):
                self._piece_started_at = time.monotonic()
                piece = next(task.iterator)
                if piece is not None:
                    task.deliver(piece)
                if self._put_back_for_more_urgent(task):
                    return None
            close = getattr(task.iterator, "close", None)
            if close:
                close()
            task.deliver(Cancelled("The model server is stopping.", retry_after_s=5))
            return "cancelled"
        except StopIteration:
            task.deliver(_End.END)
            return "finished"
        except BaseException as error:  # it is raised again in the consumer
            if not isinstance(error, InferenceError):
                logger.error("work failed on scheduler %s: %s", self.name, type(error).__name__)
            task.deliver(error)
            return "failed"
        finally:
            self._piece_started_at = None
            task.busy_s += time.monotonic() - started_at

    def _put_back_for_more_urgent(self, task: _Task[Any]) -> bool:
        with self._changed:
            if not any(self._waiting[priority] for priority in Priority if priority < task.priority):
                if not (task.cancelled or self._closing):
                    self._interrupt.clear()  # who was more urgent has gone
                return False
            self._waiting[task.priority].appendleft(task)
            self._report_depth(task.priority)
            return True

    def _report_depth(self, priority: Priority) -> None:
        if self._observer:
            depth = len(self._waiting[priority])
            self._observer.queue_changed(scheduler=self.name, priority=priority, depth=depth)
