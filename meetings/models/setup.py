"""The code that lets one person claim a fresh installation."""

import datetime as dt
import secrets
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

# Without I, L, O, U and digits that look like letters: the code is read off a terminal and typed.
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_GROUPS, _GROUP_LENGTH = 4, 4
MAX_TRIES = 10
TRIES_WINDOW = dt.timedelta(minutes=10)


def _hash(code: str) -> str:
    """Keyed by SECRET_KEY and fast on purpose: 78 random bits need no slow hash."""
    plain = "".join(ch for ch in code.upper() if ch.isalnum())
    return salted_hmac("meetings.setup_code", plain, algorithm="sha256").hexdigest()


class SetupCode(models.Model):
    """At most one row, only while nobody has an account. The code itself is never stored.

    `take_try` limits guesses for all visitors together; whoever uses them up is answered by printing a new code.
    """

    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveSmallIntegerField(default=0)
    window_started_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return "set-up code"

    @classmethod
    def renew(cls) -> str:
        """Replace any earlier code by a new one and return it, to be shown once."""
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        code = "-".join(groups)
        cls.objects.all().delete()
        cls.objects.create(code_hash=_hash(code))
        return code

    @classmethod
    def find(cls) -> Self | None:
        return cls.objects.order_by("-pk").first()

    def take_try(self) -> bool:
        """Count one guess. False: too many in this window, do not even look at the code."""
        now = timezone.now()
        mine = type(self).objects.filter(pk=self.pk)
        if mine.filter(window_started_at__lt=now - TRIES_WINDOW).update(tries=1, window_started_at=now):
            return True
        return mine.filter(Q(tries__lt=MAX_TRIES)).update(tries=F("tries") + 1) == 1

    def matches(self, code: str) -> bool:
        """Spaces, dashes and case do not matter."""
        return constant_time_compare(self.code_hash, _hash(code))

    def use(self) -> bool:
        """Delete the row. True for exactly one of any number of visitors; call inside the transaction that makes the owner."""
        deleted, _ = type(self).objects.filter(pk=self.pk).delete()
        return deleted == 1
