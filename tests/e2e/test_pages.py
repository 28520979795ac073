"""Every page in a real browser: nothing for axe to find, in light and dark; everything reachable by keyboard; nothing blocked by the policy."""

import io
import json
import wave
from collections.abc import Callable, Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from playwright.sync_api import Browser, Page, expect

from meetings.models import ActionItem, Job, Meeting, Segment, SetupCode, User
from tests import factories
from tests.tiers import PROJECT_DIR

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

AXE = PROJECT_DIR / "node_modules" / "axe-core" / "axe.min.js"
FIND_VIOLATIONS = "() => axe.run(document).then(result => result.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`))"


@pytest.fixture
def recorded(meeting: Meeting) -> Meeting:
    """`meeting` with sound and a waveform."""
    recording = meeting.recording
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * 8 * recording.duration_ms)
    peaks = {"duration_ms": recording.duration_ms, "peaks": [[-0.1, 0.1] * 99]}
    for key, content in (
        (recording.playback_key, sound.getvalue()),
        (recording.peaks_key, json.dumps(peaks).encode()),
    ):
        default_storage.delete(key)
        default_storage.save(key, ContentFile(content))
    return meeting


@pytest.fixture(params=["light", "dark"])
def themed(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=request.param, locale="en-GB"
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def log_in(live_server) -> Callable[[Page, User], None]:
    def fill(page: Page, user: User) -> None:
        page.goto(live_server.url + "/accounts/login/")
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#meetings")).to_be_visible()

    return fill


def check(page: Page) -> None:
    """axe has nothing to say, nothing overflows, nothing was blocked or thrown."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text()})
    assert page.evaluate(FIND_VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"


def listen_for_errors(page: Page) -> list[str]:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None,
    )
    return problems


def test_every_page_is_accessible_in_light_and_dark(themed, log_in, live_server, recorded, owner):
    page = themed
    factories.make_jobs(
        factories.make_meeting(owner, title="In work"), state=Job.State.QUEUED, total_ms=60_000
    )
    problems = listen_for_errors(page)
    page.goto(live_server.url + "/accounts/login/")
    check(page)
    log_in(page, owner)
    base = f"/meetings/{recorded.pk}/"
    paths = ["/", base, f"{base}?tab=history", f"{base}details/", f"{base}share/", f"{base}delete/"]
    paths += [
        "/action-items/",
        "/action-items/?show=suggested",
        "/calendar/",
        f"{base}action-items/",
        "/people/",
        "/models/",
        "/nothing/",
    ]
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            page.goto(live_server.url + path)
            assert problems == []
            check(page)
            problems.clear()  # axe puts a style of its own into the page


def test_the_set_up_page(page: Page, live_server):
    code = SetupCode.renew()
    page.goto(live_server.url + "/meetings/")
    check(page)
    page.get_by_label("Set-up code").fill(code.lower().replace("-", " "))
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill("a long enough password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Bring a recording")).to_be_visible()
    check(page)
    assert User.objects.get().is_owner


def test_correct_the_transcript_with_the_keyboard(page: Page, log_in, live_server, recorded, owner):
    first, second = recorded.segments.in_order()[:2]
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    page.locator(f"#seg-{first.pk}").focus()
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("Let us <b>begin</b> with the date.")
    page.keyboard.press("Tab")
    box = page.locator(f"#seg-{second.pk} textarea")
    expect(box).to_be_focused()
    expect(page.locator(f"#seg-{first.pk} p")).to_have_text("Let us <b>begin</b> with the date.")
    check(page)
    box.fill("never saved")
    page.keyboard.press("Escape")
    expect(page.locator(f"#seg-{second.pk}")).to_be_focused()
    expect(page.locator(f"#seg-{second.pk} p")).to_have_text(second.text)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("h")
    page.get_by_role("button", name="Bring this back").click()
    expect(page.locator(f"#seg-{first.pk} p")).to_have_text(first.text)
    assert Segment.objects.get(pk=first.pk).revisions.count() == 2


def test_a_text_that_cannot_be_saved_stays(page: Page, log_in, live_server, recorded, owner):
    segment = recorded.segments.in_order()[0]
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    page.locator(f"#seg-{segment.pk} p").dblclick()
    box = page.locator(f"#seg-{segment.pk} textarea")
    box.fill("precious")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.locator(f"#seg-{segment.pk} .error")).to_contain_text("Not saved")
    expect(box).to_have_value("precious")
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.locator(f"#seg-{segment.pk} p[dir]")).to_have_text("precious")


def test_play_a_citation_and_follow(page: Page, log_in, live_server, recorded, owner):
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    chip = page.locator(".act .cite").first
    ids = chip.get_attribute("data-cite").split()
    chip.click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 10")
    expect(page.locator(".seg.now")).to_have_id(f"seg-{ids[0]}")
    expect(page.locator(".seg.cited")).to_have_count(len(ids))
    expect(page.locator(".seg.now .word")).to_be_visible()
    page.locator("#transcript").hover()
    page.mouse.wheel(0, 40)
    follow = page.get_by_role("button", name="Follow audio")
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pause").click()
    word = page.locator(".seg").last.locator("p span").nth(2)
    word.click()
    start_s = recorded.segments.in_order().last().words[2]["s"] / 1000
    page.wait_for_function(f"() => Math.abs(document.querySelector('audio').currentTime - {start_s}) < 0.2")
    assert problems == []


def test_find_in_the_transcript(page: Page, log_in, live_server, recorded, owner):
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    page.keyboard.press("/")
    page.keyboard.type("second server")
    expect(page.locator("#find-count")).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text("2 of 2")
    page.keyboard.press("Control+a")
    page.keyboard.type("nowhere")
    expect(page.locator("#find-count")).to_have_text("none")


def test_rename_a_speaker_everywhere(page: Page, log_in, live_server, recorded, owner):
    recorded.speakers.filter(label="S2").update(suggested_name="Tom")
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    page.locator("#meeting-head").get_by_role("button", name="Speaker 2").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value("Tom")
    check(page)
    dialog.get_by_role("button", name="Rename in all 3 lines").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".seg .who", has_text="Tom")).to_have_count(3)
    expect(page.locator("#meeting-head").get_by_role("button", name="Tom")).to_be_visible()


def test_go_through_suggestions_with_the_keyboard(page: Page, log_in, live_server, recorded, owner):
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    page.get_by_role("button", name="Review one by one").press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".act--open")).to_have_count(1)
    page.locator(".act--suggested").get_by_role("button", name="Refuse").press("Enter")
    expect(page.locator(".act--dropped")).to_have_count(1)
    page.locator(".act .check").press(" ")
    expect(page.locator(".act--done")).to_have_count(1)
    states = set(recorded.action_items.values_list("state", flat=True))
    assert states == {ActionItem.State.DONE, ActionItem.State.DROPPED}


def test_edit_a_line_and_see_why(page: Page, log_in, live_server, recorded, owner):
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{recorded.pk}/")
    line = page.locator(".act").first
    line.dblclick(position={"x": 200, "y": 12})
    page.get_by_label("Owner").fill("Elena")
    page.get_by_label("Due").fill("purple")
    page.keyboard.press("Enter")
    expect(page.locator(".line-form .error")).to_contain_text("Not understood")
    page.get_by_label("Due").fill("2026-03-09")
    page.keyboard.press("Enter")
    expect(page.locator(".act").first).to_contain_text("Elena")
    page.locator(".act").first.hover()
    page.locator(".act").first.get_by_role("link", name="why?").click()
    expect(page.get_by_role("dialog")).to_contain_text("by Friday")
    check(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_work_moves_on_without_a_socket(page: Page, log_in, live_server, owner):
    """The test server speaks no websocket: the page asks by itself."""
    meeting = factories.make_meeting(owner, title="In work")
    factories.make_recording(meeting, playback_key="", peaks_key="")
    jobs = factories.make_jobs(meeting, state=Job.State.WAITING)
    jobs[0].queue()
    log_in(page, owner)
    page.goto(f"{live_server.url}/meetings/{meeting.pk}/")
    expect(page.locator(".work")).to_contain_text("Reading the recording")
    expect(page.get_by_text("The transcript grows here")).to_be_visible()
    Job.objects.filter(pk=jobs[0].pk).update(state=Job.State.DONE)
    jobs[1].queue()
    factories.make_segments(meeting)
    expect(page.locator(".work")).to_contain_text("Writing the transcript", timeout=20_000)
    expect(page.locator(".seg")).to_have_count(6, timeout=20_000)
    check(page)
