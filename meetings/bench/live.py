"""Many people recording at once into the real web process: are all frames stored, and how long until they are called safe?"""

import asyncio
import statistics
import time
from collections.abc import Iterator

from meetings.live.client import LiveClient
from meetings.live.protocol import FRAME_BYTES, FRAME_MS
from meetings.live.takes import create_take
from meetings.models import Take, User

from .figures import Figure
from .web import log_in, make_user, running_web


class _Sender:
    """One recorder, and how long each acknowledged stretch waited for its acknowledgement."""

    def __init__(self, url: str, take: Take, *, cookie: str, origin: str, frames: int) -> None:
        self.frames = frames
        self.made_at: list[float] = []
        self.waits_s: list[float] = []
        headers = {"Cookie": cookie, "Origin": origin}
        self.client = LiveClient(
            f"{url}/ws/live/{take.pk}/", key=take.key, headers=headers, on_message=self._hear
        )

    def make(self) -> Iterator[bytes]:
        for number in range(self.frames):
            self.made_at.append(time.monotonic())
            yield number.to_bytes(4, "little") * (FRAME_BYTES // 4)

    def _hear(self, message: dict) -> None:
        if message["type"] == "ack" and 0 < message["next"] <= len(self.made_at):
            self.waits_s.append(time.monotonic() - self.made_at[message["next"] - 1])


def measure_live(*, sockets: int = 200, seconds: int = 30) -> list[Figure]:
    """`sockets` recorders at real time from one other process over loopback; no model server, so no captions. Needs 32 kB a second for each."""
    user = make_user()
    takes = [create_take(user, title=f"bench {number}") for number in range(sockets)]
    cookie = "; ".join(f"{name}={value}" for name, value in log_in(user).items())
    frames = seconds * 1000 // FRAME_MS
    with running_web() as (_, address):
        url = address.replace("http", "ws", 1)
        senders = [_Sender(url, take, cookie=cookie, origin=address, frames=frames) for take in takes]
        asyncio.run(_record_all(senders))
    stored = _count_stored(user)
    waits_ms = sorted(wait * 1000 for sender in senders for wait in sender.waits_s)
    return [
        Figure("recorders at once", sockets, "sockets"),
        Figure("frames sent", sockets * frames, "frames"),
        Figure("frames missing", sockets * frames - stored, "frames", 0),
        Figure("connections that broke", sum(sender.client.connections - 1 for sender in senders), ""),
        Figure("until safe on the disk, median", statistics.median(waits_ms), "ms"),
        Figure("until safe on the disk, 95 %", waits_ms[int(len(waits_ms) * 0.95)], "ms"),
    ]


async def _record_all(senders: list[_Sender]) -> None:
    async def record(sender: _Sender, delay_s: float) -> None:
        # People do not press the button in the same millisecond.
        await asyncio.sleep(delay_s)
        await sender.client.record(sender.make())

    await asyncio.gather(*(record(sender, 2.0 * i / len(senders)) for i, sender in enumerate(senders)))


def _count_stored(user: User) -> int:
    done = Take.objects.filter(user=user, state=Take.State.DONE, meeting__recording__isnull=False)
    return sum(done.values_list("stored_frames", flat=True))
