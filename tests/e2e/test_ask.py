"""The Ask tab in Chromium: type, see the answer come, play its source, delete."""

import json

import pytest
from playwright.sync_api import Page, expect

from meetings.ask.work import answer_waiting_questions
from meetings.models import Question
from meetings.search.state import mark_stale
from tests.e2e.test_pages import check, listen_for_errors, log_in  # noqa: F401 - a fixture
from tests.e2e.test_speakers import demo  # noqa: F401 - a fixture
from tests.meetings.ask.test_work import Client

pytestmark = pytest.mark.e2e


def test_ask_play_and_delete(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{demo.pk}/")
    page.get_by_role("navigation", name="Views of this meeting").get_by_role("link", name="Ask").click()
    page.get_by_label("Question about this meeting").fill("When does Atlas launch?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".asked__one")).to_contain_text("Looking for it")

    said = {"said": True, "answer": "Atlas launches on December 15", "lines": [1, 2, 3]}

    def answer(messages, schema):
        content = messages[-1]["content"]
        line = next(row for row in content.splitlines() if "Atlas launches" in row)
        return json.dumps(said | {"lines": [int(line[1 : line.index("]")])]})

    # A worker's turn; the real models: tests/meetings/ask/test_answer.py.
    assert answer_waiting_questions(client=Client(answer)) == 1
    expect(page.locator(".asked__a")).to_contain_text("Atlas launches on December 15")
    page.locator(".asked__a .cite").first.click()
    expect(page.locator(".seg.cited")).to_contain_text("Atlas launches")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 60")
    assert problems == []
    for width, scheme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        check(page)
    page.get_by_role("button", name="Delete: When does Atlas launch?").click()
    expect(page.locator(".asked__one")).to_have_count(0)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Notes").click()
    expect(page.get_by_role("heading", name="Action items")).to_be_visible()


def test_ask_over_all_meetings(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    mark_stale(demo)
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Ask").click()
    expect(page.get_by_role("heading", name="Ask")).to_be_visible()
    check(page)
    problems.clear()
    page.get_by_label("Question about all your meetings").fill("When does Atlas launch?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".asked__one")).to_contain_text("Looking for it in your meetings")

    def answer(messages, schema):
        line = next(row for row in messages[-1]["content"].splitlines() if "Atlas launches" in row)
        number = int(line[1 : line.index("]")])
        return json.dumps({"said": True, "answer": "Atlas launches on December 15", "lines": [number]})

    question = Question.objects.get()
    question.show_draft("Atlas lau")
    expect(page.locator(".asked__draft")).to_contain_text("not checked yet: Atlas lau")
    check(page)
    problems.clear()
    assert answer_waiting_questions(client=Client(answer)) == 1
    expect(page.locator(".asked__a")).to_contain_text("Atlas launches on December 15")
    expect(page.locator(".asked__draft")).to_have_count(0)
    for width, scheme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        check(page)
    problems.clear()
    page.locator(".asked__a .cite").first.click()
    expect(page.locator(".seg.cited")).to_contain_text("Atlas launches")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 60")
    assert problems == []
