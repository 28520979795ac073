"""Notes in which every line names its source."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from .revision import LineRevision


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

    @property
    def is_from_captions(self) -> bool:
        """Written at the end of a live recording; the pass over the sound writes them anew."""
        return self.provenance.get("made_from") == "captions"


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
    version = models.PositiveIntegerField(
        default=0, help_text="Counts changes by people, to notice two at a time."
    )
    own_note = models.ForeignKey(
        "meetings.OwnNote",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The line somebody typed during the meeting that says this.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_edited(self) -> bool:
        return self.edited_at is not None

    def edit(self, *, by, version: int | None = None, what: str = "edit", **values) -> bool:
        """Set fields by hand and keep what they were; from now on the line is that person's. Three queries.

        False: somebody changed it since `version` was read (None: since this row was read); nothing changed.
        """
        now = timezone.now()
        with transaction.atomic():
            fits = version is None or version == self.version
            rows = type(self)._base_manager.filter(pk=self.pk, version=self.version)
            changes = values | {"edited_at": now, "edited_by": by}
            if not fits or rows.update(**changes, version=F("version") + 1) != 1:
                return False
            self._keep_revision(what=what, by=by)
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1
        return True

    def describe(self) -> dict:
        """The line as a revision keeps it."""
        return {"text": self.text}

    def restore(self, revision: LineRevision, *, by) -> bool:
        """Bring back the words that a revision kept; what they replace becomes a revision too."""
        return self.edit(by=by, **self._read_revision(revision.before))

    def _read_revision(self, before: dict) -> dict:
        return {"text": before["text"]}

    def _keep_revision(self, *, what: str, by) -> None:
        field = "action_item" if isinstance(self, ActionItem) else "note_item"
        LineRevision.objects.create(what=what, before=self.describe(), made_by=by, **{field: self})


class ShownNoteItems(models.Manager["NoteItem"]):
    """Without the lines that a person has taken out."""

    def get_queryset(self) -> models.QuerySet["NoteItem"]:
        return super().get_queryset().filter(removed_at=None)


class NoteItem(CitedLine):
    """A line of the notes that is not an action item.

    A line a person takes out keeps its row, so that it can be brought back and does not come again with the next run; `objects`
    does not see it.
    """

    class Kind(models.TextChoices):
        SUMMARY = "summary"
        DECISION = "decision"
        QUESTION = "question"
        RISK = "risk"
        POINT = "point", "point of a topic"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="note_items")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ShownNoteItems()
    with_removed = models.Manager()  # noqa: DJ012

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="point", topic__isnull=False) | (~Q(kind="point") & Q(topic__isnull=True)),
                name="only_points_have_a_topic",
            )
        ]


def _is_called(name: str) -> Q:
    """The owner is shown by this name: a voice's name wins over the one that was said."""
    said = Q(owner_name__iexact=name) & (Q(owner_speaker=None) | Q(owner_speaker__name=""))
    return Q(owner_speaker__name__iexact=name) | said


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
            wanted |= _is_called(name)
        return self.filter(wanted)

    def editable_by(self, user) -> Self:
        """Items of meetings this person may change."""
        from .meeting import Meeting

        return self.filter(meeting__in=Meeting.objects.editable_by(user))

    def owned_by(self, name: str) -> Self:
        """Items whose owner is shown by this name."""
        return self.filter(_is_called(name))

    def shown_as(self, chosen: str, *, today: dt.date) -> Self:
        """One of "suggested", "open", "done", "dropped", "overdue"."""
        if chosen == "overdue":
            return self.filter(state=ActionItem.State.OPEN, due_on__lt=today)
        return self.filter(state=ActionItem.State(chosen))

    def by_due_date(self) -> Self:
        """The nearest first, those without a date last, newer meetings before older."""
        return self.order_by(F("due_on").asc(nulls_last=True), "-meeting__held_on", "position", "id")

    def move_all(self, move: "ActionItem.Move", *, by) -> int:
        """Take the arrow with every item that stands at its start; returns how many moved."""
        items = self.filter(state=ActionItem.arrow(move)[0])
        return sum(item.move(move, by=by) for item in items)

    def confirm_all(self, *, by=None) -> int:
        """Every suggestion becomes an open item; returns how many."""
        return self.move_all(ActionItem.Move.CONFIRM, by=by)


class ActionItem(CitedLine):
    """Something somebody is to do.

    ::

        suggested ──confirm──▶ open ◀──reopen── done
            │                   │ └────tick──────▶┘
            └────refuse────▶ dropped ◀───drop──── open
                                └──bring_back───▶ open

    Refused and dropped items keep their row: the next run sees it and does not suggest the like again. Every move is kept as a
    revision with who made it.
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
        BRING_BACK = "bring_back"

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
        # The second is what counts of a person's open items are read from alone.
        indexes = [models.Index(fields=["state", "due_on"]), models.Index(fields=["meeting", "state"])]

    @classmethod
    def arrow(cls, move: "ActionItem.Move") -> tuple[str, str]:
        """Where the arrow of this name starts and ends."""
        state = cls.State
        return {
            cls.Move.CONFIRM: (state.SUGGESTED, state.OPEN),
            cls.Move.REFUSE: (state.SUGGESTED, state.DROPPED),
            cls.Move.TICK: (state.OPEN, state.DONE),
            cls.Move.REOPEN: (state.DONE, state.OPEN),
            cls.Move.DROP: (state.OPEN, state.DROPPED),
            cls.Move.BRING_BACK: (state.DROPPED, state.OPEN),
        }[move]

    def move(self, move: "ActionItem.Move", *, by=None) -> bool:
        """Take one arrow of the drawing above. False: the item was not in the state that the arrow starts from; nothing changed."""
        now = timezone.now()
        source, target = self.arrow(move)
        with transaction.atomic():
            rows = type(self).objects.filter(pk=self.pk, state=source)
            if rows.update(state=target, state_changed_at=now) != 1:
                return False
            self.state = source
            self._keep_revision(what=move, by=by)
        self.state, self.state_changed_at = target, now
        return True

    def describe(self) -> dict:
        return {
            "text": self.text,
            "owner_name": self.owner_name,
            "owner_speaker": self.owner_speaker_id,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "due_text": self.due_text,
            "state": self.state,
        }

    def _read_revision(self, before: dict) -> dict:
        """Text, owner and date; the state has arrows of its own. A voice that is gone stays gone."""
        voice = self.meeting.speakers.filter(pk=before["owner_speaker"]).first()
        return {
            "text": before["text"],
            "owner_name": before["owner_name"],
            "owner_speaker": voice,
            "due_on": dt.date.fromisoformat(before["due_on"]) if before["due_on"] else None,
            "due_text": before["due_text"],
        }

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
