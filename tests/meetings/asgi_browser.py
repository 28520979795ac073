"""A browser that speaks ASGI to the product's own application: cookies, Origin, bodies that come in pieces or break off."""

import asyncio
from dataclasses import dataclass

from asgiref.sync import sync_to_async
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
