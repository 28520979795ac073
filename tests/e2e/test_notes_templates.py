"""A template of one's own, and notes made again by it, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from .test_pages import check, listen_for_errors, log_in  # noqa: F401

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_write_a_template_and_make_the_notes_again(page: Page, log_in, live_server, meeting, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/templates/")
    for width, scheme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        check(page)
    page.get_by_role("link", name="Make one like it: Board minutes").click()
    page.get_by_label("Name", exact=True).fill("Our board")
    page.get_by_label("Risks").check()
    check(page)
    problems.clear()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Our board")).to_be_visible()

    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/meetings/{meeting.pk}/")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Make the notes again").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Template").select_option("Our board")
    check(page)
    problems.clear()
    dialog.get_by_role("button", name="Make them again").click()
    expect(page.locator("#progress")).to_contain_text("Writing", ignore_case=True)
    page.get_by_role("navigation", name="Views of this meeting").get_by_role("link", name="History").click()
    expect(page.locator(".history")).to_contain_text("not written yet · wanted by Olga Owner")
    check(page)
    meeting.refresh_from_db()
    assert meeting.notes_template.startswith("own-")
