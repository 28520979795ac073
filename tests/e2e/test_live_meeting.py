"""A whole live meeting with everything real: the demo recording for a microphone, captions, a shared screen, a mark, a typed line, the stop, and notes."""

import re
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ARGUMENTS, Account
from tests.e2e.test_record import FAKE_SCREEN, show, wait_for_seconds
from tests.inference.sound import cut_demo
from tests.installation import Installation
from tests.tiers import find_browser

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.redis]

# Of the demo recording: a decision is made, and somebody takes a task.
FROM_S, TO_S = 66, 84
# Far more than it takes; `manage.py bench live` says how long it takes.
WORK_MS = 10 * 60 * 1000
FROM_CAPTIONS = "These notes are from the live captions"
TYPED = "Marcus: book the large room by Friday"


@pytest.fixture
def recorder(
    browser: Browser, installation: Installation, account: Account, tmp_path: Path
) -> Iterator[Page]:
    """The owner, logged in, in a browser whose microphone hears the demo meeting."""
    path = tmp_path / "demo.wav"
    with ThreadPoolExecutor() as pool:
        # Playwright's loop runs in this thread, and reading the sound starts one of its own.
        samples = pool.submit(cut_demo, FROM_S, TO_S).result()
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(samples.tobytes())
    arguments = [
        *ARGUMENTS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}",
    ]
    own = browser.browser_type.launch(executable_path=find_browser(), args=arguments)
    page = own.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    page.add_init_script(FAKE_SCREEN)
    page.goto(installation.url)
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#meetings")).to_be_visible()
    yield page
    own.close()


def begin(page: Page, url: str) -> None:
    page.goto(f"{url}/record/")
    page.get_by_label("Title").fill("Atlas, live")
    page.locator("#id_language").select_option("en")
    page.get_by_label(re.compile("Everyone who can be heard")).check()
    page.get_by_role("button", name="Start recording").click()
    page.get_by_role("button", name="Take slides from a screen").click()
    # The socket and the model server find each other.
    expect(page.locator("[data-elapsed]")).not_to_have_text("0:00", timeout=60_000)


def write_down(page: Page) -> None:
    """A mark by the keyboard, and a line."""
    page.locator("h1[data-title]").click()
    page.keyboard.press("m")
    page.get_by_placeholder("Write a note").fill(TYPED)
    page.keyboard.press("Enter")
    expect(page.locator("[data-notes] li")).to_have_count(2)


def test_a_live_meeting(recorder: Page, installation: Installation):
    page = recorder
    begin(page, installation.url)
    # Also what is not final yet is on the page as it is said.
    expect(page.locator(".live__captions")).to_contain_text("December", timeout=WORK_MS)
    write_down(page)
    expect(page.locator("[data-grabbed] img")).to_have_count(1, timeout=60_000)
    wait_for_seconds(page, TO_S - FROM_S)
    expect(page.locator("[data-captions] p").filter(has_text="newsletter").first).to_be_visible(
        timeout=WORK_MS
    )
    # Each caption with its time, and whose voice it seems to be.
    expect(page.locator("[data-captions] p time").first).to_have_text(re.compile(r"^0:0\d$"))
    expect(page.locator("[data-captions]")).to_contain_text("Speaker 1", timeout=WORK_MS)
    show(page, "captions")
    page.get_by_role("button", name="Stop and make notes").click()
    page.wait_for_url(re.compile("/meetings/"), timeout=WORK_MS)

    # From the captions, before the recording was listened to again.
    expect(page.get_by_text(FROM_CAPTIONS)).to_be_visible(timeout=WORK_MS)
    expect(page.locator(".notes .cite").first).to_be_visible()
    typed = page.locator(".act", has_text=re.compile("book the large room", re.IGNORECASE))
    expect(typed).to_contain_text("Marcus")
    typed.get_by_role("button", name=re.compile("^Confirm")).click()
    confirmed = page.locator(".act--open", has_text=re.compile("book the large room", re.IGNORECASE))
    expect(confirmed).to_be_visible()

    # Then from the recording; what was confirmed is still there, once.
    expect(page.locator(".work")).to_have_count(0, timeout=WORK_MS)
    page.reload()
    expect(page.get_by_text(FROM_CAPTIONS)).to_have_count(0)
    expect(page.locator(".notes .cite").first).to_be_visible()
    expect(confirmed).to_have_count(1)
    expect(page.locator("[data-segments]")).to_contain_text("newsletter")
    expect(page.locator(".own-notes li")).to_have_count(2)
    expect(page.locator(".own-notes")).to_contain_text(TYPED)
    assert installation.rows("SELECT COUNT(*) FROM meetings_segment WHERE engine = 'live'") == [(0,)]
    page.goto(page.url.split("?")[0] + "?tab=slides")
    expect(page.locator("#slides img")).to_have_count(1)
