"""Sockets through the product's own ASGI application, with a channel layer in memory; with the real Redis at the end."""

import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers

from meetings import consumers, hints
from meetings.hints import send_hint
from meetings.models import Meeting
from tests.meetings.asgi_browser import AsgiBrowser, AsgiSocket, close_connections

pytestmark = pytest.mark.django_db(transaction=True)


def use_layer(settings, config):
    settings.CHANNEL_LAYERS = {"default": config}
    channel_layers.backends = {}
    hints._state["layer_away"] = consumers._layer["is_away"] = False


@pytest.fixture(autouse=True)
async def closed_connections():
    yield
    await close_connections()


@pytest.fixture(autouse=True)
def layer(settings):
    use_layer(settings, {"BACKEND": "channels.layers.InMemoryChannelLayer"})
    yield
    channel_layers.backends = {}


async def open_socket(path, *, user=None, origin="http://localhost"):
    browser = await AsgiBrowser.logged_in(user, origin=origin) if user else AsgiBrowser(origin=origin)
    return await AsgiSocket(browser, path).open()


hint = sync_to_async(send_hint)


async def test_pages_hear_of_their_meeting(meeting, owner, colleague, reader):
    sockets = [
        await open_socket(f"/ws/meetings/{meeting.pk}/", user=user) for user in (owner, colleague, reader)
    ]
    await hint(meeting, "segments", "jobs")
    for socket in sockets:
        assert await socket.receive() == {"type": "changed", "what": ["segments", "jobs"]}
        await socket.leave()


async def test_home_pages_hear_of_every_meeting_one_may_see(meeting, owner, reader, stranger):
    mine, theirs, not_theirs = [
        await open_socket("/ws/home/", user=user) for user in (owner, reader, stranger)
    ]
    await hint(meeting, "jobs")
    for socket in (mine, theirs):
        expected = {"type": "changed", "what": ["meetings"], "meeting": str(meeting.pk)}
        assert await socket.receive() == expected
    assert await not_theirs.hears_nothing()
    for socket in (mine, theirs, not_theirs):
        await socket.leave()


async def test_a_hint_about_another_meeting_is_not_heard(meeting, owner):
    other = await sync_to_async(Meeting.objects.create)(owner=owner, title="x", held_on=meeting.held_on)
    socket = await open_socket(f"/ws/meetings/{meeting.pk}/", user=owner)
    await hint(other, "jobs")
    assert await socket.hears_nothing()
    await socket.leave()


async def test_stranger(meeting, stranger):
    socket = await open_socket(f"/ws/meetings/{meeting.pk}/", user=stranger)
    assert await socket.receive_close() == 4404


async def test_no_such_meeting_and_no_such_address(owner):
    for path in (f"/ws/meetings/{uuid.uuid4()}/", "/ws/other/"):
        socket = await open_socket(path, user=owner)
        assert await socket.receive_close() == 4404


@pytest.mark.parametrize("path", ["/ws/home/", "/ws/meetings/{}/", "/ws/other/"])
async def test_anonymous(meeting, path):
    socket = await open_socket(path.format(meeting.pk))
    assert await socket.receive_close() == 4401


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:9999"])
@pytest.mark.parametrize("path", ["/ws/home/", "/ws/meetings/{}/"])
async def test_another_site(meeting, owner, path, origin):
    socket = await open_socket(path.format(meeting.pk), user=owner, origin=origin)
    assert await socket.receive_close() == 4403


async def test_what_a_page_says_is_not_read(meeting, owner):
    socket = await open_socket(f"/ws/meetings/{meeting.pk}/", user=owner)
    await socket.send(text="{not json")
    await socket.send(bytes=b"\xff")
    await hint(meeting, "notes")
    assert (await socket.receive())["what"] == ["notes"]
    await socket.leave()


def test_an_unknown_part_is_a_mistake(meeting):
    with pytest.raises(ValueError, match="wallpaper"):
        send_hint(meeting, "wallpaper")


def test_without_redis_it_is_said_once(meeting, settings, caplog, tmp_path):
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    use_layer(settings, {"BACKEND": backend, "CONFIG": {"hosts": [f"unix://{tmp_path}/none.sock"]}})
    send_hint(meeting, "jobs")
    send_hint(meeting, "jobs")
    assert caplog.text.count("channel layer is away") == 1


async def test_without_redis_a_page_is_told_to_try_again(meeting, owner, settings, caplog, tmp_path):
    """One line in the log until it is back, not a fault of ours for every page that is open."""
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    use_layer(settings, {"BACKEND": backend, "CONFIG": {"hosts": [f"unix://{tmp_path}/none.sock"]}})
    browser = await AsgiBrowser.logged_in(owner)
    for _ in range(2):
        assert await AsgiSocket(browser, f"/ws/meetings/{meeting.pk}/").try_to_open() == 1013
    assert caplog.text.count("channel layer is away") == 1


@pytest.mark.redis
async def test_through_the_real_redis(meeting, owner, settings, redis_url):
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    use_layer(settings, {"BACKEND": backend, "CONFIG": {"hosts": [redis_url]}})
    socket = await open_socket(f"/ws/meetings/{meeting.pk}/", user=owner)
    await hint(meeting, "speakers")
    assert json.dumps(await socket.receive()) == '{"type": "changed", "what": ["speakers"]}'
    await socket.leave()
