"""Action items and lines of the notes in a real browser: keyboard, two people on one line, taken out and brought back."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from meetings.carry_over import link_mentions
from meetings.labelling import set_series
from meetings.models import ActionItem
from tests import factories

from .test_pages import check, listen_for_errors, log_in, recorded  # noqa: F401

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_confirm_and_tick_with_the_keyboard(page: Page, log_in, live_server, meeting, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/action-items/?show=suggested")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".act--open")).to_have_count(1)
    page.goto(f"{live_server.url}/action-items/")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.locator(".line-form").get_by_label("Due").fill("in two weeks")
    page.keyboard.press("Enter")
    expect(page.locator(".line-form")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".act--done")).to_have_count(1)
    assert sorted(meeting.action_items.values_list("state", flat=True)) == ["done", "suggested"]
    assert problems == []


def test_change_several_at_once(page: Page, log_in, live_server, meeting, owner):  # noqa: F811
    log_in(page, owner)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/action-items/?show=suggested")
    tops = page.locator(".act__ask").first.locator("button").evaluate_all("all => all.map(b => b.offsetTop)")
    assert len(set(tops)) == 1, "Confirm and Refuse stand in one row"
    expect(page.get_by_label("Select all")).to_be_hidden()
    page.get_by_label("Select: ").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Select all").check()
    check(page)
    page.locator("#bulk").get_by_role("button", name="Confirm").click()
    expect(page.locator("#toasts")).to_contain_text("2 action items changed")
    assert set(meeting.action_items.values_list("state", flat=True)) == {ActionItem.State.OPEN}


def test_two_people_on_one_line(page: Page, log_in, live_server, meeting, owner, colleague):  # noqa: F811
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{meeting.pk}/")
    item = meeting.action_items.first()
    line = page.locator(f"#action-{item.pk}")
    line.dblclick(position={"x": 200, "y": 12})
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.get_by_label("Text", exact=True).fill("What I wrote")
    item.edit(by=colleague, text="What Colin wrote")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Colin Colleague changed this line")
    expect(page.get_by_role("alert")).to_contain_text("What Colin wrote")
    expect(page.get_by_label("Text", exact=True)).to_have_value("What I wrote")
    check(page)
    page.keyboard.press("Enter")
    expect(line).to_contain_text("What I wrote")
    line.hover()
    line.get_by_role("link", name="history").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("What Colin wrote")
    check(page)


def test_take_a_line_out_and_undo(page: Page, log_in, live_server, meeting, owner):  # noqa: F811
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{meeting.pk}/")
    item = meeting.note_items.filter(kind="risk").get()
    line = page.locator(f"#note-{item.pk}")
    line.dblclick(position={"x": 200, "y": 12})
    page.get_by_role("button", name="Remove this line").click()
    expect(line).to_contain_text("Taken out")
    line.get_by_role("button", name="Bring back").click()
    expect(line).to_contain_text("Nobody is paying")


def test_open_items_come_along_to_the_next_meeting(page: Page, log_in, live_server, recorded, owner):  # noqa: F811
    recorded.action_items.update(state=ActionItem.State.OPEN)
    following = factories.make_full_meeting(owner, title="Launch again", held_on=dt.date(2026, 3, 9))
    set_series([recorded, following], "Launch")
    link_mentions(following)
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{following.pk}/")
    carried = page.locator(".carried")
    expect(carried.locator(".act--open")).to_have_count(2)
    expect(carried.locator(".cite").first).to_be_visible()
    check(page)
    carried.get_by_role("checkbox").first.press(" ")
    expect(carried.locator(".act--done")).to_have_count(1)
    assert recorded.action_items.filter(state=ActionItem.State.DONE).count() == 1
