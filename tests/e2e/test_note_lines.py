"""Lines of the notes in a real browser: order by keyboard, kind, sources from the transcript, made again, two people on one."""

import json

import pytest
from playwright.sync_api import Page, expect

from meetings.line_rewrite import rewrite_waiting_lines
from meetings.models import NoteItem
from tests import factories
from tests.meetings.ask.test_work import Client

from .test_pages import check, listen_for_errors, log_in  # noqa: F401

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def notes(page: Page, log_in, live_server, meeting, owner):  # noqa: F811
    for text in ("Legal may be slow.", "Finance may say no."):
        factories.make_note_item(meeting, "risk", text, sources=meeting.segments.all()[:1], position=9)
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{meeting.pk}/")
    return page


def risks(page: Page):
    return page.locator("h2:text-is('Risks') + ul > li .line__text")


def test_order_by_keyboard(notes, meeting, owner):
    problems = listen_for_errors(notes)
    expect(risks(notes)).to_have_text(
        ["Nobody is paying for the second server yet.", "Legal may be slow.", "Finance may say no."]
    )
    grip = notes.get_by_role("button", name="Move with arrow up and down: Finance")
    grip.focus()
    check(notes)
    with notes.expect_response("**/move/"):
        grip.press("ArrowUp")
    expect(risks(notes).nth(1)).to_contain_text("Finance")
    expect(grip).to_be_focused()
    expect(notes.locator("#toasts")).to_contain_text("Moved to place 2 of 3")
    wanted = ["Nobody is paying for the second server yet.", "Finance may say no.", "Legal may be slow."]
    notes.reload()
    for number, text in enumerate(wanted):
        expect(risks(notes).nth(number)).to_contain_text(text)
    assert [item.text for item in meeting.note_items.filter(kind="risk")] == wanted
    assert problems == []


def test_order_by_mouse(notes, meeting):
    problems = listen_for_errors(notes)
    lines = notes.locator("h2:text-is('Risks') + ul > li")
    # The tools of a line hang below it, for the last one perhaps below the pane.
    lines.nth(2).locator("[data-grip]").scroll_into_view_if_needed()
    lines.nth(2).hover()
    grip, target = lines.nth(2).locator("[data-grip]").bounding_box(), lines.nth(0).bounding_box()
    notes.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    notes.mouse.down()
    notes.mouse.move(target["x"] + 60, target["y"] + target["height"] + 4, steps=5)
    notes.mouse.move(target["x"] + 60, target["y"] + 3, steps=5)
    expect(lines.nth(0)).to_have_class("line drop-before")
    with notes.expect_response("**/move/"):
        notes.mouse.up()
    expect(notes.locator("#toasts")).to_contain_text("Moved to place 1 of 3")
    wanted = ["Finance may say no.", "Nobody is paying for the second server yet.", "Legal may be slow."]
    notes.reload()
    for number, text in enumerate(wanted):
        expect(risks(notes).nth(number)).to_contain_text(text)
    assert [item.text for item in meeting.note_items.filter(kind="risk")] == wanted
    assert problems == []


def test_a_line_of_another_kind_and_with_other_sources(notes, meeting):
    item = meeting.note_items.get(kind=NoteItem.Kind.SUMMARY)
    notes.locator(f"#note-{item.pk}").dblclick(position={"x": 200, "y": 12})
    form = notes.locator(".line-form")
    form.get_by_label("Kind").select_option("Risk")
    form.get_by_label("0:00 Speaker 1").uncheck()
    for width, scheme in ((1440, "light"), (390, "dark")):
        notes.set_viewport_size({"width": width, "height": 900})
        notes.emulate_media(color_scheme=scheme)
        check(notes)
    form.get_by_role("button", name="Save").click()
    line = notes.locator("h2:text-is('Risks') + ul").locator(f"#note-{item.pk}")
    expect(line.locator(".cite")).to_have_text(["0:05"])
    expect(notes.locator("h2:text-is('Summary')")).to_have_count(0)


def test_picked_lines_are_cited_in_the_notes(notes, meeting):
    first = notes.locator("#transcript .seg").nth(2)
    first.focus()
    notes.keyboard.press("Shift+ArrowDown")
    notes.keyboard.press("c")
    dialog = notes.get_by_role("dialog")
    expect(dialog).to_contain_text("Cite 2 lines in the notes")
    check(notes)
    dialog.get_by_label("Kind of the new line").select_option("Decision")
    dialog.get_by_label("Text of the new line").fill("The draft goes to legal.")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    item = meeting.note_items.get(text="The draft goes to legal.")
    assert item.list_cited() == [segment.pk for segment in meeting.segments.in_order()[2:4]]
    notes.reload()
    notes.locator(f"#note-{item.pk} .cite").click()
    expect(notes.locator(".seg.cited")).to_have_count(2)


def test_a_line_that_may_be_out_of_date_is_made_again(notes, meeting, colleague, owner):
    item = meeting.note_items.get(kind=NoteItem.Kind.DECISION)
    item.citations.get().segment.edit_text(
        "We agreed that the launch moves to the tenth of March.", by=colleague
    )
    notes.reload()
    line = notes.locator(f"#note-{item.pk}")
    expect(line).to_contain_text("may be out of date")
    check(notes)
    line.get_by_role("button", name="Make again").click()
    expect(line).to_contain_text("being made again")
    said = json.dumps({"texts": ["The launch moves to the tenth of March."]})
    # A worker's turn; the real models: tests/meetings/test_line_rewrite.py.
    assert rewrite_waiting_lines(client=Client(lambda messages, schema: said)) == 1
    expect(line).to_contain_text("tenth of March")
    expect(line).not_to_contain_text("out of date")
    line.hover()
    line.get_by_role("link", name="history").click()
    notes.get_by_role("dialog").get_by_role("button", name="Bring this back").click()
    expect(line).to_contain_text("ninth of March")


def test_two_people_on_one_line_of_the_notes(notes, meeting, colleague):
    item = meeting.note_items.get(kind=NoteItem.Kind.DECISION)
    line = notes.locator(f"#note-{item.pk}")
    line.dblclick(position={"x": 200, "y": 12})
    text = notes.get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    text.fill("What I wrote")
    item.edit(by=colleague, text="What Colin wrote")
    text.press("Enter")
    expect(notes.get_by_role("alert")).to_contain_text("What Colin wrote")
    expect(text).to_have_value("What I wrote")
    notes.get_by_role("button", name="Cancel").click()
    expect(line).to_contain_text("What Colin wrote")
