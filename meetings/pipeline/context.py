"""What a step gets beside its meeting: the model server, and the rope that ties it to its job."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection, transaction

from ..hints import send_hint
from ..inference_client import InferenceClient
from ..models import Job

logger = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
REPORT_EVERY_S = 1.0


class StepCancelled(Exception):
    """A person cancelled the job, or it was given to somebody else. Stop; what was saved stays."""


class StepContext:
    """`report` and `saving` raise StepCancelled when the job is no longer this worker's."""

    def __init__(
        self, *, client: InferenceClient, job: Job, watch: Callable[[Job], None] = lambda job: None
    ) -> None:
        self.client = client
        self.job = job
        self._watch = watch
        self._resume_ms = job.done_ms
        self._hints: set[str] = set()
        self._told_at = 0.0
        self._lost = threading.Event()

    def report(self, done_ms: int, total_ms: int) -> None:
        """How far it is, in time of the recording. Cheap to call often: a row and a hint at most once a second."""
        if self._lost.is_set():
            raise StepCancelled
        self._hints.add("jobs")
        if time.monotonic() - self._told_at < REPORT_EVERY_S:
            return
        if not self.job.beat(done_ms=done_ms, total_ms=total_ms):
            raise StepCancelled
        self.flush_hints()
        self.job.done_ms, self.job.total_ms = done_ms, total_ms
        self._watch(self.job)

    def hint(self, *what: str) -> None:
        """The pages should look at these parts again; goes out with the next report, or at the end."""
        self._hints.update(what)

    def flush_hints(self, *what: str) -> None:
        """Send what is collected now."""
        self._told_at = time.monotonic()
        parts, self._hints = self._hints | set(what), set()
        if parts:
            send_hint(self.job.meeting, *sorted(parts))

    @contextlib.contextmanager
    def saving(self, *, done_ms: int | None = None) -> Iterator[None]:
        """A transaction that is kept only while the job is this worker's. `done_ms` moves together with what is saved."""
        with transaction.atomic():
            # First the job's row: from here on nobody else can take the job before this transaction ends.
            if not self.job.beat(done_ms=done_ms):
                raise StepCancelled
            yield

    @property
    def resume_ms(self) -> int:
        """How far an earlier attempt got: everything before it was saved."""
        return self._resume_ms

    @contextlib.contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Keep the lease while the step computes or waits, from a thread of its own."""
        stop = threading.Event()
        thread = threading.Thread(
            target=self._beat_until, args=[stop], name=f"beat-{self.job.pk}", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _beat_until(self, stop: threading.Event) -> None:
        while not stop.wait(HEARTBEAT_S):
            try:
                if not self.job.beat():
                    self._lost.set()
                    return
            except DatabaseError as error:
                # The next one may get through; after LEASE_SECONDS without any the job is somebody else's, and `beat` says so.
                logger.warning("a heartbeat was lost: %s", type(error).__name__)
            finally:
                connection.close()
