"""Voices that are known from one meeting to the next, with the consent of the person who has the voice."""

from collections.abc import Iterable
from typing import Self

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from .meeting import Meeting
from .transcript import Speaker


class VoiceProfileQuerySet(models.QuerySet["VoiceProfile"]):
    def known_in(self, meeting: Meeting) -> Self:
        """Those that may be used to name voices of this meeting: its owner's, and the own voices of everybody who logs in here."""
        mine = Q(keeper=meeting.owner_id) | Q(is_own=True, keeper__is_active=True)
        return self.filter(mine, state=VoiceProfile.State.AGREED)


class VoiceProfile(models.Model):
    """One person's voice. `keeper` is who answers for it: the person themselves (`is_own`), or, for somebody without an account here, who
    recorded that they agreed. Only the keeper sees it, and deleting it takes everything with it that was made from it.

    ::

        asked ──the person agrees──▶ agreed      (asked ──the person says no──▶ deleted)

    Nothing is learned before `agreed`. `consent_text` is the sentence that was agreed to, `consent_note` how somebody without an account said so.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        AGREED = "agreed"

    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="voice_profiles"
    )
    is_own = models.BooleanField(default=False)
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    consent_text = models.TextField()
    consent_note = models.CharField(max_length=300, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VoiceProfileQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("keeper", Lower("name"), name="voice_profile_name_once_per_keeper"),
            models.UniqueConstraint(
                fields=["keeper"], condition=Q(is_own=True), name="one_own_voice_per_person"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", agreed_at=None) | Q(state="agreed", agreed_at__isnull=False),
                name="voice_profile_agreed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"voice profile {self.pk}"

    def agree(self) -> bool:
        """False: it was agreed to already."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.ASKED)
        return rows.update(state=self.State.AGREED, agreed_at=timezone.now()) == 1


class VoiceSampleQuerySet(models.QuerySet["VoiceSample"]):
    def waiting(self) -> Self:
        """To be learned: their person has agreed, and nobody has listened yet."""
        return self.filter(
            profile__state=VoiceProfile.State.AGREED, vector=None, error_code="", meeting__deleted_at=None
        )

    def forget_other_networks(self, embedder: str) -> int:
        """Vectors that the network in use cannot be compared with: to be learned again from the same meetings. Returns how many."""
        return self.exclude(vector=None).exclude(embedder=embedder).update(vector=None, embedder="")


class VoiceSample(models.Model):
    """What a voice sounded like in one meeting. Gone with its meeting and with its profile.

    `vector`: float32, little-endian, length 1; empty until a worker has listened, or for ever where `error_code` says why. `embedder` names
    the network it comes from: vectors of two networks are never compared.
    """

    profile = models.ForeignKey(VoiceProfile, on_delete=models.CASCADE, related_name="samples")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="voice_samples")
    speaker = models.ForeignKey(
        "meetings.Speaker", on_delete=models.SET_NULL, null=True, related_name="voice_samples"
    )
    embedder = models.CharField(max_length=120, blank=True)
    vector = models.BinaryField(null=True)
    speech_ms = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = VoiceSampleQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "meeting"], name="one_voice_sample_per_meeting")
        ]

    def __str__(self) -> str:
        return f"voice sample {self.pk}"

    def read_vector(self) -> np.ndarray:
        """float32, shape (n,); only where there is one."""
        return np.frombuffer(bytes(self.vector), dtype="<f4")


class VoiceMatchQuerySet(models.QuerySet["VoiceMatch"]):
    def mark(self, speakers: Iterable[Speaker]) -> None:
        """Set `sure` of voices of one meeting that have their name by this alone. One query."""
        rows = self.filter(
            state=VoiceMatch.State.NAMED,
            meeting__speakers__in=[speaker.pk for speaker in speakers],
            meeting__speakers__label=models.F("label"),
            meeting__speakers__name=models.F("profile__name"),
        )
        sure = dict(rows.values_list("meeting__speakers__pk", "confidence"))
        for speaker in speakers:
            speaker.sure = sure.get(speaker.pk)


class VoiceMatch(models.Model):
    """A voice of a meeting that sounds like a profile. By `label`, which outlives a merge that is taken back.

    ::

        named ──a person says yes──▶ confirmed
              └─a person says no───▶ refused        once refused, that voice of that meeting is never named after this profile again

    `similarity` is the cosine of the two vectors, `confidence` (0..1) what it is worth (`voices.known`).
    """

    class State(models.TextChoices):
        NAMED = "named"
        CONFIRMED = "confirmed"
        REFUSED = "refused"

    profile = models.ForeignKey(VoiceProfile, on_delete=models.CASCADE, related_name="matches")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="voice_matches")
    label = models.CharField(max_length=20)
    similarity = models.FloatField()
    confidence = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NAMED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = VoiceMatchQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "meeting", "label"], name="one_match_per_voice")
        ]

    def __str__(self) -> str:
        return f"voice match {self.pk} {self.state}"

    def decide(self, state: str, *, by) -> bool:
        """Named to `state`. False: somebody has decided already."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.NAMED)
        if moved := rows.update(state=state, decided_by=by, decided_at=timezone.now()) == 1:
            self.state = state
        return moved
