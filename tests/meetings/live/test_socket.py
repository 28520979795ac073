"""The socket through the product's own ASGI application: who may, what is refused, what is acknowledged."""

import asyncio
import json
import os
import uuid

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers

from meetings import storage
from meetings.live import flushing, takes
from meetings.live import socket as live_socket
from meetings.live.protocol import FRAME_BYTES, make_message
from meetings.live.writer import HEADER_BYTES, count_frames, take_path
from meetings.models import MeetingMember, OwnNote, Recording, Take
from tests import factories
from tests.meetings.asgi_browser import AsgiBrowser, AsgiSocket, close_connections

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def closed_connections():
    yield
    await close_connections()


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends = {}
    yield
    channel_layers.backends = {}


@pytest.fixture
def take(owner, colleague, reader):
    take = takes.create_take(owner, title="Standup")
    factories.add_member(take.meeting, colleague, level=MeetingMember.Level.EDIT)
    factories.add_member(take.meeting, reader)
    yield take
    take_path(take).unlink(missing_ok=True)


def hello(take, **changes) -> str:
    return json.dumps({"type": "hello", "version": 1, "key": take.key, "session": "tab-number-1"} | changes)


class RecorderSocket(AsgiSocket):
    """Does not listen to what is said about captions; that is tried in test_captions.py."""

    async def receive(self) -> dict:
        while (message := await super().receive())["type"] == "captions":
            pass
        return message

    async def receive_close(self) -> int:
        message = await self._communicator.receive_output(10)
        while message["type"] == "websocket.send":
            message = await self._communicator.receive_output(10)
        return message["code"]


async def connect(take, user, *, origin="http://localhost", greet=True, **changes) -> AsgiSocket:
    browser = await AsgiBrowser.logged_in(user, origin=origin) if user else AsgiBrowser(origin=origin)
    socket = await RecorderSocket(browser, f"/ws/live/{take.pk}/").open()
    if greet:
        await socket.send(text=hello(take, **changes))
    return socket


async def refusal(socket) -> tuple[int, str]:
    message = await socket.receive()
    while message["type"] == "ack":
        message = await socket.receive()
    assert message["type"] == "error" and message["message"].endswith(".")
    return await socket.receive_close(), message["code"]


async def wait_for_ack(socket, upto: int) -> None:
    while (message := await socket.receive())["next"] < upto:
        assert message["type"] == "ack"


def noise(count: int) -> bytes:
    return os.urandom(FRAME_BYTES * count)


async def test_what_is_acknowledged_is_in_the_file(take, owner):
    socket = await connect(take, owner)
    assert await socket.receive() == {
        "type": "welcome", "version": 1, "next": 0, "channels": 1, "frame_ms": 20,
    }  # fmt: skip
    data = noise(12)
    await socket.send(bytes=make_message(0, data[: 5 * FRAME_BYTES]))
    await socket.send(bytes=make_message(5, data[5 * FRAME_BYTES :]))
    await wait_for_ack(socket, 12)
    assert take_path(take).read_bytes()[HEADER_BYTES:] == data
    await socket.leave()


async def test_what_came_before_the_break_is_kept_and_the_rest_follows(take, owner):
    data = noise(9)
    socket = await connect(take, owner)
    await socket.receive()
    await socket.send(bytes=make_message(0, data[: 4 * FRAME_BYTES]))
    await socket.leave()
    socket = await connect(take, owner, session="tab-number-2")
    assert (await socket.receive())["next"] == 4
    # As a browser does that never heard of the acknowledgement: from the start again.
    await socket.send(bytes=make_message(0, data))
    await wait_for_ack(socket, 9)
    await socket.leave()
    assert take_path(take).read_bytes()[HEADER_BYTES:] == data


async def test_stop_waits_for_the_last_byte_and_makes_the_recording(take, owner):
    data = noise(50)
    socket = await connect(take, owner)
    await socket.receive()
    await socket.send(bytes=make_message(0, data))
    await socket.send(text=json.dumps({"type": "stop", "frames": 50}))
    while (message := await socket.receive())["type"] == "ack":
        pass
    assert message == {"type": "stopped", "meeting": f"/meetings/{take.meeting_id}/"}
    assert await socket.receive_close() == 1000
    recording = await Recording.objects.aget(meeting=take.meeting_id)

    def read() -> bytes:
        with storage.local_path(recording.original_key) as path:
            return path.read_bytes()[HEADER_BYTES:]

    assert await sync_to_async(read)() == data
    socket = await connect(take, owner)
    assert await refusal(socket) == (4410, "live_closed")


async def test_stop_before_everything_came_is_a_gap(take, owner):
    socket = await connect(take, owner)
    await socket.receive()
    await socket.send(bytes=make_message(0, noise(3)))
    await socket.send(text=json.dumps({"type": "stop", "frames": 4}))
    assert await refusal(socket) == (4416, "live_gap")
    assert (await Take.objects.aget()).is_recording and count_frames(take) == 3


async def test_notes_are_kept_once(take, owner):
    socket = await connect(take, owner)
    await socket.receive()
    number = str(uuid.uuid4())
    line = {"type": "note", "id": number, "kind": "note", "at_ms": 900, "text": "<b>who</b> pays?"}
    for _ in range(2):
        await socket.send(text=json.dumps(line))
        assert await socket.receive() == {"type": "noted", "id": number}
    assert (await OwnNote.objects.aget()).text == "<b>who</b> pays?"
    await socket.leave()


@pytest.mark.parametrize(
    ("who", "code", "name"),
    [
        ("colleague", 4403, "live_not_yours"),
        ("reader", 4403, "live_not_yours"),
        ("stranger", 4404, "live_gone"),
        (None, 4401, "live_login"),
    ],
)
async def test_others(take, request, who, code, name):
    user = await sync_to_async(request.getfixturevalue)(who) if who else None
    assert await refusal(await connect(take, user, greet=False)) == (code, name)


async def test_an_owner_who_lost_the_right_is_a_stranger(take, owner, stranger):
    await Take.objects.filter(pk=take.pk).aupdate(user=stranger)
    assert await refusal(await connect(take, stranger, greet=False)) == (4404, "live_gone")


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:9999"])
async def test_another_site(take, owner, origin):
    assert await refusal(await connect(take, owner, origin=origin, greet=False)) == (4403, "live_origin")


async def test_no_such_take(take, owner):
    take.pk = uuid.uuid4()
    assert await refusal(await connect(take, owner, greet=False)) == (4404, "live_gone")


async def test_another_browser_and_another_version(take, owner):
    socket = await connect(take, owner, key="guess")
    assert await refusal(socket) == (4403, "live_other_browser")
    assert await refusal(await connect(take, owner, version=2)) == (4406, "live_version")


@pytest.mark.parametrize(
    "message",
    [{"text": "{not json"}, {"text": '{"type":"pause"}'}, {"bytes": b"\0\0\0\0"}, {"text": "1" * 9000}],
)
async def test_anything_before_hello(take, owner, message):
    socket = await connect(take, owner, greet=False)
    await socket.send(**message)
    assert await refusal(socket) == (4400, "live_bad_message")


@pytest.mark.parametrize(
    ("message", "code", "name"),
    [
        ({"text": "{not json"}, 4400, "live_bad_message"),
        ({"text": "AAAA"}, 4400, "live_bad_message"),
        ({"bytes": b""}, 4400, "live_bad_frame"),
        ({"bytes": bytes(4 + 639)}, 4400, "live_bad_frame"),
        ({"bytes": bytes(4 + 640 * 51)}, 4400, "live_bad_frame"),
        ({"bytes": make_message(7, bytes(640))}, 4416, "live_gap"),
    ],
)
async def test_bad_input_takes_nothing_away(take, owner, message, code, name):
    socket = await connect(take, owner)
    await socket.receive()
    data = noise(2)
    await socket.send(bytes=make_message(0, data))
    await socket.send(**message)
    assert await refusal(socket) == (code, name)
    assert take_path(take).read_bytes()[HEADER_BYTES:] == data


async def test_much_faster_than_speech(take, owner):
    socket = await connect(take, owner)
    await socket.receive()
    for second in range(60):
        await socket.send(bytes=make_message(second * 50, bytes(FRAME_BYTES * 50)))
    assert await refusal(socket) == (4429, "live_too_fast")
    assert 1500 <= count_frames(take) < 3000


async def test_a_second_tab_is_told_and_the_first_goes_on(take, owner):
    first = await connect(take, owner)
    await first.receive()
    second = await connect(take, owner, session="tab-number-2")
    assert await refusal(second) == (4423, "live_in_use")
    await first.send(bytes=make_message(0, noise(1)))
    await wait_for_ack(first, 1)
    await first.leave()


async def test_the_same_page_takes_over_from_its_own_dead_connection(take, owner):
    old = await connect(take, owner)
    await old.receive()
    data = noise(3)
    await old.send(bytes=make_message(0, data))
    new = await connect(take, owner)
    assert (await new.receive())["next"] in (0, 3)
    await new.send(bytes=make_message(0, data))
    assert (await refusal(old))[1] == "live_in_use"
    await new.send(text=json.dumps({"type": "stop", "frames": 3}))
    while (await new.receive())["type"] != "stopped":
        pass


async def test_the_disk_is_full_and_freed(take, owner, settings):
    socket = await connect(take, owner)
    await socket.receive()
    data = noise(6)
    await socket.send(bytes=make_message(0, data[: 2 * FRAME_BYTES]))
    await wait_for_ack(socket, 2)
    room, settings.MIN_FREE_BYTES = settings.MIN_FREE_BYTES, 2**62
    await socket.send(bytes=make_message(2, data[2 * FRAME_BYTES : 4 * FRAME_BYTES]))
    await socket.send(bytes=make_message(4, data[4 * FRAME_BYTES :]))
    assert await refusal(socket) == (4507, "disk_full")
    settings.MIN_FREE_BYTES = room
    assert count_frames(take) == 2
    socket = await connect(take, owner)
    assert (await socket.receive())["next"] == 2
    await socket.send(bytes=make_message(2, data[2 * FRAME_BYTES :]))
    await wait_for_ack(socket, 6)
    await socket.leave()
    assert take_path(take).read_bytes()[HEADER_BYTES:] == data


async def test_a_slow_disk_holds_the_sender_and_keeps_the_order(take, owner, monkeypatch):
    monkeypatch.setattr(flushing, "MAX_PENDING_BYTES", FRAME_BYTES)
    socket = await connect(take, owner)
    await socket.receive()
    data = noise(40)
    for first in range(0, 40, 4):
        await socket.send(bytes=make_message(first, data[first * FRAME_BYTES : (first + 4) * FRAME_BYTES]))
    await wait_for_ack(socket, 40)
    await socket.leave()
    assert take_path(take).read_bytes()[HEADER_BYTES:] == data


async def test_stopped_from_elsewhere(take, owner, monkeypatch):
    monkeypatch.setattr(live_socket, "BEAT_EVERY_S", 0.05)
    socket = await connect(take, owner)
    await socket.receive()
    await socket.send(bytes=make_message(0, noise(2)))
    await wait_for_ack(socket, 2)
    await sync_to_async(take.mark_stopping)()
    assert await refusal(socket) == (4410, "live_closed")
    assert await sync_to_async(takes.close_abandoned_takes)() == 1
    assert (await Recording.objects.aget()).size_bytes == HEADER_BYTES + 2 * FRAME_BYTES


async def test_the_row_follows(take, owner, monkeypatch):
    monkeypatch.setattr(live_socket, "BEAT_EVERY_S", 0.05)
    socket = await connect(take, owner)
    await socket.receive()
    await socket.send(bytes=make_message(0, noise(2)))
    await wait_for_ack(socket, 2)
    await asyncio.sleep(0.3)
    assert (await Take.objects.aget()).stored_frames == 2
    await socket.leave()
