"""Live recording against the real web process: whatever dies, what is stored is what was sent, sample by sample."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from meetings.live.client import LiveClient, LiveRefused, cut_frames
from meetings.live.protocol import FRAME_BYTES, FRAME_MS
from meetings.models import Job
from tests.live_web import LiveWeb
from tests.tiers import find_redis_server

SPEED = 4.0


@pytest.fixture
def web(tmp_path, free_port) -> Iterator[LiveWeb]:
    web = LiveWeb(tmp_path / "data", free_port)
    web.start()
    yield web
    web.kill()


def make_sound(*, seconds: int, channels: int = 1) -> bytes:
    """Noise: no two places are alike, so a piece that is lost, twice or elsewhere shows."""
    noise = np.random.default_rng(7).integers(-20_000, 20_000, size=seconds * 16_000 * channels)
    return noise.astype("<i2").tobytes()


def make_client(web: LiveWeb, *, port: int | None = None, channels: int = 1) -> LiveClient:
    take, key = web.make_take(channels=channels)
    host = f"127.0.0.1:{port or web.port}"
    headers = web.headers | {"Origin": f"http://{host}"}
    return LiveClient(f"ws://{host}/ws/live/{take}/", key=key, headers=headers)


async def reach(client: LiveClient, frames: int) -> None:
    async with asyncio.timeout(60):
        while client.acknowledged < frames:
            await asyncio.sleep(0.05)


def check(web: LiveWeb, sound: bytes) -> None:
    stored = web.read_recording()
    assert len(stored) == len(sound), f"{len(stored)} bytes stored, {len(sound)} sent"
    assert stored == sound
    assert web.rows("SELECT state FROM meetings_take") == [("done",)]
    assert web.rows("SELECT COUNT(*) FROM meetings_job") == [(len(Job.Step.of_uploads()),)]


@pytest.mark.parametrize("channels", [1, 2])
async def test_nothing_dies(web, channels):
    sound = make_sound(seconds=8, channels=channels)
    client = make_client(web, channels=channels)
    await client.record(cut_frames(sound, size_bytes=FRAME_BYTES * channels), speed=SPEED)
    assert client.connections == 1
    check(web, sound)


async def test_the_web_process_is_killed_again_and_again(web):
    sound = make_sound(seconds=30)
    client = make_client(web)
    recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=SPEED))
    for frames in (100, 500, 900):
        await reach(client, frames)
        web.kill()
        await asyncio.to_thread(web.start)
    await recording
    assert client.connections >= 4
    check(web, sound)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Network:
    """A proxy that can be cut: connections end, or hang without a word; or it answers by itself that it is all too much."""

    def __init__(self, target: int) -> None:
        self.target, self.is_cut, self.is_hung, self.is_refusing = target, False, False, False
        self.refused = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            return writer.close()
        if self.is_refusing:
            self.refused += 1
            writer.write(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return writer.close()
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers += [writer, back]
        await asyncio.gather(self.pass_on(reader, back), self.pass_on(there, writer))

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 14):
                # Half a message may have gone through before.
                if self.is_hung:
                    continue
                writer.write(data)
                await writer.drain()
            writer.close()

    def cut(self) -> None:
        self.is_cut = True
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


@contextlib.asynccontextmanager
async def make_network(web: LiveWeb) -> AsyncIterator[tuple[Network, int]]:
    network = Network(web.port)
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    try:
        yield network, server.sockets[0].getsockname()[1]
    finally:
        network.cut()
        server.close()


async def test_the_network_is_cut(web):
    sound = make_sound(seconds=30)
    async with make_network(web) as (network, port):
        client = make_client(web, port=port)
        recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=SPEED))
        for frames in (100, 400):
            await reach(client, frames)
            # Some seconds in which everything is lost on the way, then the connection breaks.
            network.is_hung = True
            await asyncio.sleep(1)
            network.cut()
            await asyncio.sleep(1)
            network.is_cut = network.is_hung = False
        await recording
    assert client.connections >= 3
    check(web, sound)


async def test_the_network_is_gone_for_a_minute(web):
    """A minute of sound is made meanwhile (15 s at four times the speed of speech)."""
    sound = make_sound(seconds=75)
    async with make_network(web) as (network, port):
        client = make_client(web, port=port)
        recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=SPEED))
        await reach(client, 100)
        network.cut()
        await asyncio.sleep(60 / SPEED)
        assert len(client.unacknowledged) > 55_000 / FRAME_MS
        network.is_cut = False
        await recording
    check(web, sound)


async def test_a_proxy_finds_it_too_large(web):
    """413 to every attempt to connect, then it is mended."""
    sound = make_sound(seconds=20)
    async with make_network(web) as (network, port):
        client = make_client(web, port=port)
        recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=SPEED))
        await reach(client, 100)
        network.cut()
        network.is_cut, network.is_refusing = False, True
        async with asyncio.timeout(60):
            while network.refused < 3:
                await asyncio.sleep(0.1)
        network.is_refusing = False
        await recording
    check(web, sound)


async def test_two_people_record_the_same_meeting(web):
    """Each with a browser and a recording of their own: none writes into the other's."""
    sounds = [make_sound(seconds=8), make_sound(seconds=8)[::-1]]
    clients = [make_client(web) for _ in sounds]
    await asyncio.gather(
        *(
            client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=SPEED)
            for client, sound in zip(clients, sounds, strict=True)
        )
    )
    rows = web.rows("SELECT original_key FROM meetings_recording ORDER BY id")
    stored = {(web.folder / "files" / key).read_bytes()[44:] for (key,) in rows}
    assert stored == set(sounds)


@pytest.mark.redis
async def test_redis_is_killed(tmp_path, free_port):
    folder = tmp_path / "redis"
    folder.mkdir()
    argv = [
        str(find_redis_server()),
        "--port",
        "0",
        "--unixsocket",
        str(folder / "r"),
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    redis = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    web = LiveWeb(tmp_path / "data", free_port, REDIS_URL=f"unix://{folder}/r")
    try:
        web.start()
        sound = make_sound(seconds=10)
        client = make_client(web)
        recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=SPEED))
        await reach(client, 100)
        redis.kill()
        redis.wait()
        await recording
        assert client.connections == 1, "the recorder's socket needs no Redis"
        check(web, sound)
    finally:
        web.kill()
        redis.kill()
        redis.wait()


class CaptionServer:
    """Speaks the realtime contract: every second of sound is an utterance. `kill` is what a dead process looks like from outside. With the
    real one: tests/meetings/live/test_captions.py."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.server: Server | None = None

    async def start(self) -> None:
        self.server = await serve(self._answer, "127.0.0.1", self.port)

    async def kill(self) -> None:
        self.server.close(close_connections=False)
        for connection in list(self.server.connections):
            connection.transport.abort()
        await self.server.wait_closed()

    async def _answer(self, socket: ServerConnection) -> None:
        start = json.loads(await socket.recv())
        await socket.send('{"type": "session.started"}')
        heard = said = 0
        async for message in socket:
            if isinstance(message, str):
                return await socket.send('{"type": "session.ended"}')
            heard += len(message)
            while heard >= (said + 1) * 32_000:
                begin = start["offset_ms"] + said * 1000
                times = {"utterance": said, "start_ms": begin, "end_ms": begin + 900, "words": []}
                await socket.send(json.dumps({"type": "caption.final", "text": f"second {begin}"} | times))
                said += 1


async def test_the_model_server_is_killed_and_comes_back(tmp_path, free_port):
    captions = CaptionServer(find_free_port())
    web = LiveWeb(tmp_path / "data", free_port, INFERENCE_URL=f"http://127.0.0.1:{captions.port}")
    try:
        await captions.start()
        web.start()
        sound = make_sound(seconds=24)
        client = make_client(web)
        states: list[str] = []
        client._on_message = lambda said: said["type"] == "captions" and states.append(said["state"])
        recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=2.0))
        await reach(client, 250)
        await captions.kill()
        await reach(client, 450)
        assert states == ["waiting", "on", "off"]
        await captions.start()
        await recording
        assert client.connections == 1, "the recorder's socket needs no model server"
        assert states[:4] == ["waiting", "on", "off", "on"]
        stored = web.read_recording()
        assert stored == sound
        spoken = [start for (start,) in web.rows("SELECT start_ms FROM meetings_segment ORDER BY start_ms")]
        assert spoken and min(spoken) < 5_000 and max(spoken) > 18_000
        assert len(spoken) == len(set(spoken)), "nothing is captioned twice"
    finally:
        web.kill()
        await captions.kill()


async def test_the_disk_is_full_and_freed(tmp_path, free_port):
    folder = tmp_path / "data"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs"]
    (folder / "live").mkdir()
    if subprocess.run([*mount, str(folder / "live")], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount")
    web = LiveWeb(folder, free_port, MINUTEBOOK_MIN_FREE_BYTES="0")
    try:
        web.start()
        # 80 s are 2.5 MB.
        sound = make_sound(seconds=80)
        client = make_client(web)
        recording = asyncio.create_task(client.record(cut_frames(sound, size_bytes=FRAME_BYTES), speed=8))
        await reach(client, 2500)
        await asyncio.sleep(4)
        assert client.connections > 1 and client.acknowledged < 4000
        subprocess.run(["mount", "-o", "remount,size=16m", str(folder / "live")], check=True)
        await recording
        check(web, sound)
    finally:
        web.kill()
        subprocess.run(["umount", str(folder / "live")], check=True)


async def test_a_refusal_ends_the_recorder(web):
    client = make_client(web)
    client.key = "wrong"
    with pytest.raises(LiveRefused, match="live_other_browser"):
        await client.record(cut_frames(make_sound(seconds=1), size_bytes=FRAME_BYTES))


async def test_the_command_plays_a_file(web, tmp_path):
    from tests.meetings import media_files

    samples = np.random.default_rng(3).integers(-9_000, 9_000, size=4 * 16_000).astype(np.int16)
    path = media_files.write_samples(tmp_path / "noise.wav", samples)
    said = await asyncio.to_thread(
        web.manage, "stream_recording", str(path), "--url", web.url, "--speed", "4", "--title", "Played"
    )
    [(meeting,)] = web.rows("SELECT id FROM meetings_meeting WHERE title = 'Played'")
    assert meeting in said.replace("-", "")
    check(web, samples.tobytes())
