"""A long meeting on the page: how long it takes, how much is sent, how fast an edit answers."""

import datetime as dt
import gzip
import random

from django.test import Client
from django.urls import reverse

from meetings.models import Job, Meeting, Recording, Segment, Speaker, User

from .clock import time_call
from .figures import Figure
from .web import make_user

SEGMENTS = 5_000
SEGMENT_MS = 3_600
SPEAKERS = 6
RENDER_LIMIT_MS, EDIT_LIMIT_MS = 1_000, 100
_WORDS = [
    "the",
    "release",
    "plan",
    "moves",
    "because",
    "support",
    "is",
    "thin",
    "after",
    "the",
    "holidays",
    "and",
    "finance",
    "asked",
    "whether",
    "existing",
    "customers",
    "keep",
    "their",
    "price",
    "so",
    "we",
    "should",
    "decide",
    "today",
    "who",
    "owns",
    "the",
    "export",
    "flow",
    "and",
    "when",
    "legal",
    "can",
    "look",
    "at",
    "the",
    "annual",
    "terms",
    "before",
    "anybody",
    "publishes",
    "the",
    "page",
]


def measure_transcript() -> list[Figure]:
    """Makes a five-hour meeting in this (throw-away) database and asks for its page as a browser would, without the network."""
    user = make_user()
    meeting = make_long_meeting(user)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    page_url = reverse("meeting", args=[meeting.pk])
    figures = []
    for name, url, headers in (
        ("meeting page", page_url, {}),
        ("transcript alone", reverse("meeting_transcript", args=[meeting.pk]), {"HX-Request": "true"}),
    ):
        body = _get(client, url, headers)
        timing = time_call(lambda url=url, headers=headers: _get(client, url, headers))
        figures += [
            Figure(f"{name}, fastest", timing.fastest_ms, "ms", RENDER_LIMIT_MS),
            Figure(f"{name}, median", timing.median_ms, "ms", RENDER_LIMIT_MS),
            Figure(f"{name}, size", len(body) / 1024, "KiB"),
            Figure(f"{name}, gzipped", len(gzip.compress(body, 6)) / 1024, "KiB"),
        ]
    return [*figures, *_measure_edit(client, meeting)]


def _get(client: Client, url: str, headers: dict[str, str]) -> bytes:
    response = client.get(url, headers=headers)
    if response.status_code != 200:
        raise RuntimeError(f"the page answered {response.status_code}")
    return response.getvalue()


def _measure_edit(client: Client, meeting: Meeting) -> list[Figure]:
    """Another segment from the middle and another text each time."""
    ids = iter(meeting.segments.in_order().values_list("pk", flat=True)[SEGMENTS // 2 :])
    count = iter(range(SEGMENTS))

    def edit() -> None:
        url = reverse("edit_segment", args=[next(ids)])
        data = {"text": f"We decided that in edit number {next(count)}."}
        response = client.post(url, data, headers={"HX-Request": "true"})
        if response.status_code >= 400:
            raise RuntimeError(f"the edit was answered {response.status_code}")

    timing = time_call(edit, runs=20)
    return [
        Figure("edit of a segment, fastest", timing.fastest_ms, "ms", EDIT_LIMIT_MS),
        Figure("edit of a segment, median", timing.median_ms, "ms", EDIT_LIMIT_MS),
        Figure("edit of a segment, slowest of 20", timing.slowest_ms, "ms", EDIT_LIMIT_MS),
    ]


def make_long_meeting(user: User, *, segments: int = SEGMENTS) -> Meeting:
    """`segments` segments with word times, six speakers, every step done; the same words each time."""
    meeting = Meeting.objects.create(
        owner=user, title="A long day", held_on=dt.date(2026, 11, 16), language="en"
    )
    duration_ms = segments * SEGMENT_MS
    Recording.objects.create(meeting=meeting, duration_ms=duration_ms)
    speakers = [Speaker.objects.create(meeting=meeting, label=f"S{i + 1}", colour=i) for i in range(SPEAKERS)]
    chance = random.Random(5_000)  # noqa: S311 - repeatable, not secret
    Segment.objects.bulk_create(
        (_build_segment(meeting, chance.choice(speakers), number, chance) for number in range(segments)),
        batch_size=500,
    )
    Job.objects.bulk_create(
        Job(meeting=meeting, step=step, state=Job.State.DONE, done_ms=duration_ms, total_ms=duration_ms)
        for step in Job.Step.of_uploads()
    )
    return meeting


def _build_segment(meeting: Meeting, speaker: Speaker, number: int, chance: random.Random) -> Segment:
    words = chance.choices(_WORDS, k=chance.randint(4, 16))
    start_ms, step = number * SEGMENT_MS, 3_400 / len(words)
    timed = [
        {"s": round(start_ms + step * i), "e": round(start_ms + step * (i + 1)), "w": word, "p": 0.9}
        for i, word in enumerate(words)
    ]
    return Segment(
        meeting=meeting,
        speaker=speaker,
        start_ms=start_ms,
        end_ms=start_ms + 3_400,
        text=" ".join(words),
        words=timed,
        confidence=0.9,
    )
