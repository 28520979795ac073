"""A meeting that is being recorded live, and what a person writes down meanwhile."""

import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from .meeting import Meeting


class TakeQuerySet(models.QuerySet["Take"]):
    def unfinished_of(self, user) -> Self:
        """Takes this person started and that are not a recording yet; for the next visit after a crash."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(user=user, state=Take.State.RECORDING)

    def running_beside(self, user) -> Self:
        """Meetings that somebody else records now and that this person may see: perhaps the one they are about to record as well."""
        running = self.filter(state=Take.State.RECORDING, meeting__in=Meeting.objects.visible_to(user))
        return running.exclude(user=user)

    def abandoned(self) -> Self:
        """Nobody was connected for LIVE_ABANDON_MINUTES."""
        limit = timezone.now() - dt.timedelta(minutes=settings.LIVE_ABANDON_MINUTES)
        return self.filter(state=Take.State.RECORDING, touched_at__lt=limit)

    def stopping(self) -> Self:
        """Stopped, and not yet a recording: under way in some process, or left there by one that died."""
        return self.filter(state=Take.State.STOPPING)


class Take(models.Model):
    """One live recording on its way in. Its bytes are the truth about its length (see `live/writer.py`); `stored_frames` follows.

    ::

        recording ──mark_stopping(): stop, or nobody came back──▶ stopping ──mark_done(): bytes moved, jobs made──▶ done
                                                                     └──mark_done(): no sound at all──────────────▶ done

    Every move is `filter(pk, state).update(...)`: 0 rows means that somebody else has it. Frames are 20 ms.
    `key` is known to the browser that started the take; only there lies what the server does not have yet, so only it may go on.
    """

    class State(models.TextChoices):
        RECORDING = "recording"
        STOPPING = "stopping"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.CASCADE, related_name="take")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="takes")
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECORDING)
    channels = models.PositiveSmallIntegerField(
        default=1, help_text="1, or 2: microphone left, the sound of a tab or screen right."
    )
    stored_frames = models.BigIntegerField(default=0, help_text="Durable frames when last written down.")
    consent_at = models.DateTimeField(
        help_text="When the person confirmed that everyone agreed to be recorded."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now, help_text="When somebody was last connected.")
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = TakeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "touched_at"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(channels__in=[1, 2]), name="take_one_or_two_channels")
        ]

    def __str__(self) -> str:
        return f"take {self.pk} {self.state}"

    @property
    def is_recording(self) -> bool:
        return self.state == self.State.RECORDING

    @property
    def stored_ms(self) -> int:
        """How much sound was durable when last written down."""
        return self.stored_frames * 20

    def beat(self, *, frames: int) -> bool:
        """Somebody is connected, and this much is durable. False: the take was stopped, or its person may no longer log in."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.RECORDING, user__is_active=True)
        return rows.update(stored_frames=frames, touched_at=timezone.now()) == 1

    def mark_stopping(self) -> bool:
        """Recording to stopping; from now on nothing is taken in. False: it was stopped already."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.RECORDING)
        return self._moved(rows.update(state=self.State.STOPPING, stopped_at=timezone.now()))

    def mark_done(self, *, frames: int) -> bool:
        """Stopping to done, in the transaction that makes the recording. False: somebody else finished it."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.STOPPING)
        return self._moved(rows.update(state=self.State.DONE, stored_frames=frames))

    def _moved(self, count: int) -> bool:
        if count:
            self.refresh_from_db(fields=["state", "stopped_at", "stored_frames"])
        return count == 1


class OwnNote(models.Model):
    """A line somebody typed during a meeting, or a moment they marked. Evidence for the notes; never overwritten by the program.

    `id` is made in the browser, so that a line sent twice is one line.
    """

    class Kind(models.TextChoices):
        NOTE = "note"
        MARK = "mark"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="own_notes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.NOTE)
    at_ms = models.PositiveIntegerField(help_text="Milliseconds from the start of the recording.")
    text = models.CharField(max_length=1000, blank=True, help_text="Empty for a mark.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at_ms", "created_at"]
        indexes = [models.Index(fields=["meeting", "at_ms"])]

    def __str__(self) -> str:
        return f"own note {self.pk}"
