import uuid

import pytest
from django.core.files.storage import default_storage
from django.test import AsyncClient

from meetings.views.files import parse_range
from tests.meetings.asgi_browser import close_connections

NAMES = ["media", "original", "peaks.json"]


def url(meeting, name):
    return f"/meetings/{meeting.pk}/{name}" + ("" if name.endswith("json") else "/")


def stored(meeting, name):
    recording = meeting.recording
    keys = {
        "media": recording.playback_key,
        "original": recording.original_key,
        "peaks.json": recording.peaks_key,
    }
    return default_storage.open(keys[name]).read()


@pytest.mark.parametrize("name", NAMES)
def test_works_for_all_who_may_see_it(meeting_files, client_of, owner, colleague, reader, name):
    for person in (owner, colleague, reader):
        response = client_of(person).get(url(meeting_files, name))
        assert response.status_code == 200 and response.getvalue() == stored(meeting_files, name)
        assert response["Accept-Ranges"] == "bytes" and "private" in response["Cache-Control"]


def test_types(meeting_files, client_of, owner):
    client = client_of(owner)
    assert client.get(url(meeting_files, "media"))["Content-Type"] == "audio/mp4"
    assert client.get(url(meeting_files, "peaks.json"))["Content-Type"] == "application/json"
    original = client.get(url(meeting_files, "original"))
    assert original["Content-Type"] == "application/octet-stream"
    assert original["X-Content-Type-Options"] == "nosniff"
    assert original["Content-Disposition"] == 'attachment; filename="launch.wav"'


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x.mp3", 'filename="x.mp3"'),
        ("C:\\a\\b.wav", 'filename="b.wav"'),
        ('a"b.mp3', 'filename="a\\"b.mp3"'),
        ("🎙.ogg", "filename*=utf-8''%F0%9F%8E%99.ogg"),
        ("..", 'filename="recording"'),
        ("", 'filename="recording"'),
    ],
)
def test_names_of_downloads(meeting_files, client_of, owner, given, shown):
    meeting_files.recording.original_name = given
    meeting_files.recording.save()
    response = client_of(owner).get(url(meeting_files, "original"))
    assert response["Content-Disposition"] == f"attachment; {shown}"


def test_a_range(meeting_files, client_of, owner):
    whole = stored(meeting_files, "media")
    response = client_of(owner).get(url(meeting_files, "media"), headers={"Range": "bytes=100-199"})
    assert response.status_code == 206 and response.getvalue() == whole[100:200]
    assert response["Content-Range"] == f"bytes 100-199/{len(whole)}" and response["Content-Length"] == "100"


def test_a_range_that_is_not_there(meeting_files, client_of, owner):
    size = len(stored(meeting_files, "media"))
    response = client_of(owner).get(url(meeting_files, "media"), headers={"Range": f"bytes={size}-"})
    assert response.status_code == 416 and response["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=5-500", (5, 10)),
        ("bytes=10-", None),
        ("bytes=-0", None),
        ("bytes=6-5", None),
        ("bytes=0-1,3-4", (0, 10)),
        ("bytes=-", (0, 10)),
        ("lines=1-2", (0, 10)),
        ("bytes=a-b", (0, 10)),
        ("bytes=" + "9" * 40 + "-", (0, 10)),
    ],
)
def test_parse_range(header, expected):
    assert parse_range(header, size=10) == expected


def test_head_has_no_body(meeting_files, client_of, owner):
    response = client_of(owner).head(url(meeting_files, "media"))
    assert response.status_code == 200 and int(response["Content-Length"]) == len(
        stored(meeting_files, "media")
    )


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_streams(meeting_files, owner):
    client = AsyncClient()
    await client.aforce_login(owner)
    response = await client.get(url(meeting_files, "media"), headers={"range": "bytes=10-19"})
    assert (
        response.is_async
        and b"".join([piece async for piece in response]) == stored(meeting_files, "media")[10:20]
    )
    await close_connections()


@pytest.mark.parametrize("name", NAMES)
def test_stranger_and_anonymous(meeting_files, client_of, stranger, anonymous, name):
    assert client_of(stranger).get(url(meeting_files, name)).status_code == 404
    response = anonymous.get(url(meeting_files, name))
    assert response.status_code == 302 and "login" in response["Location"]


@pytest.mark.parametrize("name", NAMES)
def test_wrong_method(meeting_files, client_of, owner, name):
    assert client_of(owner).post(url(meeting_files, name)).status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_yet(meeting, client_of, owner, name):
    client = client_of(owner)
    assert client.get(url(meeting, name)).status_code == 404
    meeting.recording.delete()
    assert client.get(url(meeting, name)).status_code == 404
    assert client.get(f"/meetings/{uuid.uuid4()}/media/").status_code == 404
