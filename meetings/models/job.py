"""Work a person can watch."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

# A worker that has not said anything for this long is taken for dead; it beats every few seconds while it works.
LEASE_SECONDS = 30


class JobQuerySet(models.QuerySet["Job"]):
    def lost(self) -> Self:
        """Running, but whoever ran it has stopped beating."""
        limit = timezone.now() - dt.timedelta(seconds=LEASE_SECONDS)
        return self.filter(state=Job.State.RUNNING, beat_at__lt=limit)

    def waiting_for_a_worker(self) -> Self:
        """Ready to be run, the oldest first."""
        return self.filter(state=Job.State.QUEUED, not_before__isnull=True).order_by("queued_at")

    def stuck_in_queue(self) -> Self:
        """Ready and untouched for a lease, or postponed and now due.

        The message to the queue may be lost (Redis killed), or was never sent (postponed); sending it again does no harm.
        """
        now = timezone.now()
        untouched = Q(not_before__isnull=True, queued_at__lt=now - dt.timedelta(seconds=LEASE_SECONDS))
        return self.filter(untouched | Q(not_before__lte=now), state=Job.State.QUEUED)


class Job(models.Model):
    """One step of the pipeline for one meeting, and the only truth about its progress.

    ::

        waiting ──previous step done──▶ queued ──claim()──▶ running ──finish()──▶ done
                                          ▲  ▲                │ │ └──fail()────▶ failed ──retry()──▶ queued
                                          │  └──lease expired─┘ └──cancelled──▶ cancelled ──retry()──▶ queued
                                          └──retryable error, later

    A live recording has one more step before all others: it runs once for every finished window of the meeting and waits in between
    (`wait_for_more`), until the recording is over. A done job waits again when a person wants it done with another setting (`do_again`).
    A waiting or queued job is cancelled at once; a cancelled one waits again when an earlier step is tried again.
    Every move is `filter(pk, state__in).update(...)`: 0 rows means that somebody else has it, and the loser does nothing.
    `done_ms` of `total_ms` is measured in time of the recording, not in time of the clock.
    """

    class Step(models.TextChoices):
        LIVE_NOTES = "live_notes", "Writing notes from the captions"
        INGEST = "ingest", "Reading the recording"
        TRANSCRIBE = "transcribe", "Writing the transcript"
        DIARIZE = "diarize", "Telling the speakers apart"
        SLIDES = "slides", "Reading the slides"
        DRAFT = "draft", "Writing the notes"
        GROUND = "ground", "Checking every line against its source"
        PUBLISH = "publish", "Making it findable"

        @classmethod
        def of_uploads(cls) -> "list[Job.Step]":
            """In order; without the one that only live recordings have."""
            return [step for step in cls if step != cls.LIVE_NOTES]

    class State(models.TextChoices):
        WAITING = "waiting"
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="jobs")
    step = models.CharField(max_length=12, choices=Step.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(
        default=0, help_text="Counts claims; who holds an old number has lost the job."
    )
    setbacks = models.PositiveSmallIntegerField(
        default=0, help_text="Breakdowns in the middle of the work since it last got further."
    )
    done_ms = models.BigIntegerField(default=0)
    total_ms = models.BigIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(
        max_length=400, blank=True, help_text="A sentence for the person; never what was said."
    )
    cancel_requested = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True, blank=True, help_text="A retryable error waits until then.")
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    worked_ms = models.BigIntegerField(default=0, help_text="Clock time spent over all attempts.")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["meeting", "step"], name="one_job_per_step")]
        indexes = [models.Index(fields=["state", "beat_at"])]

    def __str__(self) -> str:
        return f"job {self.pk} {self.step} {self.state}"

    def _move(self, *sources: str, only: Q | None = None, **values) -> bool:
        """True: the row moved. False: its state was another one, somebody else has it."""
        rows = type(self).objects.filter(only or Q(), pk=self.pk, state__in=sources)
        moved = rows.update(**values) == 1
        if moved:
            self.refresh_from_db()
        return moved

    @property
    def _mine(self) -> Q:
        """Still this attempt: a worker that was taken for dead and wakes up must not end the work of its successor."""
        return Q(attempt=self.attempt)

    def do_again(self) -> bool:
        """From done back to waiting: a person wants it done with another setting. The caller queues it."""
        return self._move(self.State.DONE, state=self.State.WAITING, done_ms=0, finished_at=None)

    def queue(self) -> bool:
        """From waiting, failed or cancelled (a person tries again) to queued. The caller sends the task after the commit."""
        s = self.State
        return self._move(
            s.WAITING, s.FAILED, s.CANCELLED,
            state=s.QUEUED, queued_at=timezone.now(), not_before=None, error_code="", error_text="", setbacks=0, cancel_requested=False,
        )  # fmt: skip

    def mark_sent(self) -> bool:
        """A message for this queued job goes out (again) now, so that the next look-round leaves it alone for a lease."""
        return self._move(self.State.QUEUED, queued_at=timezone.now(), not_before=None)

    def claim(self) -> bool:
        """Queued to running. True for exactly one of any number of workers."""
        now = timezone.now()
        return self._move(
            self.State.QUEUED,
            state=self.State.RUNNING,
            started_at=now,
            beat_at=now,
            attempt=F("attempt") + 1,
            error_code="",
            error_text="",
        )

    def beat(self, *, done_ms: int | None = None, total_ms: int | None = None) -> bool:
        """Say that the work goes on, and how far it is. False: the job was taken away or is to be cancelled; stop working."""
        values = {"beat_at": timezone.now()}
        if done_ms is not None:
            values["done_ms"] = done_ms
            if done_ms > self.done_ms:
                values["setbacks"] = 0
        if total_ms is not None:
            values["total_ms"] = total_ms
        mine = type(self).objects.filter(pk=self.pk, state=self.State.RUNNING, attempt=self.attempt)
        return mine.filter(cancel_requested=False).update(**values) == 1

    def _worked(self) -> dict:
        spent = (timezone.now() - self.started_at) if self.started_at else dt.timedelta()
        return {
            "finished_at": timezone.now(),
            "worked_ms": F("worked_ms") + int(spent.total_seconds() * 1000),
        }

    def finish(self) -> bool:
        """Running to done."""
        return self._move(
            self.State.RUNNING,
            only=self._mine,
            state=self.State.DONE,
            done_ms=F("total_ms"),
            **self._worked(),
        )

    def wait_for_more(self) -> bool:
        """Running to waiting: this much is done, and more will come."""
        return self._move(
            self.State.RUNNING,
            only=self._mine,
            state=self.State.WAITING,
            **self._worked() | {"finished_at": None},
        )

    def fail(self, *, code: str, text: str) -> bool:
        """Running to failed; what earlier steps made stays."""
        return self._move(
            self.State.RUNNING,
            only=self._mine,
            state=self.State.FAILED,
            error_code=code,
            error_text=text[:400],
            **self._worked(),
        )

    def postpone(self, *, code: str, text: str, seconds: float, setback: bool = False) -> bool:
        """Running back to queued after a retryable error, to be tried again in `seconds`; the sentence says what is waited for.

        `setback` marks an error that the work itself may have caused; too many in a row are a failure.
        """
        now = timezone.now()
        return self._move(
            self.State.RUNNING,
            only=self._mine,
            setbacks=F("setbacks") + int(setback),
            state=self.State.QUEUED, queued_at=now, not_before=now + dt.timedelta(seconds=seconds), error_code=code, error_text=text[:400], **self._worked(),
        )  # fmt: skip

    def give_back(self) -> bool:
        """Running to queued because whoever ran it is gone. False when it gave a sign of life since this row was read."""
        return self._move(
            self.State.RUNNING,
            only=Q(attempt=self.attempt, beat_at=self.beat_at),
            state=self.State.QUEUED,
            queued_at=timezone.now(),
        )

    def cancel(self) -> bool:
        """At once when nobody works on it; a running one is asked and stops at its next beat."""
        s = self.State
        if self._move(s.WAITING, s.QUEUED, state=s.CANCELLED, finished_at=timezone.now()):
            return True
        return self._move(s.RUNNING, cancel_requested=True)

    def mark_cancelled(self) -> bool:
        """Running to cancelled, said by the worker that stopped."""
        return self._move(self.State.RUNNING, only=self._mine, state=self.State.CANCELLED, **self._worked())

    def wait_again(self) -> bool:
        """Cancelled back to waiting, because an earlier step of the same meeting is tried again."""
        return self._move(self.State.CANCELLED, state=self.State.WAITING, finished_at=None)

    @property
    def share_done(self) -> float:
        """0..1 by time of the recording."""
        if self.state == self.State.DONE:
            return 1.0
        return min(1.0, self.done_ms / self.total_ms) if self.total_ms else 0.0
