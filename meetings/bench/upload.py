"""A large upload to the real web process: how much its memory grows, how fast it takes the bytes."""

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import psutil

from .figures import Figure
from .web import log_in, make_user, running_web

MIB = 1024 * 1024
GROWTH_LIMIT_MIB = 50
PIECE_BYTES = MIB
SAMPLE_EVERY_S = 0.02


def measure_upload(*, size_bytes: int = 2 * 1024 * MIB) -> list[Figure]:
    """Sends zeros by tus, in one PATCH, to the web process of the Procfile over loopback, into this (throw-away) installation.

    Needs that much room on the disk. Growth is the highest resident memory during the upload, less the one before it.
    """
    with running_web() as (process, address), httpx.Client(base_url=address, timeout=600) as client:
        client.cookies = log_in(make_user())
        client.headers["Origin"] = address
        client.headers["Tus-Resumable"] = "1.0.0"
        # The first small upload loads what every upload needs.
        _send(client, size_bytes=PIECE_BYTES)
        web = psutil.Process(process.pid)
        before = web.memory_info().rss
        with _watch_memory(web) as highest:
            start = time.perf_counter()
            _send(client, size_bytes=size_bytes)
            spent_s = time.perf_counter() - start
        after = web.memory_info().rss
    return [
        Figure("size of the upload", size_bytes / MIB, "MiB"),
        Figure("web process before", before / MIB, "MiB RSS"),
        Figure("growth at the highest", (highest[0] - before) / MIB, "MiB", GROWTH_LIMIT_MIB),
        Figure("growth that stays", (after - before) / MIB, "MiB", GROWTH_LIMIT_MIB),
        Figure("speed", size_bytes / MIB / spent_s, "MiB/s"),
    ]


def _send(client: httpx.Client, *, size_bytes: int) -> None:
    created = client.post("/uploads/", headers={"Upload-Length": str(size_bytes)})
    created.raise_for_status()
    headers = {
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(size_bytes),
    }
    answer = client.patch(created.headers["Location"], content=_zeros(size_bytes), headers=headers)
    answer.raise_for_status()
    if answer.headers.get("Upload-Offset") != str(size_bytes):
        raise RuntimeError("the upload is not complete")


def _zeros(size_bytes: int) -> Iterator[bytes]:
    piece = bytes(PIECE_BYTES)
    for _ in range(size_bytes // PIECE_BYTES):
        yield piece
    yield bytes(size_bytes % PIECE_BYTES)


@contextlib.contextmanager
def _watch_memory(process: psutil.Process) -> Iterator[list[int]]:
    """A list with one number, the highest resident memory seen so far."""
    highest, stop = [process.memory_info().rss], threading.Event()

    def look() -> None:
        while not stop.wait(SAMPLE_EVERY_S):
            highest[0] = max(highest[0], process.memory_info().rss)

    thread = threading.Thread(target=look, name="watch-memory", daemon=True)
    thread.start()
    try:
        yield highest
    finally:
        stop.set()
        thread.join()
