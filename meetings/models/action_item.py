"""What somebody is to do: suggested by the model, confirmed by a person, alive after the meeting."""

import datetime as dt
from typing import Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from .line import CitedLine


def _is_called(name: str) -> Q:
    """The owner is shown by this name: a voice's name wins over the one that was said."""
    said = Q(owner_name__iexact=name) & (Q(owner_speaker=None) | Q(owner_speaker__name=""))
    return Q(owner_speaker__name__iexact=name) | said


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user) -> Self:
        from .meeting import Meeting

        return self.filter(meeting__in=Meeting.objects.visible_to(user))

    def listed_for(self, user) -> Self:
        """The same rows as `visible_to`, for a page of the first few: those are found in order, and no more are read."""
        from .meeting import is_visible_to

        return self.filter(is_visible_to(user, path="meeting__"))

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

    REVISED_AS = "action_item"

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
            self.keep_revision(what=move, by=by)
        self.state, self.state_changed_at = target, now
        return True

    def describe(self) -> dict:
        return super().describe() | {
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
