"""The list of meetings after some years of use."""

import datetime as dt

from django.test import Client
from django.urls import reverse

from meetings.models import ActionItem, Job, Meeting, Recording, Speaker, User

from .clock import time_call
from .figures import Figure
from .web import make_user

MEETINGS = 1_000


def measure_home() -> list[Figure]:
    """The home page of a person with a thousand meetings, and the list of their action items."""
    user = make_user()
    make_many_meetings(user)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    figures = []
    for name, url in (("home", reverse("home")), ("action items", reverse("action_items"))):
        size = len(client.get(url).content)
        timing = time_call(lambda url=url: client.get(url))
        figures += [
            Figure(f"{name} page, fastest", timing.fastest_ms, "ms"),
            Figure(f"{name} page, median", timing.median_ms, "ms"),
            Figure(f"{name} page, size", size / 1024, "KiB"),
        ]
    return figures


def make_many_meetings(user: User, *, count: int = MEETINGS) -> None:
    """`count` finished meetings, three a day back from 2026-11-16, each with four speakers and two open action items."""
    last = dt.date(2026, 11, 16)
    meetings = Meeting.objects.bulk_create(
        Meeting(owner=user, title=f"Meeting {i}", held_on=last - dt.timedelta(days=i // 3))
        for i in range(count)
    )
    Recording.objects.bulk_create(Recording(meeting=meeting, duration_ms=1_800_000) for meeting in meetings)
    Speaker.objects.bulk_create(
        Speaker(meeting=meeting, label=f"S{i + 1}", colour=i) for meeting in meetings for i in range(4)
    )
    Job.objects.bulk_create(
        Job(meeting=meeting, step=step, state=Job.State.DONE)
        for meeting in meetings
        for step in Job.Step.values
    )
    ActionItem.objects.bulk_create(
        ActionItem(meeting=meeting, text=f"Do thing {i}", state=ActionItem.State.OPEN, position=i)
        for meeting in meetings
        for i in range(2)
    )
