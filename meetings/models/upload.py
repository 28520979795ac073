"""A file on its way in, by the tus protocol."""

import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class UploadQuerySet(models.QuerySet["Upload"]):
    def owned_by(self, user) -> Self:
        """Uploads are private to the person who started them, also from colleagues."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def stale(self) -> Self:
        """Unfinished and untouched for longer than `UPLOAD_EXPIRY_HOURS`."""
        limit = timezone.now() - dt.timedelta(hours=settings.UPLOAD_EXPIRY_HOURS)
        return self.filter(state=Upload.State.RECEIVING, touched_at__lt=limit)


class Upload(models.Model):
    """One tus upload.

    ::

        receiving ──all bytes there──▶ complete ──recording made──▶ (row kept as the link to the meeting)
            └──────DELETE──▶ row and bytes deleted

    The meeting it becomes has the upload's own id, so that finishing twice cannot make two.
    `offset_bytes` is what lies durably in storage; the file's own size is the truth after a crash, the row follows it.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving"
        COMPLETE = "complete"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )
    original_name = models.CharField(max_length=255, blank=True)
    title = models.CharField(max_length=200, blank=True, help_text="Of the meeting; empty: the file's name.")
    held_on = models.DateField(null=True, blank=True, help_text="Empty: the day the upload ends.")
    language = models.CharField(max_length=8, blank=True)
    size_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVING)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset_bytes__gte=0) & models.Q(offset_bytes__lte=models.F("size_bytes")),
                name="upload_offset_within_size",
            )
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"
