"""One recording through every step: how long each takes, and when the first words stand on the page."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from meetings.evaluation.outcome import Outcome
from meetings.evaluation.reference import Reference
from meetings.evaluation.runs import Progress, run_reference
from meetings.inference_client import InferenceClient
from meetings.models import Job, Segment

from .figures import Figure

FIRST_SEGMENT_LIMIT_S = 20
TOTAL_LIMIT = 0.35
LOOK_EVERY_S = 0.1


def measure_pipeline(path: Path, *, client: InferenceClient, progress: Progress) -> list[Figure]:
    """In this (throw-away) installation, with no queue between the steps. Times are the clock's, on a machine that should do nothing else."""
    recording = Reference(
        id=path.stem, audio_path=path, language="", title=path.stem, held_on=None, attendees=[], turns=[],
        action_items=None, decisions=None, traps=[],
    )  # fmt: skip
    start = time.perf_counter()
    with _watch_for_segments() as seen_at:
        outcome = run_reference(recording, client=client, progress=progress)
    spent_ms = (time.perf_counter() - start) * 1000
    figures = [Figure("length of the recording", outcome.duration_ms / 1000, "s")]
    if seen_at:
        figures.append(
            Figure("first segment after the upload", seen_at[0] - start, "s", FIRST_SEGMENT_LIMIT_S)
        )
    figures += [
        Figure(step, _share(outcome, step), "of the length")
        for step in Job.Step.of_uploads()
        if outcome.timings_ms.get(step) is not None
    ]
    figures.append(Figure("everything", spent_ms / max(1, outcome.duration_ms), "of the length", TOTAL_LIMIT))
    return figures


def _share(outcome: Outcome, step: str) -> float:
    return (outcome.timings_ms[step] or 0) / max(1, outcome.duration_ms)


@contextlib.contextmanager
def _watch_for_segments() -> Iterator[list[float]]:
    """A list that gets the clock's time when the first segment is in the database."""
    seen_at: list[float] = []
    stop = threading.Event()

    def look() -> None:
        try:
            while not stop.wait(LOOK_EVERY_S):
                if Segment.objects.exists():
                    seen_at.append(time.perf_counter())
                    return
        finally:
            connection.close()

    thread = threading.Thread(target=look, name="watch-segments", daemon=True)
    thread.start()
    try:
        yield seen_at
    finally:
        stop.set()
        thread.join()
