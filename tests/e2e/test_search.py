"""Search in a real browser: the box of every page, a moment that plays."""

import os

import pytest
from playwright.sync_api import Page, expect

from meetings.search.index import index_meeting
from tests.e2e.test_pages import check, listen_for_errors, log_in, recorded, themed

__all__ = ["log_in", "recorded", "themed"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_found_moment_plays(page: Page, log_in, live_server, recorded, owner):
    index_meeting(recorded)
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/action-items/")
    page.get_by_label("Search all meetings").fill("finance server")
    page.keyboard.press("Enter")
    hit = page.locator(".hit", has_text="spoken").first
    expect(hit.locator("mark").first).to_be_visible()
    hit.get_by_role("link").click()
    page.wait_for_function("() => document.querySelector('audio')?.currentTime > 20")
    assert problems == []


def test_the_search_page_is_accessible(themed, log_in, live_server, recorded, owner, request):
    index_meeting(recorded)
    page = themed
    log_in(page, owner)
    folder = os.environ.get("SCREENSHOTS")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for name, path in (("found", "?q=server"), ("nothing", "?q=elephant+before:x"), ("empty", "")):
            page.goto(f"{live_server.url}/search/{path}")
            if folder:
                page.screenshot(path=f"{folder}/{request.node.name}-{name}-{width}.png")
            check(page)
