"""The list of meetings after some years of use."""

import datetime as dt
import gc
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import ActionItem, Job, Meeting, Recording, Speaker, User

from .clock import time_call
from .figures import Figure
from .web import make_user

MEETINGS = 10_000
ITEMS_EACH = 3
RUNS = 40
LIMIT_MS = 100


def measure_home() -> list[Figure]:
    """The home page of a person with ten thousand meetings and thirty thousand items, and the list of their action items."""
    user = make_user()
    make_many_meetings(user)
    # As `meetings/asgi.py` does when the web process has started.
    gc.collect()
    gc.freeze()
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    figures = []
    for name, url in (("home", reverse("home")), ("action items", reverse("action_items"))):
        size = len(client.get(url).content)
        timing = time_call(lambda url=url: client.get(url), runs=RUNS)
        figures += [
            Figure(f"{name} page, median", timing.median_ms, "ms"),
            Figure(f"{name} page, 95 of 100", timing.p95_ms, "ms", limit=LIMIT_MS),
            Figure(f"{name} page, queries", count_queries(lambda url=url: client.get(url)), ""),
            Figure(f"{name} page, size", size / 1024, "KiB"),
        ]
    return figures


def count_queries(call: Callable[[], object]) -> int:
    """How many statements the call sends to the database."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def make_many_meetings(user: User, *, count: int = MEETINGS) -> None:
    """`count` finished meetings, three a day back from 2026-11-16, each with four speakers and three open action items, two of them due."""
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
        for step in Job.Step.of_uploads()
    )
    ActionItem.objects.bulk_create(
        ActionItem(
            meeting=meeting,
            text=f"Do thing {i}",
            state=ActionItem.State.OPEN,
            position=i,
            due_on=meeting.held_on + dt.timedelta(days=7) if i else None,
        )
        for meeting in meetings
        for i in range(ITEMS_EACH)
    )
