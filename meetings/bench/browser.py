"""The long meeting in a real browser, through the real web process."""

import shutil
import statistics

from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from .figures import Figure
from .transcript import RENDER_LIMIT_MS, make_long_meeting
from .web import log_in, make_user, running_web

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VISITS = 5
# Milliseconds since the click, by the browser's own clock.
_TIMES = """() => {
    const page = performance.getEntriesByType("navigation")[0];
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return {
        answered: page.responseEnd,
        painted: paint ? paint.startTime : page.domContentLoadedEventEnd,
        ready: page.domContentLoadedEventEnd,
    };
}"""
_NAMES = {
    "answered": "page has arrived",
    "painted": "first of it is painted",
    "ready": "all of it can be used",
}


def measure_in_browser() -> list[Figure]:
    """Several visits of one browser, the first of which fills its cache and does not count. Needs Chromium and playwright."""
    user = make_user()
    meeting = make_long_meeting(user)
    # Before the driver starts: it runs an event loop in this thread, in which Django refuses to ask the database.
    cookies = log_in(user)
    with running_web() as (_, address), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_browser())
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
        )
        page = context.new_page()
        url = address + reverse("meeting", args=[meeting.pk])
        visits = [_visit(page, url) for _ in range(VISITS + 1)][1:]
        browser.close()
    figures = []
    for key, name in _NAMES.items():
        spent = [visit[key] for visit in visits]
        figures.append(Figure(f"browser: {name}, fastest", min(spent), "ms", RENDER_LIMIT_MS))
        figures.append(Figure(f"browser: {name}, median", statistics.median(spent), "ms", RENDER_LIMIT_MS))
    return figures


def _visit(page: Page, url: str) -> dict[str, float]:
    page.goto(url, wait_until="load")
    return page.evaluate(_TIMES)


def find_browser() -> str:
    path = next((found for name in BROWSER_NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError("no Chromium on this machine: install Debian's package `chromium`")
    return path
