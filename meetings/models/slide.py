"""What was shown."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# A worker that took a slide and said nothing for this long is taken for dead.
LEASE_MINUTES = 5
# A time that was matched to what was said counts from this confidence on.
SURE = 0.5


class SlideQuerySet(models.QuerySet["Slide"]):
    def shown(self) -> Self:
        """Those that were not taken away, in order of time, then as they came."""
        return self.filter(deleted_at=None).order_by("shown_ms", "number")

    def waiting(self) -> Self:
        """To be read, and nobody alive has it."""
        limit = timezone.now() - dt.timedelta(minutes=LEASE_MINUTES)
        return self.filter(
            Q(claimed_at=None) | Q(claimed_at__lt=limit), state=Slide.State.WAITING
        ).select_related("meeting")

    def undescribed(self) -> Self:
        """Read, no model that sees was asked about it yet, and nobody alive has it."""
        limit = timezone.now() - dt.timedelta(minutes=LEASE_MINUTES)
        free = self.filter(Q(claimed_at=None) | Q(claimed_at__lt=limit), deleted_at=None)
        rows = free.filter(state=Slide.State.READ, description__isnull=True).exclude(image_key="")
        return rows.select_related("meeting")


class Slide(models.Model):
    """A picture of a meeting and the text read from it.

    ::

        waiting ──claim(), keep_text()──▶ read
           │ ▲ └──server away: give_back()
           │ └────lease expired
           └──fail()──▶ failed

    The text of a PDF's text layer is the truth: such a slide is `read` from the start. A slide that is cropped waits again. Taken away is `deleted_at`, so that it can be put back.
    A slide that is read is described where the model server has a model that sees: take(), keep_description(); None until one was asked.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        READ = "read"
        FAILED = "failed"

    class Engine(models.TextChoices):
        TEXT_LAYER = "text_layer", "the text in the file"
        OCR = "ocr", "OCR"
        VISION = "vision", "a model that sees"

    class Source(models.TextChoices):
        """Names as in the JSON export."""

        VIDEO = "video", "from the film"
        SCREEN = "screen", "from the shared screen"
        UPLOAD = "upload", "added"
        DECK = "deck", "from a deck"

    class PlacedBy(models.TextChoices):
        """Who says when it was shown."""

        FILM = "film", "seen in the film"
        PERSON = "person", "set by a person"
        WORDS = "words", "matched to what was said"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="slides")
    number = models.PositiveIntegerField(help_text="1, 2, … in order of arrival.")
    image_key = models.CharField(max_length=200)
    whole_key = models.CharField(
        max_length=200, blank=True, help_text="The picture before a part was cut out; empty: never cropped."
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    engine = models.CharField(max_length=12, choices=Engine.choices, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    error_code = models.CharField(max_length=40, blank=True)
    description = models.JSONField(
        null=True,
        blank=True,
        help_text="What a model that sees made of it (`schemas.WrittenSlide`); {}: nothing usable; none: not asked.",
    )
    described_by = models.CharField(
        max_length=120, blank=True, help_text="The model, and the prompt's version."
    )
    shown_ms = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="When it was shown, if that is known; from the start of the recording.",
    )
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.UPLOAD)
    placed_by = models.CharField(max_length=6, choices=PlacedBy.choices, blank=True)
    confidence = models.FloatField(
        null=True, blank=True, help_text="0..1, of a time that was matched to what was said."
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SlideQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="slide_number_once_per_meeting")
        ]

    def __str__(self) -> str:
        return f"slide {self.number} of {self.meeting_id}"

    @property
    def title(self) -> str:
        """The first line, for headings and for people who cannot see the picture."""
        first = self.text.strip().partition("\n")[0].strip()
        return first[:120] or f"Slide {self.number}"

    @property
    def confidence_percent(self) -> int | None:
        return round(100 * self.confidence) if self.confidence is not None else None

    @property
    def alt(self) -> str:
        """What the picture shows, for people who cannot see it: what it claims, and all that was read, in one line."""
        words = " ".join(f"{self.text} {self.described_text}".split())
        return f"Slide {self.number}: {words}" if words else f"Slide {self.number}, without text"

    @property
    def described_text(self) -> str:
        """The description in words: what is claimed, tables and charts line by line; without the text, which stands in `text`."""
        found = self.description or {}
        lines = [found.get("claim", "")]
        for table in found.get("tables", []):
            lines += [table["title"], *(", ".join(row) for row in table["rows"])]
        for chart in found.get("charts", []):
            lines.append(chart["title"])
            for series in chart["series"]:
                points = (f"{point['label']} {point['value']}".strip() for point in series["points"])
                lines.append(f"{series['name']}: {', '.join(points)}".removeprefix(": "))
        return "\n".join(line for line in lines if line)

    @property
    def is_sure(self) -> bool:
        """Its time was seen or set by a person, or matched to what was said without much doubt."""
        return self.confidence is None or self.confidence >= SURE

    def _rows(self) -> SlideQuerySet:
        return Slide.objects.filter(pk=self.pk, state=self.State.WAITING)

    def claim(self) -> bool:
        """True for one of any number of workers."""
        rows = Slide.objects.waiting().filter(pk=self.pk, claimed_at=self.claimed_at)
        return rows.update(claimed_at=timezone.now()) == 1

    def give_back(self) -> None:
        self._rows().update(claimed_at=None)

    def keep_text(self, text: str, *, engine: str) -> bool:
        """Waiting to read. False: somebody else has read it."""
        values = {"text": text, "engine": engine, "error_code": "", "claimed_at": None}
        return self._rows().update(state=self.State.READ, **values) == 1

    def take(self) -> bool:
        """To describe it: True for one of any number of workers."""
        rows = Slide.objects.undescribed().filter(pk=self.pk, claimed_at=self.claimed_at)
        return rows.update(claimed_at=timezone.now()) == 1

    def put_down(self) -> None:
        """It is still to be described."""
        Slide.objects.filter(pk=self.pk, description__isnull=True).update(claimed_at=None)

    def keep_description(self, description: dict, *, by: str) -> bool:
        """Where the slide has no text of its own, that of the description. False: the picture is another one now, or somebody was faster."""
        values: dict = {"description": description, "described_by": by[:120], "claimed_at": None}
        if not self.text and description.get("text"):
            values |= {"text": description["text"], "engine": self.Engine.VISION}
        same = Slide.objects.filter(pk=self.pk, image_key=self.image_key, description__isnull=True)
        return same.update(**values) == 1

    def fail(self, *, code: str) -> None:
        """Waiting to failed; the picture stays."""
        self._rows().update(state=self.State.FAILED, error_code=code)

    def keep_part(self, *, image_key: str, whole_key: str, width: int, height: int) -> None:
        """Another part of the picture; its text is to be read anew."""
        values = {"image_key": image_key, "whole_key": whole_key, "width": width, "height": height}
        Slide.objects.filter(pk=self.pk).update(
            **values, text="", engine="", state=self.State.WAITING, error_code="", claimed_at=None,
            description=None, described_by="",
        )  # fmt: skip

    def place(self, shown_ms: int | None) -> None:
        """A person says when it was shown; None: the words may say."""
        placed_by = self.PlacedBy.PERSON if shown_ms is not None else ""
        values = {"shown_ms": shown_ms, "placed_by": placed_by, "confidence": None}
        Slide.objects.filter(pk=self.pk).update(**values)

    def place_by_words(self, shown_ms: int | None, *, confidence: float | None) -> None:
        """Matched to what was said; does nothing where a person or the film has said it meanwhile."""
        placed_by = self.PlacedBy.WORDS if shown_ms is not None else ""
        free = Slide.objects.filter(pk=self.pk, placed_by__in=["", self.PlacedBy.WORDS])
        free.update(shown_ms=shown_ms, placed_by=placed_by, confidence=confidence)

    def remove(self, *, undo: bool = False) -> None:
        """Take it away, or put it back."""
        Slide.objects.filter(pk=self.pk).update(deleted_at=None if undo else timezone.now())


class SlideCitation(models.Model):
    """The link between one line of the notes and one slide that shows the same, or, for a disagreement, something else."""

    note_item = models.ForeignKey(
        "meetings.NoteItem", on_delete=models.CASCADE, null=True, blank=True, related_name="slide_citations"
    )
    action_item = models.ForeignKey(
        "meetings.ActionItem", on_delete=models.CASCADE, null=True, blank=True, related_name="slide_citations"
    )
    slide = models.ForeignKey(Slide, on_delete=models.CASCADE, related_name="citations")

    class Meta:
        ordering = ["slide__shown_ms", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(note_item__isnull=False, action_item__isnull=True)
                | Q(note_item__isnull=True, action_item__isnull=False),
                name="slide_citation_belongs_to_one_line",
            ),
            models.UniqueConstraint(fields=["note_item", "slide"], name="note_item_cites_slide_once"),
            models.UniqueConstraint(fields=["action_item", "slide"], name="action_item_cites_slide_once"),
        ]

    def __str__(self) -> str:
        return f"citation of slide {self.slide_id}"
