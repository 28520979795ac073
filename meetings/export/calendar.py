"""Action items with a due date as a calendar (RFC 5545), a day each."""

import datetime as dt
from collections.abc import Callable, Iterable

from icalendar import Calendar, Event

from ..models import ActionItem


def render_calendar(items: Iterable[ActionItem], *, name: str, link: Callable[[ActionItem], str]) -> bytes:
    """`items` with a due date and their meeting loaded. Events, not to-dos: most calendars show no to-dos they subscribe to."""
    calendar = Calendar()
    calendar.add("prodid", "-//Minutebook//Action items//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for item in items:
        event = Event()
        event.add("uid", f"action-{item.pk}@minutebook")
        event.add("dtstamp", item.edited_at or item.created_at)
        event.add("sequence", item.version)
        event.add("dtstart", item.due_on)
        event.add("dtend", item.due_on + dt.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        event.add("summary", " ".join(item.text.split())[:200])
        event.add("description", f"{item.meeting.title}, {item.meeting.held_on:%Y-%m-%d}")
        event.add("url", link(item))
        calendar.add_component(event)
    return calendar.to_ical()
