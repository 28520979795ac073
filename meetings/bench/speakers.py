"""A long meeting whose speakers are put right: how long a person waits until everything on the page is true again."""

from django.test import Client
from django.urls import reverse

from meetings.models import Meeting, SpeakerChange

from .clock import time_call
from .figures import Figure
from .transcript import make_long_meeting
from .web import make_user

LIMIT_MS = 200
HTMX = {"HX-Request": "true"}
# What the page asks for after a change.
FRAGMENTS = ("meeting_voices", "meeting_head", "meeting_notes", "meeting_axis", "meeting_talk")


def measure_speakers() -> list[Figure]:
    """Each change with all that the page asks for after it, 5,000 segments, without the network."""
    user = make_user()
    meeting = make_long_meeting(user)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    names = iter(range(1000))
    figures = []

    def rename() -> None:
        speaker = meeting.speakers.first()
        data = {"name": f"Name {next(names)}", "seen": speaker.name}
        _post(client, reverse("speaker", args=[speaker.pk]), data)

    def rename_all() -> None:
        rename()
        _look_again(client, meeting)

    def merge_and_undo() -> None:
        first, second = meeting.speakers.all()[:2]
        _post(client, reverse("merge_speaker", args=[second.pk]), {"into": first.pk})
        change = SpeakerChange.objects.filter(meeting=meeting).first()
        _post(client, reverse("undo_speaker_change", args=[change.pk]), {})

    for name, call, limit in (
        ("rename, the answer", rename, LIMIT_MS),
        ("rename, everything updated", rename_all, LIMIT_MS),
        ("merge of two voices and its undo", merge_and_undo, None),
    ):
        timing = time_call(call, runs=20)
        figures.append(Figure(f"{name}, fastest", timing.fastest_ms, "ms", limit))
        figures.append(Figure(f"{name}, median", timing.median_ms, "ms", limit))
    return figures


def _post(client: Client, url: str, data: dict) -> None:
    response = client.post(url, data, headers=HTMX)
    if response.status_code != 204:
        raise RuntimeError(f"the change was answered {response.status_code}")


def _look_again(client: Client, meeting: Meeting) -> None:
    for name in FRAGMENTS:
        response = client.get(reverse(name, args=[meeting.pk]), headers=HTMX)
        if response.status_code != 200:
            raise RuntimeError(f"{name} was answered {response.status_code}")
