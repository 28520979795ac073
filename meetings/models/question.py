"""A question a person asked about a meeting, and what was answered."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# A worker that took a question and said nothing for this long is taken for dead.
LEASE_MINUTES = 5


class QuestionQuerySet(models.QuerySet["Question"]):
    def asked_by(self, user) -> Self:
        """Questions are their asker's alone, and only while they may see the meeting."""
        from .meeting import Meeting

        return self.filter(asked_by=user, meeting__in=Meeting.objects.visible_to(user))

    def waiting(self) -> Self:
        """To be answered, and nobody alive has it."""
        limit = timezone.now() - dt.timedelta(minutes=LEASE_MINUTES)
        return self.filter(
            Q(claimed_at=None) | Q(claimed_at__lt=limit), state=Question.State.WAITING
        ).select_related("meeting")


class Question(models.Model):
    """Text, and the answer once there is one.

    ::

        waiting ──claim(), keep_answer()──▶ answered | quoted | unsaid
           │ ▲ └──server away: give_back()
           │ └────lease expired
           └──fail()──▶ failed

    `answered`: a sentence that was checked against its lines; `quoted`: no sentence held, the lines nearest to the question; `unsaid`: the
    meeting does not say. `segment_ids` are rows of the transcript as it was then; rows that are gone are passed over.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ANSWERED = "answered"
        QUOTED = "quoted"
        UNSAID = "unsaid"
        FAILED = "failed"

    MAX_CHARS = 500

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="questions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=MAX_CHARS)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    answer = models.TextField(blank=True)
    segment_ids = models.JSONField(default=list, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["meeting", "asked_by", "-created_at"])]

    def __str__(self) -> str:
        return f"question {self.pk} about {self.meeting_id}"

    def _rows(self) -> QuestionQuerySet:
        return Question.objects.filter(pk=self.pk, state=self.State.WAITING)

    def claim(self) -> bool:
        """True for one of any number of workers."""
        rows = Question.objects.waiting().filter(pk=self.pk, claimed_at=self.claimed_at)
        return rows.update(claimed_at=timezone.now()) == 1

    def give_back(self) -> None:
        self._rows().update(claimed_at=None)

    def keep_answer(self, *, state: str, text: str, segment_ids: list[int]) -> bool:
        """False: somebody else has answered it, or it was deleted."""
        return self._rows().update(state=state, answer=text, segment_ids=segment_ids) == 1

    def fail(self, *, code: str) -> None:
        self._rows().update(state=self.State.FAILED, error_code=code)
