"""Who said what, put right in a real browser on the demo meeting: named, merged, split, given away, and each taken back."""

import os

import pytest
from playwright.sync_api import Page, expect

from meetings.demo.load import load_demo
from meetings.models import VoiceMatch
from meetings.pipeline.steps import run_step
from meetings.voices.change import rename_voice
from meetings.voices.profiles import remember_voice
from tests.e2e.test_pages import check, listen_for_errors, log_in, themed  # noqa: F401

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demo(owner):
    """The demo meeting with its sound, as the first step of the pipeline leaves it."""
    waiting: list[int] = []
    meeting = load_demo(owner, send=waiting.append)
    for job in waiting:
        run_step(job, send=lambda _: None)
    return meeting


def names(page: Page) -> list[str]:
    return page.locator(".seg .who").all_text_contents()


def undo(page: Page, before: list[str]) -> None:
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".seg .who")).to_have_text(before)


def test_name_merge_split_pick_and_undo(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{demo.pk}/")
    expect(page.locator("[data-play]")).to_be_visible()
    before, dialog = names(page), page.get_by_role("dialog")
    first = page.locator(".seg").first

    # Name: listen first, then everywhere; the owner of an action item follows.
    first.locator(".who").click()
    expect(dialog.locator(".sample")).to_have_count(3)
    dialog.locator(".sample").nth(1).click()
    expect(dialog).to_be_visible()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 1")
    assert problems == []
    check(page)
    problems.clear()  # axe puts a style of its own into the page
    dialog.get_by_label("Name").fill("Zebra")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".seg .who", has_text="Zebra")).to_have_count(before.count(before[0]))
    expect(page.locator("#meeting-head").get_by_role("button", name="Zebra")).to_be_visible()
    undo(page, before)

    # This line only.
    first.locator(".who").click()
    dialog.get_by_label("Name").fill("Zebra")
    dialog.get_by_label("only").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".seg .who", has_text="Zebra")).to_have_count(1)
    page.locator("body").press("z")
    expect(page.locator(".seg .who")).to_have_text(before)

    # Merge.
    first.locator(".who").click()
    dialog.get_by_role("button", name="Merge").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".seg .who", has_text=before[0])).to_have_count(0)
    undo(page, before)

    # Split, by keyboard.
    first.focus()
    page.keyboard.press("x")
    check(page)
    problems.clear()
    dialog.get_by_label("The second part was said by").fill("Zebra")
    page.keyboard.press("Enter")
    expect(page.locator(".seg")).to_have_count(len(before) + 1)
    expect(page.locator(".seg .who").nth(1)).to_have_text("Zebra")
    undo(page, before)

    # Pick three lines, give them to a new voice.
    page.locator(".seg").first.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".seg.picked")).to_have_count(3)
    page.get_by_role("button", name="Who said them?").click()
    dialog.get_by_label("Said by").fill("Zebra")
    page.keyboard.press("Enter")
    expect(page.locator(".seg .who", has_text="Zebra")).to_have_count(3)
    undo(page, before)
    assert problems == []


def test_lines_of_one_voice(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    """By keyboard alone; a line that is given to another voice leaves, search and the arrows keep to what is shown."""
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{demo.pk}/")
    expect(page.locator("[data-play]")).to_be_visible()
    before = names(page)
    name, count = before[0], before.count(before[0])
    choice = page.get_by_label("Lines of")
    choice.focus()
    page.keyboard.press("ArrowDown")
    shown = page.locator(".seg:visible")
    expect(shown).to_have_count(count)
    assert set(shown.locator(".who").all_text_contents()) == {name}
    expect(page.locator("[data-voice-filter-status]")).to_have_text(f"{count} of {len(before)} lines: {name}")
    assert problems == []
    check(page)
    problems.clear()

    page.locator(".seg").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(":focus .who").text_content() == name
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Zebra")
    dialog.get_by_label("only").check()
    dialog.get_by_role("button", name="Save").click()
    expect(shown).to_have_count(count - 1)
    choice.select_option("")
    expect(shown).to_have_count(len(before))


@pytest.fixture
def known(demo, owner):
    """The demo meeting's first voice, named after a profile with how sure it is."""
    speaker = demo.segments.in_order()[0].speaker
    name = speaker.name
    profile = remember_voice(speaker, person=None, note="in the meeting", by=owner, send=lambda: None)
    rename_voice(speaker, "", seen=name, by=owner)
    match = VoiceMatch.objects.create(
        profile=profile, meeting=demo, label=speaker.label, similarity=0.8, confidence=0.93
    )
    rename_voice(speaker, name, seen="", by=None, match=match)
    return demo


def test_a_known_voice_is_refused_confirmed_remembered_and_forgotten(
    page: Page,
    log_in,  # noqa: F811
    live_server,
    known,
    owner,
):
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{known.pk}/")
    head, dialog, first = (
        page.locator("#meeting-head"),
        page.get_by_role("dialog"),
        page.locator(".seg .who").first,
    )
    before = names(page)
    expect(head).to_contain_text("by voice, 93 %")
    expect(page.locator(".seg .who--known")).to_have_count(before.count(before[0]))
    first.click()
    expect(dialog).to_contain_text("Named by voice, 93 % sure.")
    assert problems == []
    check(page)
    problems.clear()

    # No: by keyboard; the name is gone from every line, and the mark with it.
    dialog.get_by_role("button", name="No, not").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".seg .who", has_text=before[0])).to_have_count(0)
    expect(page.locator(".seg .who--known")).to_have_count(0)
    undo(page, before)

    # Yes, on a voice that waits for it.
    VoiceMatch.objects.update(state="named")
    page.reload()
    first.click()
    dialog.get_by_role("button", name="Yes").click()
    expect(page.locator(".seg .who--known")).to_have_count(0)
    expect(head).not_to_contain_text("by voice")
    assert names(page) == before

    # Remember another voice: not without agreement.
    other = page.locator(".seg .who", has_not_text=before[0]).first
    other.click()
    dialog.get_by_role("link", name="Remember this voice").click()
    expect(dialog).to_contain_text("agrees that Minutebook")
    check(page)
    problems.clear()
    dialog.get_by_role("button", name="Remember").click()
    expect(dialog).to_contain_text("their voice is not learned")
    dialog.get_by_label("How they said yes").fill("in the meeting")
    dialog.get_by_label("The person has agreed").check()
    dialog.get_by_role("button", name="Remember").click()
    expect(page).to_have_url(f"{live_server.url}/voices/")
    expect(page.locator("article")).to_have_count(2)
    page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished))")
    check(page)
    problems.clear()
    page.locator("article").first.get_by_role("button", name="Delete").click()
    expect(page.locator("article")).to_have_count(1)
    assert problems == []


def test_the_pages_of_known_voices_in_light_and_dark_and_narrow(
    themed: Page,  # noqa: F811
    log_in,  # noqa: F811
    live_server,
    known,
    owner,
):
    log_in(themed, owner)
    speaker = known.speakers.last()
    for path in ("/voices/", f"/speakers/{speaker.pk}/remember/", f"/meetings/{known.pk}/?tab=transcript"):
        for width in (1440, 360):
            themed.set_viewport_size({"width": width, "height": 900})
            themed.goto(live_server.url + path)
            check(themed)
            if folder := os.environ.get("LOOK_AT"):
                name = path.strip("/").replace("/", "-").replace("?", "-")[:30]
                scheme = themed.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
                themed.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")
