"""The secret address under which a person's calendar reads their action items."""

import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac


def _hash(token: str) -> str:
    """Keyed by SECRET_KEY and fast on purpose: 256 random bits need no slow hash."""
    return salted_hmac("meetings.calendar_feed", token, algorithm="sha256").hexdigest()


class CalendarFeed(models.Model):
    """At most one a person. The token is shown once and never stored; a new one, or deleting the row, makes the old address dead."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"

    @classmethod
    def renew(cls, user) -> str:
        """Replace any earlier address by a new one and return its token."""
        token = secrets.token_urlsafe(32)
        cls.objects.filter(user=user).delete()
        cls.objects.create(user=user, token_hash=_hash(token))
        return token

    @classmethod
    def find(cls, token: str) -> Self | None:
        """The feed of this token, unless its person is switched off."""
        feeds = cls.objects.select_related("user")
        return feeds.filter(token_hash=_hash(token), user__is_active=True).first()
