"""Who said what, when."""

import re
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone


class Speaker(models.Model):
    """A voice of one meeting. `label` is the diarizer's ("S1"), or "P3" for a voice that a person made; `name` is what a person gave; `suggested_name` was heard, never applied silently."""

    # How many colours the sheet has for voices; from there on they come again.
    PALETTE_SIZE = 8

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="speakers")
    label = models.CharField(max_length=20)
    name = models.CharField(max_length=100, blank=True)
    suggested_name = models.CharField(max_length=100, blank=True)
    colour = models.PositiveSmallIntegerField(default=0, help_text="Index into the palette of the sheet.")

    sure: float | None = None
    """0..1, where the name was given by voice and nobody has confirmed it; set by `VoiceMatch.objects.mark`."""

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "label"], name="speaker_label_once_per_meeting")
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The given name, else "Speaker 1"."""
        return self.name or f"Speaker {re.sub(r'^[SP](?=[0-9])', '', self.label)}"

    @property
    def initials(self) -> str:
        """Two letters for a coloured badge."""
        words = self.display_name.split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2])).upper()


class SegmentQuerySet(models.QuerySet["Segment"]):
    def in_order(self) -> Self:
        return self.order_by("start_ms", "id")


class Segment(models.Model):
    """A stretch of speech by one person, at most some 15 s. All times are milliseconds from the start of the recording.

    `words`: `[{"s": start_ms, "e": end_ms, "w": text, "p": probability 0..1}]`, in order; empty where an edit could not be aligned.
    """

    class Engine(models.TextChoices):
        WHISPER = "whisper"
        NATIVE = "native"
        LIVE = "live"
        HUMAN = "human"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="segments")
    speaker = models.ForeignKey(
        Speaker, on_delete=models.SET_NULL, null=True, blank=True, related_name="segments"
    )
    speaker_given_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="A person said whose line this is: a new run of the diarizer keeps it.",
    )
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    text = models.TextField()
    words = models.JSONField(default=list, blank=True)
    engine = models.CharField(max_length=10, choices=Engine.choices, default=Engine.WHISPER)
    live_voice = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of a caption: whose voice it seemed to be, 1 for the first heard."
    )
    gate_reason = models.CharField(
        max_length=30,
        blank=True,
        help_text="Why the chat model's own text of this stretch did not hold; the model server's word.",
    )
    gate_score = models.FloatField(
        null=True,
        blank=True,
        help_text="How well that text fits the sound, 0..1, by whisper; empty where none was written.",
    )
    confidence = models.FloatField(default=0.0)
    overlap_ms = models.PositiveIntegerField(
        default=0,
        help_text="How long somebody else speaks at the same time; some of the words are theirs, or missing.",
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = SegmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["meeting", "start_ms", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_ms__gte=models.F("start_ms")), name="segment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0) & models.Q(confidence__lte=1),
                name="segment_confidence_0_1",
            ),
        ]

    def __str__(self) -> str:
        return f"segment {self.pk}"

    @property
    def is_edited(self) -> bool:
        return self.edited_at is not None

    def edit_text(self, text: str, *, by) -> "SegmentRevision":
        """Replace the text and keep the old one as a revision (two queries in one transaction). Word times of unchanged words are kept."""
        from .words import align_words

        words = align_words(self.words, text, start_ms=self.start_ms, end_ms=self.end_ms)
        return self._replace(text=text, words=words, by=by)

    def restore(self, revision: "SegmentRevision", *, by) -> "SegmentRevision":
        """Bring back what a revision kept, with its word times; what it replaces becomes a revision too."""
        return self._replace(text=revision.text, words=revision.words, by=by)

    def _replace(self, *, text: str, words: list[dict], by) -> "SegmentRevision":
        with transaction.atomic():
            revision = SegmentRevision.objects.create(
                segment=self, text=self.text, words=self.words, made_by=by
            )
            self.text, self.words, self.edited_at, self.edited_by = text, words, timezone.now(), by
            self.save(update_fields=["text", "words", "edited_at", "edited_by"])
        return revision

    def split(self, groups: list[list[dict]]) -> list["Segment"]:
        """Cut at the groups of its words: the row itself with the first part, then unsaved rows.

        The text is cut where the words stand in it, so that scripts without spaces stay as they are. When a word cannot be found, it comes
        back whole.
        """
        starts, cursor = [], 0
        for group in groups:
            for i, word in enumerate(group):
                found = self.text.find(word["w"], cursor)
                if found < 0:
                    return [self]
                if i == 0:
                    starts.append(found)
                cursor = found + len(word["w"])
        starts[0] = 0
        ends = [*starts[1:], len(self.text)]
        end_ms = self.end_ms
        rest = [
            Segment(
                meeting_id=self.meeting_id,
                start_ms=group[0]["s"],
                end_ms=max(group[0]["s"], group[-1]["e"]),
                text=self.text[start:end].strip(),
                words=group,
                engine=self.engine,
                gate_reason=self.gate_reason,
                gate_score=self.gate_score,
                confidence=self.confidence,
            )
            for group, start, end in list(zip(groups, starts, ends, strict=True))[1:]
        ]
        rest[-1].end_ms = max(rest[-1].start_ms, end_ms)
        self.text = self.text[: ends[0]].strip()
        self.words = groups[0]
        self.end_ms = max(self.start_ms, groups[0][-1]["e"])
        return [self, *rest]


class SegmentRevision(models.Model):
    """What a segment said before an edit, and who changed it."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="revisions")
    text = models.TextField()
    words = models.JSONField(default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"revision {self.pk} of segment {self.segment_id}"
