"""Notes in which every line names its source."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Notes(models.Model):
    """The frame of a meeting's notes: what was read, what was dropped, and which model and prompts wrote them."""

    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.CASCADE, related_name="notes")
    language = models.CharField(max_length=8, blank=True)
    coverage = models.FloatField(
        default=0.0, help_text="Share of the speech (by time) that the chat model read, 0..1."
    )
    covered = models.JSONField(default=list, blank=True, help_text="[[start_ms, end_ms], …] that were read.")
    dropped_items = models.PositiveIntegerField(
        default=0, help_text="Lines that their sources did not support."
    )
    dropped_reasons = models.JSONField(default=dict, blank=True, help_text='{"number_not_in_source": 2, …}')
    provenance = models.JSONField(default=dict, blank=True)
    draft = models.JSONField(
        default=dict,
        blank=True,
        help_text="What is written but not yet checked, kept so that a run that was broken off goes on; empty when all is done.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "notes"

    def __str__(self) -> str:
        return f"notes of {self.meeting_id}"


class Topic(models.Model):
    """A chapter: a title and where it starts."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="topics")
    title = models.CharField(max_length=200)
    start_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["start_ms", "id"]

    def __str__(self) -> str:
        return self.title


class CitedLine(models.Model):
    """What a note item and an action item share: a line of text, its place, and whether a person has touched it.

    A line with `edited_at` set is a person's: a new run neither changes nor deletes it.
    """

    text = models.TextField()
    position = models.PositiveIntegerField(default=0)
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_edited(self) -> bool:
        return self.edited_at is not None

    def edit(self, *, by, **values) -> None:
        """Set fields by hand; from now on the line is that person's."""
        for name, value in values.items():
            setattr(self, name, value)
        self.edited_at, self.edited_by = timezone.now(), by
        self.save(update_fields=[*values, "edited_at", "edited_by"])


class NoteItem(CitedLine):
    """A line of the notes that is not an action item."""

    class Kind(models.TextChoices):
        SUMMARY = "summary"
        DECISION = "decision"
        QUESTION = "question"
        RISK = "risk"
        POINT = "point", "point of a topic"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="note_items")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="items")

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="point", topic__isnull=False) | (~Q(kind="point") & Q(topic__isnull=True)),
                name="only_points_have_a_topic",
            )
        ]


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user) -> Self:
        from .meeting import Meeting

        return self.filter(meeting__in=Meeting.objects.visible_to(user))

    def unfinished(self) -> Self:
        return self.filter(state__in=[ActionItem.State.SUGGESTED, ActionItem.State.OPEN])

    def owned_by_name(self, user) -> Self:
        """Items whose owner is called like this person, in full or by first name; voices are not tied to accounts."""
        first_name, _, _ = user.name.partition(" ")
        names = {user.name, first_name} - {""}
        wanted = Q(pk__in=[])
        for name in names:
            wanted |= Q(owner_speaker__name__iexact=name)
            wanted |= Q(owner_name__iexact=name) & (Q(owner_speaker=None) | Q(owner_speaker__name=""))
        return self.filter(wanted)

    def shown_as(self, chosen: str, *, today: dt.date) -> Self:
        """One of "suggested", "open", "done", "overdue"."""
        if chosen == "overdue":
            return self.filter(state=ActionItem.State.OPEN, due_on__lt=today)
        return self.filter(state=ActionItem.State(chosen))

    def by_due_date(self) -> Self:
        """The nearest first, those without a date last, newer meetings before older."""
        return self.order_by(F("due_on").asc(nulls_last=True), "-meeting__held_on", "position", "id")

    def confirm_all(self) -> int:
        """Every suggestion becomes an open item; returns how many."""
        suggested = self.filter(state=ActionItem.State.SUGGESTED)
        return suggested.update(state=ActionItem.State.OPEN, state_changed_at=timezone.now())


class ActionItem(CitedLine):
    """Something somebody is to do.

    ::

        suggested ──confirm──▶ open ◀──reopen── done
            │                   │ └────tick──────▶┘
            └────refuse────▶ dropped ◀───drop──── open
    """

    class State(models.TextChoices):
        SUGGESTED = "suggested"
        OPEN = "open"
        DONE = "done"
        DROPPED = "dropped"

    class Move(models.TextChoices):
        CONFIRM = "confirm"
        REFUSE = "refuse"
        TICK = "tick"
        REOPEN = "reopen"
        DROP = "drop"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="action_items")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUGGESTED)
    owner_name = models.CharField(
        max_length=100, blank=True, help_text="As said or as given; empty: nobody took it."
    )
    owner_speaker = models.ForeignKey(
        "meetings.Speaker",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="action_items",
        help_text="The voice that took it; its name wins over `owner_name`, so that a rename follows at once.",
    )
    due_on = models.DateField(null=True, blank=True)
    due_text = models.CharField(max_length=100, blank=True, help_text="The words the date was computed from.")
    state_changed_at = models.DateTimeField(null=True, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["state", "due_on"])]

    def move(self, move: "ActionItem.Move") -> bool:
        """Take one arrow of the drawing above. False: the item was not in the state that the arrow starts from; nothing changed."""
        source, target = {
            self.Move.CONFIRM: (self.State.SUGGESTED, self.State.OPEN),
            self.Move.REFUSE: (self.State.SUGGESTED, self.State.DROPPED),
            self.Move.TICK: (self.State.OPEN, self.State.DONE),
            self.Move.REOPEN: (self.State.DONE, self.State.OPEN),
            self.Move.DROP: (self.State.OPEN, self.State.DROPPED),
        }[move]
        now = timezone.now()
        rows = type(self).objects.filter(pk=self.pk, state=source)
        if moved := rows.update(state=target, state_changed_at=now) == 1:
            self.state, self.state_changed_at = target, now
        return moved

    @property
    def owner_display(self) -> str:
        """Who is to do it, or an empty string. Reads `owner_speaker` (select it with the item)."""
        if self.owner_speaker is not None and self.owner_speaker.name:
            return self.owner_speaker.name
        if self.owner_name:
            return self.owner_name
        return self.owner_speaker.display_name if self.owner_speaker is not None else ""


class Citation(models.Model):
    """The link between one line and one segment that supports it."""

    note_item = models.ForeignKey(
        NoteItem, on_delete=models.CASCADE, null=True, blank=True, related_name="citations"
    )
    action_item = models.ForeignKey(
        ActionItem, on_delete=models.CASCADE, null=True, blank=True, related_name="citations"
    )
    segment = models.ForeignKey("meetings.Segment", on_delete=models.CASCADE, related_name="citations")

    class Meta:
        ordering = ["segment__start_ms", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(note_item__isnull=False, action_item__isnull=True)
                | Q(note_item__isnull=True, action_item__isnull=False),
                name="citation_belongs_to_one_line",
            ),
            models.UniqueConstraint(fields=["note_item", "segment"], name="note_item_cites_segment_once"),
            models.UniqueConstraint(fields=["action_item", "segment"], name="action_item_cites_segment_once"),
        ]

    def __str__(self) -> str:
        return f"citation of segment {self.segment_id}"
