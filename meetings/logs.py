"""The id of the job at work in every log line, so that lines of one recording can be read together. What was said is never logged."""

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar

_current_job: ContextVar[str] = ContextVar("current_job", default="-")


class JobFilter(logging.Filter):
    """Adds `job` (the id set by `log_job`, or `-`) to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.job = _current_job.get()
        return True


@contextlib.contextmanager
def log_job(job_id: int | str) -> Iterator[None]:
    """Every line logged inside carries this job's id."""
    token = _current_job.set(str(job_id))
    try:
        yield
    finally:
        _current_job.reset(token)
