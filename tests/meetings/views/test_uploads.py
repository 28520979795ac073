"""tus through the real ASGI application: every request a browser, a second tab, a bad network or a stranger can send."""

import asyncio
import base64
import functools
import hashlib
import json
import uuid

import pytest
from asgiref.sync import sync_to_async

from meetings import storage, tus, uploads
from meetings.models import Job, Meeting, Upload
from meetings.pipeline import steps
from tests.meetings.asgi_browser import AsgiBrowser, close_connections

pytestmark = pytest.mark.django_db(transaction=True)

BODY = bytes(range(256)) * 40
SIZE = len(BODY)
PATCH = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture(autouse=True)
async def closed_connections():
    yield
    await close_connections()


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Numbers of the jobs that went to the queue; there is no Redis here."""
    numbers = []
    monkeypatch.setattr(
        uploads, "start_pipeline", functools.partial(steps.start_pipeline, send=numbers.append)
    )
    return numbers


@pytest.fixture
async def browser(owner):
    return await AsgiBrowser.logged_in(owner)


def encode_metadata(**values):
    return ", ".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


async def create(browser, *, size=SIZE, **metadata):
    answer = await browser.request(
        "POST",
        "/uploads/",
        headers={"Upload-Length": str(size), "Upload-Metadata": encode_metadata(**metadata)},
    )
    assert answer.status == 201, answer
    return answer.headers["location"]


async def patch(browser, location, *pieces, offset=0, **kwargs):
    headers = PATCH | {"Upload-Offset": str(offset)} | kwargs.pop("headers", {})
    return await browser.request("PATCH", location, headers=headers, pieces=list(pieces) or [b""], **kwargs)


async def head(browser, location):
    return await browser.request("HEAD", location)


def code_of(answer):
    return json.loads(answer.body)["error"]["code"]


@sync_to_async
def only(model):
    return model.objects.get()


async def test_works(browser, sent, owner):
    location = await create(browser, filename="Weekly – 12.5.ogg", language="de", held_on="2026-05-12")
    answer = await patch(browser, location, BODY[:1000], BODY[1000:7000], BODY[7000:])
    assert (answer.status, answer.headers["upload-offset"]) == (204, str(len(BODY)))
    meeting = await sync_to_async(Meeting.objects.select_related("recording").get)()
    assert answer.headers["x-meeting"] == f"/meetings/{meeting.pk}/"
    assert (meeting.title, meeting.language, str(meeting.held_on)) == ("Weekly – 12.5", "de", "2026-05-12")
    assert meeting.owner_id == owner.pk and meeting.recording.size_bytes == len(BODY)
    with storage.local_path(meeting.recording.original_key) as path:
        assert path.read_bytes() == BODY
    states = await sync_to_async(lambda: dict(Job.objects.values_list("step", "state")))()
    assert states.pop("ingest") == "queued" and set(states.values()) == {"waiting"}
    assert sent == [(await sync_to_async(Job.objects.get)(step="ingest")).pk]
    again = await head(browser, location)
    assert again.headers["x-meeting"] == answer.headers["x-meeting"]
    assert (again.headers["upload-offset"], again.headers["upload-length"]) == (str(len(BODY)),) * 2


async def test_options_tell_what_is_spoken(browser, settings):
    answer = await browser.request("OPTIONS", "/uploads/")
    assert answer.status == 204 and answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(settings.MAX_UPLOAD_BYTES)
    assert {"creation", "termination", "checksum"} <= set(answer.headers["tus-extension"].split(","))


async def test_what_came_before_the_line_broke_is_kept(browser):
    location = await create(browser)
    assert await patch(browser, location, BODY[:3000], breaks_off=True) is None
    answer = await head(browser, location)
    assert answer.headers["upload-offset"] == "3000" and "x-meeting" not in answer.headers
    assert (await patch(browser, location, BODY[3000:], offset=3000)).status == 204
    assert await sync_to_async(Meeting.objects.count)() == 1


async def test_another_offset_is_a_conflict_that_says_the_right_one(browser):
    location = await create(browser)
    await patch(browser, location, BODY[:3000], breaks_off=True)
    for offset in (0, 2999, 3001):
        answer = await patch(browser, location, BODY[:10], offset=offset)
        assert (answer.status, answer.headers["upload-offset"]) == (409, "3000")
    assert (await head(browser, location)).headers["upload-offset"] == "3000"


async def test_after_the_end_a_patch_is_a_conflict(browser):
    location = await create(browser)
    await patch(browser, location, BODY)
    answer = await patch(browser, location, BODY)
    assert (answer.status, answer.headers["upload-offset"]) == (409, str(len(BODY)))
    assert await sync_to_async(Meeting.objects.count)() == 1


async def test_two_tabs_send_at_once(browser):
    location = await create(browser)
    hold, holding = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(
        patch(browser, location, BODY[: 2 * 1024], BODY[2 * 1024 :], hold=hold, holding=holding)
    )
    await holding.wait()
    second = await patch(browser, location, BODY)
    assert (second.status, code_of(second)) == (423, "upload_locked")
    deleted = await browser.request("DELETE", location)
    assert deleted.status == 423
    hold.set()
    assert (await first).status == 204
    with storage.local_path(
        (await sync_to_async(Meeting.objects.select_related("recording").get)()).recording.original_key
    ) as path:
        assert path.read_bytes() == BODY


async def test_a_dead_connection_gives_its_lock_back(browser, monkeypatch):
    monkeypatch.setattr(tus, "SILENCE_S", 0.1)
    location = await create(browser)
    answer = await patch(
        browser, location, BODY[:100], BODY[100:], hold=asyncio.Event(), holding=asyncio.Event()
    )
    assert (answer.status, code_of(answer), answer.headers["upload-offset"]) == (408, "upload_silent", "100")
    assert (await patch(browser, location, BODY[100:], offset=100)).status == 204


async def test_checksum(browser):
    location = await create(browser)

    def header(data):
        return {
            "Upload-Checksum": "sha1 "
            + base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
        }

    wrong = await patch(browser, location, BODY[:100], headers=header(b"other"))
    assert (wrong.status, wrong.headers["upload-offset"]) == (460, "0")
    broken = await patch(browser, location, BODY[:50], headers=header(BODY[:100]), breaks_off=True)
    assert broken is None and (await head(browser, location)).headers["upload-offset"] == "0"
    assert (await patch(browser, location, BODY[:100], headers=header(BODY[:100]))).status == 204
    unknown = await patch(browser, location, b"x", offset=100, headers={"Upload-Checksum": "crc32 AAAA"})
    assert unknown.status == 400


async def test_more_bytes_than_announced(browser):
    location = await create(browser, size=1000)
    early = await patch(browser, location, BODY, headers={"Content-Length": str(len(BODY))})
    late = await patch(browser, location, BODY[:600], BODY[600:])
    assert (early.status, late.status, code_of(late)) == (413, 413, "upload_too_large")
    assert await sync_to_async(Meeting.objects.count)() == 0


async def test_size_limit(browser, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    answer = await browser.request("POST", "/uploads/", headers={"Upload-Length": "1001"})
    assert (answer.status, code_of(answer)) == (413, "upload_too_large")


async def test_empty_file(browser):
    answer = await browser.request("POST", "/uploads/", headers={"Upload-Length": "0"})
    assert (answer.status, code_of(answer)) == (400, "empty_file")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Length": "-1"},
        {"Upload-Length": "ten"},
        {"Upload-Length": "9" * 30},
        {"Upload-Defer-Length": "1"},
        {"Upload-Length": "5", "Upload-Metadata": "filename %%%"},
        {"Upload-Length": "5", "Upload-Metadata": "held_on " + base64.b64encode(b"yesterday").decode()},
    ],
)
async def test_bad_input(browser, headers):
    answer = await browser.request("POST", "/uploads/", headers=headers)
    assert answer.status == 400 and code_of(answer) == "bad_upload"
    assert await sync_to_async(Upload.objects.count)() == 0


async def test_bad_patches(browser):
    location = await create(browser)
    assert (await browser.request("PATCH", location, headers=PATCH, pieces=[b"x"])).status == 400
    other = {"Content-Type": "text/plain", "Upload-Offset": "0"}
    assert (await browser.request("PATCH", location, headers=other, pieces=[b"x"])).status == 400
    assert (await head(browser, location)).headers["upload-offset"] == "0"


async def test_disk_full_on_creation(browser, settings):
    settings.MIN_FREE_BYTES = 2**62
    answer = await browser.request("POST", "/uploads/", headers={"Upload-Length": "5"})
    assert (answer.status, code_of(answer)) == (507, "disk_full")


async def test_disk_full_in_the_middle_keeps_what_came(browser, monkeypatch):
    monkeypatch.setattr(tus, "PIECE_BYTES", 1000)
    location = await create(browser)
    room = iter([10**12, 10**12])
    with monkeypatch.context() as patched:
        patched.setattr(storage, "free_bytes", lambda: next(room, 0))
        answer = await patch(browser, location, *(BODY[i : i + 1000] for i in range(0, len(BODY), 1000)))
    assert (answer.status, code_of(answer), answer.headers["upload-offset"]) == (507, "disk_full", "2000")
    assert (await head(browser, location)).headers["upload-offset"] == "2000"
    assert (await patch(browser, location, BODY[2000:], offset=2000)).status == 204


async def test_delete(browser):
    location = await create(browser)
    await patch(browser, location, BODY[:100], breaks_off=True)
    path = uploads.part_path(await only(Upload))
    assert (await browser.request("DELETE", location)).status == 204
    assert not path.exists() and (await head(browser, location)).status == 404


async def test_a_finished_upload_is_a_meeting_and_stays(browser):
    location = await create(browser)
    await patch(browser, location, BODY)
    answer = await browser.request("DELETE", location)
    assert (answer.status, code_of(answer)) == (400, "upload_complete")


async def test_another_version_of_the_protocol(browser):
    answer = await browser.request("POST", "/uploads/", headers={"Tus-Resumable": "0.2.2"})
    assert (answer.status, answer.headers["tus-version"]) == (412, "1.0.0")


async def test_wrong_method(browser):
    location = await create(browser)
    for method, path in (("GET", location), ("POST", location), ("PATCH", "/uploads/"), ("GET", "/uploads/")):
        answer = await browser.request(method, path)
        assert answer.status == 405 and answer.headers["allow"], (method, path)


async def test_stranger_and_colleague_do_not_see_it(browser, stranger, colleague):
    location = await create(browser)
    for person in (stranger, colleague):
        other = await AsgiBrowser.logged_in(person)
        assert (await head(other, location)).status == 404
        assert (await patch(other, location, BODY)).status == 404
        assert (await other.request("DELETE", location)).status == 404
    assert (await head(browser, location)).headers["upload-offset"] == "0"
    assert (await head(browser, f"/uploads/{uuid.uuid4()}")).status == 404


async def test_anonymous(browser):
    location = await create(browser)
    nobody = AsgiBrowser()
    for method, path in (
        ("OPTIONS", "/uploads/"),
        ("POST", "/uploads/"),
        ("HEAD", location),
        ("PATCH", location),
        ("DELETE", location),
    ):
        assert (await nobody.request(method, path)).status == 401


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://localhost:9999", "https://localhost"]
)
async def test_another_site(owner, browser, origin):
    other = AsgiBrowser(browser.cookies, origin=origin)
    answer = await other.request("POST", "/uploads/", headers={"Upload-Length": "5"})
    assert (answer.status, code_of(answer)) == (403, "other_origin")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../etc/passwd", "passwd"),
        ('a"b<script>alert(1)</script>.mp3', "script>"),
        ("C:\\Users\\Ann\\weekly.wav", "weekly"),
        ("🎙️ retro \u202e.m4a", "🎙️ retro"),
        ("nul\0l.mp3", "null"),
        (".ogg", None),
        ("", None),
        ("x" * 400 + ".mp3", "x" * 200),
    ],
)
async def test_names_that_try(browser, name, title):
    location = await create(browser, size=5, filename=name)
    assert (await patch(browser, location, b"12345")).status == 204
    meeting = await sync_to_async(Meeting.objects.select_related("recording").get)()
    assert meeting.title == title if title else meeting.title.startswith("Recording of ")
    assert meeting.recording.original_key == f"meetings/{meeting.pk.hex}/original"


async def test_a_crash_between_the_file_and_the_rows(browser, monkeypatch):
    """All bytes are in the storage, no meeting yet: the next question finishes it, once."""
    location = await create(browser)
    with monkeypatch.context() as patched:
        patched.setattr(uploads, "start_pipeline", lambda meeting: 1 / 0)
        assert (await patch(browser, location, BODY)).status == 500
    assert await sync_to_async(Meeting.objects.count)() == 0
    answer = await head(browser, location)
    assert answer.headers["upload-offset"] == str(len(BODY)) and "x-meeting" in answer.headers
    assert await sync_to_async(Meeting.objects.count)() == 1


async def test_a_crash_before_the_row_follows_the_file(browser):
    location = await create(browser)
    uploads.part_path(await only(Upload)).write_bytes(BODY[:5000])
    assert (await head(browser, location)).headers["upload-offset"] == "5000"
    assert (await patch(browser, location, BODY[5000:], offset=5000)).status == 204


async def test_stale_uploads_are_deleted_and_others_are_not(browser, owner):
    old, new = await create(browser), await create(browser)
    stale = await sync_to_async(Upload.objects.get)(pk=old.rsplit("/", 1)[-1])
    await sync_to_async(Upload.objects.filter(pk=stale.pk).update)(
        touched_at=stale.touched_at.replace(year=2020)
    )
    assert await sync_to_async(uploads.delete_stale_uploads)() == 1
    assert not uploads.part_path(stale).exists()
    assert (await head(browser, old)).status == 404 and (await head(browser, new)).status == 200


async def test_a_stale_upload_with_all_its_bytes_becomes_its_meeting(browser):
    await create(browser)
    upload = await only(Upload)
    uploads.part_path(upload).write_bytes(BODY)
    await sync_to_async(Upload.objects.update)(touched_at=upload.touched_at.replace(year=2020))
    assert await sync_to_async(uploads.delete_stale_uploads)() == 0
    assert (await only(Meeting)).pk == upload.pk


async def test_the_meeting_of_an_upload_was_deleted(browser):
    location = await create(browser)
    await patch(browser, location, BODY)
    await sync_to_async(Meeting.objects.all().delete)()
    answer = await head(browser, location)
    assert answer.status == 200 and "x-meeting" not in answer.headers


def test_titles(owner):
    upload = Upload(user=owner, size_bytes=1, original_name="a.b.c.mp3")
    assert uploads.make_title(upload) == "a.b.c"
    upload.title = "Given"
    assert uploads.make_title(upload) == "Given"
