"""A question a person asked about one meeting, or about all they may see, and what was answered."""

import datetime as dt
from collections.abc import Sequence
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

# A worker that took a question and said nothing for this long is taken for dead.
LEASE_MINUTES = 5


class QuestionQuerySet(models.QuerySet["Question"]):
    def asked_by(self, user) -> Self:
        """Questions are their asker's alone, and only while they may see the meeting."""
        from .meeting import Meeting

        about = Q(meeting=None) | Q(meeting__in=Meeting.objects.visible_to(user))
        return self.filter(about, asked_by=user)

    def waiting(self) -> Self:
        """To be answered, and nobody alive has it."""
        limit = timezone.now() - dt.timedelta(minutes=LEASE_MINUTES)
        return self.filter(
            Q(claimed_at=None) | Q(claimed_at__lt=limit),
            Q(meeting=None) | Q(meeting__deleted_at=None),
            state=Question.State.WAITING,
        ).select_related("meeting", "asked_by")


class Question(models.Model):
    """Text, and its answers once there are any: one of a meeting, up to three of all.

    ::

        waiting ──claim(), finish()──▶ answered | quoted | unsaid
           │ ▲ └──server away: give_back()
           │ └────lease expired
           └──fail()──▶ failed

    `answered`: a sentence that was checked against its lines; `quoted`: no sentence held, the lines nearest to the question; `unsaid`: the
    meeting does not say, or none does. `draft`: what the model has written so far, not checked; only while it waits.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ANSWERED = "answered"
        QUOTED = "quoted"
        UNSAID = "unsaid"
        FAILED = "failed"

    MAX_CHARS = 500

    meeting = models.ForeignKey(
        "meetings.Meeting",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="questions",
        help_text="Empty: all that its asker may see.",
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=MAX_CHARS)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    draft = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["meeting", "asked_by", "-created_at"])]

    def __str__(self) -> str:
        return f"question {self.pk} about {self.meeting_id or 'all meetings'}"

    def _rows(self) -> QuestionQuerySet:
        return Question.objects.filter(pk=self.pk, state=self.State.WAITING)

    def claim(self) -> bool:
        """True for one of any number of workers."""
        rows = Question.objects.waiting().filter(pk=self.pk, claimed_at=self.claimed_at)
        return rows.update(claimed_at=timezone.now()) == 1

    def give_back(self) -> None:
        self._rows().update(claimed_at=None, draft="")

    def show_draft(self, text: str) -> None:
        """What is being written, for the page to show as such."""
        self._rows().update(draft=text)

    def finish(self, answers: Sequence["Answer"]) -> bool:
        """Keep the answers, the surest kind alone; none: nobody said it. False: somebody else has answered it, or it was deleted."""
        kinds = [answer.kind for answer in answers]
        state = next((kind for kind in Answer.Kind.values if kind in kinds), self.State.UNSAID)
        with transaction.atomic():
            if self._rows().update(state=state, draft="") != 1:
                return False
            for position, answer in enumerate(one for one in answers if one.kind == state):
                answer.question, answer.position = self, position
                answer.save()
        return True

    def fail(self, *, code: str) -> None:
        self._rows().update(state=self.State.FAILED, error_code=code, draft="")


class Answer(models.Model):
    """What one meeting says to a question. `segment_ids` are rows of its transcript as it was then; rows that are gone are passed over."""

    class Kind(models.TextChoices):
        ANSWERED = "answered"
        QUOTED = "quoted"

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    segment_ids = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"answer {self.pk} to {self.question_id}"
