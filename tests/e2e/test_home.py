"""The list of meetings in a real browser: one search box, several meetings at once by keyboard, deleted and brought back."""

import datetime as dt
import os

import pytest
from playwright.sync_api import Page, expect

from meetings.labelling import set_series
from meetings.models import Meeting, Tag
from tests import factories
from tests.e2e.test_pages import check, listen_for_errors, log_in, themed

__all__ = ["log_in", "themed"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def several(meeting, owner):
    other = factories.make_full_meeting(owner, title="Budget for the spring", held_on=dt.date(2026, 3, 1))
    return [meeting, other]


def test_several_at_once_by_keyboard(page: Page, log_in, live_server, several, owner):
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/")
    bar, filters = page.locator("#bulk-meetings"), page.get_by_role("navigation", name="Show")
    expect(bar).to_be_hidden()
    top = page.locator("#meetings").bounding_box()["y"]
    page.get_by_label("Select: Budget").focus()
    page.keyboard.press("Space")
    expect(bar).to_be_visible()
    expect(filters).to_be_hidden()
    assert page.locator("#meetings").bounding_box()["y"] == top, "the list jumped"
    page.get_by_label("Select all").check()
    page.get_by_text("Tag, put into a series").press("Enter")
    page.get_by_label("Add tags").fill("Board, pricing")
    page.get_by_label("Series").fill("Monday round")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("2 meetings changed")
    assert Tag.objects.count() == 4
    page.get_by_role("link", name="#board").first.click()
    expect(page.get_by_role("link", name="Tag board; show all")).to_be_visible()
    page.get_by_role("link", name="By title").click()
    expect(page.locator(".row__title")).to_have_text(["Budget for the spring", "Launch planning"])
    expect(page.get_by_role("link", name="Tag board; show all")).to_be_visible()
    assert problems == []


def test_a_series_gets_another_name(page: Page, log_in, live_server, several, owner):
    set_series(several, "Monday round")
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/")
    page.get_by_role("link", name="Monday round").first.click()
    page.get_by_role("link", name="Rename the series").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the series").fill("Tuesday round")
    check(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Series Tuesday round; show all")).to_be_visible()
    expect(page.locator(".row__title")).to_have_count(2)
    assert problems == []


@pytest.mark.parametrize("width", [390, 360])
def test_all_of_the_menu_is_seen_on_a_phone(page: Page, log_in, live_server, several, owner, width):
    log_in(page, owner)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{live_server.url}/meetings/{several[0].pk}/")
    nav = page.get_by_role("navigation", name="Main")
    assert nav.evaluate("nav => nav.scrollWidth <= nav.clientWidth"), "something is cut off"
    tops = nav.locator("a").evaluate_all("all => all.map(a => a.offsetTop)")
    assert len(set(tops)) == 1
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/rail-{width}.png")


def test_deleted_and_brought_back(page: Page, log_in, live_server, several, owner):
    log_in(page, owner)
    page.goto(f"{live_server.url}/")
    page.get_by_label("Select: Budget").check()
    page.locator("#bulk-meetings").get_by_role("button", name="Delete").click()
    expect(page.locator("#toasts")).to_contain_text("1 meeting deleted")
    expect(page.locator(".row__title")).to_have_text(["Launch planning"])
    page.get_by_role("link", name="Deleted").click()
    page.get_by_role("button", name="Bring back").click()
    page.goto(f"{live_server.url}/")
    expect(page.locator(".row__title")).to_have_count(2)
    assert not Meeting.objects.exclude(deleted_at=None).exists()


def test_the_list_is_accessible_with_and_without_a_selection(
    themed, log_in, live_server, several, owner, request
):
    page = themed
    log_in(page, owner)
    folder = os.environ.get("SCREENSHOTS")
    for width in (1440, 390, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for path, name in (("/", "home"), ("/action-items/?show=suggested", "actions")):
            page.goto(f"{live_server.url}{path}")
            for state in ("none", "some"):
                if state == "some":
                    page.get_by_label("Select: ").first.check()
                if folder:
                    page.screenshot(path=f"{folder}/{request.node.name}-{name}-{state}-{width}.png")
                check(page)
