"""Which action items a page, a table or a calendar shows: filters that are an address, so that they can be shared."""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from .models import ActionItem, Tag
from .models.action_item import ActionItemQuerySet

STATES = {
    "open": "Open",
    "suggested": "Suggested",
    "overdue": "Overdue",
    "done": "Done",
    "dropped": "Refused",
}
DUE = {"": "Any time", "today": "Today", "week": "In 7 days", "none": "Without a date"}
MOST_PAGES = 10_000
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class ActionFilter:
    """What the address asks for. `who`: "" or "mine"; `owner`: a name as shown; `meeting`: its id."""

    show: str = "open"
    who: str = ""
    owner: str = ""
    meeting: UUID | None = None
    due: str = ""
    tag: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "ActionFilter":
        """Whatever is no filter is left out."""
        try:
            meeting = UUID(query.get("meeting", ""))
        except ValueError:
            meeting = None
        show, due = query.get("show", "open"), query.get("due", "")
        return cls(
            show=show if show in STATES else "open",
            who="mine" if query.get("who") == "mine" else "",
            owner=query.get("owner", "").replace("\0", "").strip()[:100],
            meeting=meeting,
            due=due if due in DUE else "",
            tag=query.get("tag", "").replace("\0", "").strip().casefold()[:50],
        )

    def link(self, **changes) -> str:
        """The address of this filter with something changed, from its "?" on."""
        wanted = replace(self, **changes)
        pairs = {name: getattr(wanted, name) for name in ("show", "who", "owner", "meeting", "due", "tag")}
        return "?" + urlencode({name: value for name, value in pairs.items() if value})

    def choose(self, *, user, today: dt.date) -> ActionItemQuerySet:
        """Rows this person may see, without order."""
        items = ActionItem.objects.listed_for(user).shown_as(self.show, today=today)
        if self.who:
            items = items.owned_by_name(user)
        if self.owner:
            items = items.owned_by(self.owner)
        if self.meeting:
            items = items.filter(meeting=self.meeting)
        if self.tag:
            items = items.filter(meeting__in=Tag.objects.filter(name=self.tag).values("meeting"))
        return _filter_due(items, self.due, today=today)


@dataclass(frozen=True)
class ItemPage:
    """Some rows of a list whose length nobody counts: counting thirty thousand items takes longer than finding fifty."""

    items: list[ActionItem]
    number: int
    has_next: bool

    @classmethod
    def find(cls, items: ActionItemQuerySet, *, number: str, size: int) -> "ItemPage":
        """Whatever is no number is the first page; a page behind the last is empty. One query, and those of the prefetches."""
        page = (
            min(int(number), MOST_PAGES) if number.isascii() and number.isdigit() and len(number) < 9 else 1
        )
        start = (max(page, 1) - 1) * size
        found = list(items[start : start + size + 1])
        return cls(found[:size], max(page, 1), len(found) > size)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_previous or self.has_next

    @property
    def previous_page_number(self) -> int:
        return self.number - 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1


def _filter_due(items: ActionItemQuerySet, due: str, *, today: dt.date) -> ActionItemQuerySet:
    if due == "none":
        return items.filter(due_on=None)
    if due in ("today", "week"):
        return items.filter(due_on__range=(today, today + dt.timedelta(days=7 if due == "week" else 0)))
    return items


def write_csv(items: Iterable[ActionItem], out) -> None:
    """One row an item, with a head. Reads `meeting` and `owner_speaker`: select them."""
    writer = csv.writer(out)
    writer.writerow(["text", "owner", "due", "state", "meeting", "day of the meeting"])
    for item in items:
        row = [item.text, item.owner_display, item.due_on or "", item.state, item.meeting.title]
        writer.writerow([*map(_make_safe, map(str, row)), item.meeting.held_on])


def _make_safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
