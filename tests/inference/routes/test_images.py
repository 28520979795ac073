"""The route around OCR. The real engine: `tests/inference/vision/test_ocr.py`."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from PIL import Image

from inference.app import create_app
from inference.scheduler import Priority, Scheduler
from inference.settings import Settings
from inference.vision.types import Line, Reading


class FakeOcr:
    """Reads "seen" in everything."""

    name = "fake"

    def read(self, image: np.ndarray) -> Iterator[Reading | None]:
        yield None
        height, width = image.shape[:2]
        line = Line(text="seen", box=(1, 2, 3, 4), score=0.5)
        yield Reading(text="seen", lines=(line,), width=width, height=height)


class Watcher:
    def __init__(self) -> None:
        self.priorities: list[Priority] = []

    def queue_changed(self, **values: object) -> None: ...

    def work_started(self, *, priority: Priority, **values: object) -> None:
        self.priorities.append(priority)

    def work_ended(self, **values: object) -> None: ...


async def post(files: dict | None, **headers: str) -> tuple[httpx.Response, Watcher]:
    watcher = Watcher()
    app = create_app(Settings.from_environ({}))
    app.state.engines = SimpleNamespace(ocr=FakeOcr())
    app.state.decoders = asyncio.Semaphore(1)
    app.state.scheduler = Scheduler(name="test", observer=watcher)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/v1/images/readings", files=files, headers=headers), watcher
    finally:
        await asyncio.to_thread(app.state.scheduler.close)


def make_png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (30, 20)).save(target, "PNG")
    return target.getvalue()


async def test_a_reading():
    answer, watcher = await post({"file": ("a.jpg", make_png())})
    assert answer.json() == {
        "text": "seen",
        "lines": [{"text": "seen", "box": [1, 2, 3, 4], "score": 0.5}],
        "width": 30,
        "height": 20,
        "engine": "ocr",
        "model": "fake",
    }
    assert watcher.priorities == [Priority.BATCH]


async def test_somebody_waits_for_it():
    _, watcher = await post({"file": ("a.png", make_png())}, **{"X-Priority": "live"})
    assert watcher.priorities == [Priority.LIVE]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"file": ("a.png", b"<svg/>")}, "invalid_image"),
        ({"other": ("a.png", make_png())}, "invalid_request"),
        (None, "invalid_request"),
    ],
)
async def test_refused(files: dict | None, code: str):
    answer, watcher = await post(files)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert watcher.priorities == []
