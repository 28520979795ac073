"""A recorder without a browser: plays frames as one would, for demos, load and the tests. Needs nothing of Django.

It keeps what is not acknowledged and goes on after any break, as `static/js/record_socket.js` does.
"""

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from .protocol import FRAME_MS, MAX_FRAMES_PER_MESSAGE, VERSION, make_message

# 100 ms in a message while all is well.
FRAMES_PER_MESSAGE = 5
# Below the server's limit of ten times real time.
CATCH_UP_SPEED = 8
LAST_RETRY_S = 5.0


class LiveRefused(Exception):
    """The server ended the recording with an error that does not go away by connecting again."""

    def __init__(self, code: str, close_code: int) -> None:
        super().__init__(code)
        self.code, self.close_code = code, close_code


class _Broken(Exception):
    """This connection is over; another one may work."""


class LiveClient:
    """One take. `unacknowledged`: frames the server has not called durable yet, from number `acknowledged` on."""

    def __init__(
        self,
        url: str,
        *,
        key: str,
        headers: dict[str, str],
        on_message: Callable[[dict], None] = lambda message: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.url, self.key, self.headers = url, key, headers
        self.session = secrets.token_hex(8)
        self.acknowledged = 0
        self.unacknowledged: deque[bytes] = deque()
        self.connections = 0
        self._on_message, self._sleep = on_message, sleep
        self._is_complete = False
        self._more = asyncio.Event()

    @property
    def produced(self) -> int:
        return self.acknowledged + len(self.unacknowledged)

    async def record(self, frames: Iterable[bytes], *, speed: float = 1.0) -> str:
        """Send all frames at `speed` times real time, then stop; the path of the meeting. Raises LiveRefused."""
        produce = asyncio.create_task(self._produce(frames, speed))
        wait_s = 0.2
        try:
            while True:
                with contextlib.suppress(OSError, WebSocketException, TimeoutError, _Broken):
                    async with connect(self.url, additional_headers=self.headers, max_queue=None) as socket:
                        wait_s = 0.2
                        return await self._talk(socket)
                await self._sleep(wait_s)
                wait_s = min(LAST_RETRY_S, wait_s * 2)
        finally:
            produce.cancel()

    async def _produce(self, frames: Iterable[bytes], speed: float) -> None:
        start = time.monotonic()
        for count, frame in enumerate(frames, start=1):
            self.unacknowledged.append(frame)
            self._more.set()
            ahead_s = count * FRAME_MS / 1000 / speed - (time.monotonic() - start)
            if ahead_s > 0:
                await self._sleep(ahead_s)
        self._is_complete = True
        self._more.set()

    async def _talk(self, socket: ClientConnection) -> str:
        self.connections += 1
        hello = {"type": "hello", "version": VERSION, "key": self.key, "session": self.session}
        await socket.send(json.dumps(hello))
        welcome = await self._receive(socket, "welcome")
        self._acknowledge(welcome["next"])
        send = asyncio.create_task(self._send_frames(socket, welcome["next"]))
        try:
            return (await self._receive(socket, "stopped"))["meeting"]
        finally:
            send.cancel()

    async def _receive(self, socket: ClientConnection, wanted: str) -> dict:
        async for raw in socket:
            message = json.loads(raw)
            self._on_message(message)
            match message["type"]:
                case "ack":
                    self._acknowledge(message["next"])
                case "error":
                    if not message["retryable"]:
                        raise LiveRefused(message["code"], socket.close_code or 0)
                    raise _Broken
            if message["type"] == wanted:
                return message
        raise _Broken

    def _acknowledge(self, upto: int) -> None:
        while self.acknowledged < upto and self.unacknowledged:
            self.unacknowledged.popleft()
            self.acknowledged += 1

    async def _send_frames(self, socket: ClientConnection, sent: int) -> None:
        while not (self._is_complete and sent == self.produced):
            waiting = self.produced - sent
            enough = FRAMES_PER_MESSAGE if not self._is_complete else 1
            if waiting < enough:
                self._more.clear()
                await self._more.wait()
                continue
            count = min(waiting, MAX_FRAMES_PER_MESSAGE)
            start = sent - self.acknowledged
            frames = [self.unacknowledged[start + i] for i in range(count)]
            await socket.send(make_message(sent, b"".join(frames)))
            sent += count
            if waiting > FRAMES_PER_MESSAGE:
                await self._sleep(count * FRAME_MS / 1000 / CATCH_UP_SPEED)
        await socket.send(json.dumps({"type": "stop", "frames": sent}))


def cut_frames(samples: bytes, *, size_bytes: int) -> list[bytes]:
    """Frames of a whole recording; the last is filled up with silence."""
    pieces = [samples[start : start + size_bytes] for start in range(0, len(samples), size_bytes)]
    if pieces:
        pieces[-1] = pieces[-1].ljust(size_bytes, b"\0")
    return pieces
