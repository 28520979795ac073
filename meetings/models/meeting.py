"""A meeting, who was there, and who may see it."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


def is_visible_to(user, *, path: str = "") -> Q:
    """Meetings this person owns or was given, without deleted ones. `path`: "meeting__" for rows that hang on one: looked up row by row, which
    is faster than a list of all meetings of the person where few rows are wanted."""
    given = MeetingMember.objects.filter(user=user).values("meeting")
    return Q(**{f"{path}deleted_at": None}) & (Q(**{f"{path}owner": user}) | Q(**{f"{path}pk__in": given}))


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user) -> Self:
        """Meetings this person owns or was given, without deleted ones; the only start of any list of them."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(is_visible_to(user))

    def editable_by(self, user) -> Self:
        """Those of them that this person may change."""
        shared = MeetingMember.objects.filter(user=user, level__gte=MeetingMember.Level.EDIT)
        return self.visible_to(user).filter(Q(owner=user) | Q(pk__in=shared.values("meeting")))

    def newest_first(self) -> Self:
        return self.order_by("-held_on", "-created_at")


class Meeting(models.Model):
    """Everything hangs on a meeting; deleting it deletes all rows below. Bytes are deleted by `storage.delete_meeting_files`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="owned_meetings"
    )
    title = models.CharField(max_length=200)
    held_on = models.DateField(help_text="The day of the meeting; due dates are computed from it.")
    started_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(
        max_length=8, blank=True, help_text="ISO 639-1; empty: found by the recogniser."
    )
    notes_language = models.CharField(max_length=8, blank=True, help_text="Empty: the meeting's own.")
    notes_template = models.CharField(
        max_length=24, blank=True, help_text="Key of a template (`notes_templates.py`); empty: the series'."
    )
    vocabulary = models.TextField(blank=True, help_text="Names and terms for the recogniser, one a line.")
    speaker_count = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many people speak, where a person said so; empty: found out."
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    series = models.ForeignKey(
        "meetings.Series", on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings"
    )
    deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="From then on nobody sees it, and for a while its owner can bring it back.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "-held_on", "-created_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def vocabulary_terms(self) -> list[str]:
        """The lines of `vocabulary` without the empty ones."""
        return [line.strip() for line in self.vocabulary.splitlines() if line.strip()]

    @property
    def group_name(self) -> str:
        """The channel group of everyone who looks at this meeting."""
        return f"meeting.{self.pk.hex}"


class Attendee(models.Model):
    """A name somebody gave for this meeting, a user or not. A closed list for owners of action items and speaker names."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendees")
    name = models.CharField(max_length=100)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["meeting", "name"], name="attendee_once_per_meeting")]

    def __str__(self) -> str:
        return self.name


class MeetingMember(models.Model):
    """A person the owner gave this meeting to."""

    class Level(models.IntegerChoices):
        VIEW = 1, "can read"
        EDIT = 2, "can edit"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.VIEW)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="member_once_per_meeting")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.get_level_display()}"
