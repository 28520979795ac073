"""A browser that speaks ASGI to the product's own application: cookies, Origin, bodies that come in pieces or break off."""

import asyncio
import json
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connections
from django.test import Client

from meetings.asgi import application

HOST = "localhost"
ORIGIN = f"http://{HOST}"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class AsgiBrowser:
    """`user` None: nobody is logged in. `origin` None: the header is not sent."""

    def __init__(self, cookies: str = "", *, origin: str | None = ORIGIN) -> None:
        self.cookies = cookies
        self.origin = origin

    @classmethod
    async def logged_in(cls, user, **kwargs) -> "AsgiBrowser":
        client = Client()
        await sync_to_async(client.force_login)(user)
        return cls(f"sessionid={client.cookies['sessionid'].value}", **kwargs)

    def make_headers(self, extra: dict[str, str]) -> list[tuple[bytes, bytes]]:
        headers = (
            {"Host": HOST, "Cookie": self.cookies} | ({"Origin": self.origin} if self.origin else {}) | extra
        )
        return [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        pieces: list[bytes] | None = None,
        breaks_off: bool = False,
        hold: asyncio.Event | None = None,
        holding: asyncio.Event | None = None,
    ) -> Answer | None:
        """None: the application gave no answer (the sender was gone). `hold`: wait for it before the last piece."""
        pieces = [b""] if pieces is None else list(pieces)
        raw = self.make_headers({"Tus-Resumable": "1.0.0"} | (headers or {}))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": raw,
            "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        sent: list[dict] = []

        async def receive() -> dict:
            if hold is not None and len(pieces) == 1:
                holding.set()
                await hold.wait()
            if pieces:
                body = pieces.pop(0)
                return {"type": "http.request", "body": body, "more_body": bool(pieces) or breaks_off}
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            sent.append(message)

        await application(scope, receive, send)
        if not sent:
            return None
        answer_headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], answer_headers, b"".join(m.get("body", b"") for m in sent[1:]))


class AsgiSocket:
    """A websocket of an AsgiBrowser."""

    def __init__(self, browser: AsgiBrowser, path: str) -> None:
        scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": browser.make_headers({}),
            "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8000), "subprotocols": [],
        }  # fmt: skip
        self._communicator = ApplicationCommunicator(application, scope)

    async def open(self) -> "AsgiSocket":
        await self._communicator.send_input({"type": "websocket.connect"})
        assert (await self._communicator.receive_output(10))["type"] == "websocket.accept"
        return self

    async def try_to_open(self) -> int:
        """For a socket that is closed at once, before or after it was accepted; the code."""
        await self._communicator.send_input({"type": "websocket.connect"})
        while (message := await self._communicator.receive_output(10))["type"] != "websocket.close":
            pass
        return message["code"]

    async def send(self, **message) -> None:
        await self._communicator.send_input({"type": "websocket.receive", **message})

    async def receive(self) -> dict:
        """The next JSON message."""
        message = await self._communicator.receive_output(10)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def receive_close(self) -> int:
        """The code with which the server closes."""
        message = await self._communicator.receive_output(10)
        assert message["type"] == "websocket.close", message
        return message["code"]

    async def hears_nothing(self) -> bool:
        return await self._communicator.receive_nothing(0.2)

    async def leave(self) -> None:
        await self._communicator.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._communicator.wait(10)


async def close_connections() -> None:
    """What the event loop's thread opened; PostgreSQL does not drop a database that somebody is connected to."""
    await sync_to_async(connections.close_all)()
