"""The Record page in a real Chromium, with a file for a microphone, and when which caption could be seen on it."""

import os
import re
from pathlib import Path

from .live_words import Shown

STOP_TIMEOUT_MS = 120_000
# Chromium's own sandbox refuses to run as root.
_ARGUMENTS = ["--no-sandbox"] if os.geteuid() == 0 else []
# The clock is that of the browser's sound, which makes the frames: beside a busy machine a fake microphone is slower than the clock on the wall
# (13 s in an hour), and would look like captions that come later and later. A caption counts when a picture was drawn with it.
_WATCH = """(() => {
    const bench = (window.bench = { start: Infinity, shown: [] });
    let sound;
    window.AudioContext = class extends window.AudioContext {
        constructor(...options) {
            super(...options);
            sound = this;
        }
    };
    const now = () => sound.currentTime * 1000;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (typeof data !== "string") {
            const view = ArrayBuffer.isView(data) ? new DataView(data.buffer, data.byteOffset, data.byteLength) : new DataView(data);
            const upto = view.getUint32(0, true) + (view.byteLength - 4) / 640;
            bench.start = Math.min(bench.start, now() - upto * 20);
        }
        return send.call(this, data);
    };
    const listen = WebSocket.prototype.addEventListener;
    WebSocket.prototype.addEventListener = function (type, handler, ...rest) {
        if (type !== "message") return listen.call(this, type, handler, ...rest);
        return listen.call(this, type, (event) => {
            handler(event);
            const message = JSON.parse(event.data);
            if (!/^caption\\.(partial|final)$/.test(message.type)) return;
            requestAnimationFrame(() => {
                const onPage = document.querySelector(".live__captions")?.textContent ?? "";
                if (onPage.includes(message.text)) bench.shown.push({ at: now(), ...message });
            });
        }, ...rest);
    };
})()"""


def find_browser() -> str | None:
    """Chromium's path, when it and playwright are there."""
    try:
        from .browser import find_browser as find

        return find()
    except (ImportError, RuntimeError):
        return None


def record_in_browser(address: str, *, cookies: dict[str, str], sound: Path, seconds: int) -> list[Shown]:
    """Press *Start*, let it play, press *Stop*; returns when the meeting's page is there."""
    from playwright.sync_api import sync_playwright

    arguments = [
        *_ARGUMENTS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_browser(), args=arguments)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
        )
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto(f"{address}/record/")
        page.get_by_label("Title").fill("bench")
        page.locator("#id_language").select_option("en")
        page.locator("#id_consent").check()
        page.get_by_role("button", name="Start recording").click()
        page.wait_for_timeout(seconds * 1000)
        bench = page.evaluate("window.bench")
        page.get_by_role("button", name="Stop and make notes").click()
        page.wait_for_url(re.compile("/meetings/"), timeout=STOP_TIMEOUT_MS)
        browser.close()
    return [
        Shown(one["at"] - bench["start"], one["start_ms"], one["end_ms"], one["text"])
        for one in bench["shown"]
    ]
