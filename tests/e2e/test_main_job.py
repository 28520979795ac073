"""The main job as a person does it, with everything real: browser, uploads, queue, models, and the sound at the end."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.tiers import PROJECT_DIR

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.redis]

DEMO_DIR = PROJECT_DIR / "meetings" / "demo"
# Far more than it takes; a machine that does other things as well is no failure.
WORK_MS = 15 * 60 * 1000
PLAYING = "() => { const a = document.querySelector('audio'); return !a.paused && a.currentTime > 0; }"


def find_demo() -> Path:
    """The demo recording that ships with the product."""
    return next(
        path for path in sorted(DEMO_DIR.iterdir()) if path.suffix in {".opus", ".m4a", ".mp3", ".ogg"}
    )


def open_meeting(page: Page, title: str) -> None:
    """Other tests have meetings of their own on the list."""
    page.locator("#meetings").get_by_role("link", name=title, exact=True).click(timeout=60_000)
    expect(page.locator("#transcript")).to_be_visible()


def watch_until_notes(page: Page) -> dict[str, int]:
    """Wait on the open page, without touching it, until the notes stand there. What was seen on the way."""
    work = page.locator(".work progress").first
    expect(work).to_be_attached(timeout=WORK_MS)
    first = page.locator("[data-segments] > li").first
    expect(first).to_be_visible(timeout=WORK_MS)
    seen = {"segments_while_working": page.locator("[data-segments] > li").count()}
    assert work.count() == 1, "the first segments appeared only after the work was done"
    page.reload()
    expect(page.locator("[data-segments] > li").first).to_be_visible()
    expect(page.locator(".notes .cite").first).to_be_visible(timeout=WORK_MS)
    expect(page.locator(".work")).to_have_count(0, timeout=WORK_MS)
    return seen | {"segments": page.locator("[data-segments] > li").count()}


def play_citation(page: Page) -> None:
    """A chip plays the second it names."""
    chip = page.locator(".notes .cite").last
    start_s = int(chip.get_attribute("data-seek")) / 1000
    chip.click()
    page.wait_for_function(PLAYING)
    now = page.evaluate("document.querySelector('audio').currentTime")
    assert start_s - 0.5 <= now <= start_s + 10, f"played from {now} s instead of {start_s} s"
    segment = chip.get_attribute("data-cite").split()[0]
    expect(page.locator(f"#seg-{segment}")).to_be_in_viewport()


def download_json(page: Page) -> dict:
    page.goto(re.sub(r"\?.*$", "", page.url) + "?")
    url = re.search(r".*/meetings/[0-9a-f-]+/", page.url)[0]
    answer = page.request.get(f"{url}export/minutebook.json")
    assert answer.ok
    return json.loads(answer.body())


def check_export(export: dict) -> None:
    assert export["format"] == "minutebook/1"
    segments = {segment["id"] for segment in export["segments"]}
    assert len(segments) > 20
    assert all(segment["words"] for segment in export["segments"])
    assert len(export["speakers"]) >= 2
    notes = export["notes"]
    items = [
        *notes["summary"],
        *notes["decisions"],
        *notes["questions"],
        *notes["risks"],
        *notes["action_items"],
    ]
    assert items and notes["action_items"]
    cited = [citation["segment"] for item in items for citation in item["citations"]]
    assert all(item["citations"] for item in items)
    assert set(cited) <= segments
    assert notes["coverage"] > 0.9


def test_main_job(home: Page):
    page = home
    page.locator("#files").set_input_files(find_demo())
    open_meeting(page, find_demo().stem)
    seen = watch_until_notes(page)
    assert 0 < seen["segments_while_working"] < seen["segments"]
    play_citation(page)
    check_export(download_json(page))


def test_an_upload_goes_on_after_a_reload(home: Page, tmp_path: Path):
    """The network is slow, the page is reloaded in the middle, the file is chosen again: only the rest is sent."""
    page = home
    recording = tmp_path / "slow.wav"
    _write_noise(recording, size_bytes=6_000_000)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("#files").set_input_files(recording)
    progress = page.locator("#uploads progress")
    page.wait_for_function("() => document.querySelector('#uploads progress')?.value > 300", timeout=60_000)
    page.reload()
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    offsets = []
    page.on(
        "request",
        lambda request: (
            offsets.append(request.headers.get("upload-offset")) if request.method == "PATCH" else None
        ),
    )
    page.locator("#files").set_input_files(recording)
    expect(page.get_by_role("link", name="slow")).to_be_visible(timeout=60_000)
    assert progress.count() <= 1
    assert offsets and int(offsets[0]) > 0, "the upload began again from the start"


def _write_noise(path: Path, *, size_bytes: int) -> None:
    """A WAV of quiet noise, different in every run, so that it is no recording the product knows already."""
    import os
    import wave

    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(48_000)
        sound.writeframes(bytes(120 + byte % 16 for byte in os.urandom(size_bytes)))
