"""Recording in a real browser, with Chromium's fake microphone playing a file, through the real web process."""

import base64
import contextlib
import os
import re
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from meetings.live.protocol import FRAME_BYTES
from meetings.models import Job
from tests.e2e.conftest import ARGUMENTS
from tests.e2e.test_pages import check, listen_for_errors
from tests.live_web import LiveWeb
from tests.slide_files import make_pdf
from tests.tiers import find_browser, require_tier

pytestmark = pytest.mark.e2e

RATE = 48_000
PRESENTED = "Presented"


def write_sweep(path: Path, *, seconds: int = 60) -> Path:
    """Second k of a minute: a tone of 300 + 20 k Hz, so that a piece says when it was played."""
    time = np.arange(seconds * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * (300 + 20 * np.floor(time)) * time)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes((tone * 32767).astype("<i2").tobytes())
    return path


def read_tones(samples: bytes) -> np.ndarray:
    """The strongest frequency of every 100 ms."""
    blocks = np.frombuffer(samples, "<i2").astype(float)
    blocks = blocks[: len(blocks) // 1600 * 1600].reshape(-1, 1600)
    return np.abs(np.fft.rfft(blocks * np.hanning(1600), axis=1)).argmax(axis=1) * 10.0


@pytest.fixture
def web(tmp_path, free_port) -> Iterator[LiveWeb]:
    web = LiveWeb(tmp_path / "data", free_port)
    web.start()
    yield web
    web.kill()


@contextlib.contextmanager
def open_page(browser: Browser, web: LiveWeb, tmp_path: Path, *more: str) -> Iterator[Page]:
    """A browser of its own: the fake microphone is an argument of the whole browser."""
    require_tier("e2e")
    sweep = write_sweep(tmp_path / "sweep.wav")
    arguments = [
        *ARGUMENTS,
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={sweep}",
        *more,
    ]
    # Playwright's own would take the sound out of a shared tab, too.
    own = browser.browser_type.launch(
        executable_path=find_browser(), args=arguments, ignore_default_args=["--mute-audio"]
    )
    context = own.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": web.cookie, "url": web.url}])
    yield context.new_page()
    own.close()


@pytest.fixture
def page(browser: Browser, web, tmp_path) -> Iterator[Page]:
    with open_page(browser, web, tmp_path, "--use-fake-ui-for-media-stream") as page:
        yield page


@pytest.fixture
def sharing_page(browser: Browser, web, tmp_path) -> Iterator[Page]:
    """As somebody who always shares the tab PRESENTED: with the fake dialog the browser would share a fake screen."""
    more = (
        f"--auto-select-tab-capture-source-by-title={PRESENTED}",
        "--autoplay-policy=no-user-gesture-required",
    )
    with open_page(browser, web, tmp_path, *more) as page:
        page.context.grant_permissions(["microphone"])
        yield page


def begin(page: Page, web: LiveWeb) -> None:
    page.goto(f"{web.url}/record/")
    begin_here(page)


def begin_here(page: Page) -> None:
    page.get_by_label("Title").fill("Weekly <b>planning</b>")
    page.get_by_label(re.compile("Everyone who can be heard")).check()
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_role("button", name="Stop and make notes")).to_be_visible()


def wait_for_seconds(page: Page, seconds: int) -> None:
    page.wait_for_function(
        "s => { const t = /up to (\\d+):(\\d+)/.exec(document.querySelector('.live__safe').textContent); return t && t[1] * 60 + +t[2] >= s }",
        arg=seconds,
        timeout=60_000,
    )


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop and make notes").click()
    page.wait_for_url(re.compile("/meetings/"), timeout=60_000)


def show(page: Page, name: str) -> None:
    """Pictures for those who want to look: MINUTEBOOK_TEST_PICTURES names a folder."""
    if not (folder := os.environ.get("MINUTEBOOK_TEST_PICTURES")):
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_record_mark_and_stop(page, web):
    problems = listen_for_errors(page)
    page.goto(f"{web.url}/record/")
    show(page, "setup")
    begin(page, web)
    wait_for_seconds(page, 2)
    page.locator("h1[data-title]").click()
    page.keyboard.press("m")
    page.get_by_placeholder("Write a note").fill("Who pays for <i>this</i>?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-notes] li")).to_have_count(2)
    # No model server here: it says so, and goes on.
    expect(page.get_by_text("Recording only: the model server is away")).to_be_visible(timeout=20_000)
    wait_for_seconds(page, 5)
    show(page, "live")
    assert problems == []
    stop(page)
    expect(page.get_by_role("heading", name="Weekly <b>planning</b>")).to_be_visible()
    expect(page.locator(".own-notes li")).to_have_count(2)
    expect(page.locator(".own-notes")).to_contain_text("Who pays for <i>this</i>?")
    show(page, "meeting")
    tones = read_tones(web.read_recording())
    assert len(tones) >= 50
    steps = np.diff(tones)
    assert (np.abs(steps) <= 30).sum() >= len(steps) - 1, "a piece of the sound is missing"
    assert [kind for (kind,) in web.rows("SELECT kind FROM meetings_ownnote ORDER BY at_ms")] == [
        "mark",
        "note",
    ]
    assert web.rows("SELECT COUNT(*) FROM meetings_job") == [(len(Job.Step.of_uploads()),)]


def test_no_consent_no_recording(page, web):
    page.goto(f"{web.url}/record/")
    page.get_by_role("button", name="Start recording").click()
    page.wait_for_timeout(500)
    assert web.rows("SELECT COUNT(*) FROM meetings_take") == [(0,)]


def test_the_server_is_killed_and_the_page_reloaded(page, web):
    """What was said while the server was away is there afterwards; after a reload the recording goes on."""
    begin(page, web)
    wait_for_seconds(page, 2)
    web.kill()
    page.wait_for_timeout(4000)
    expect(page.locator(".live__safe")).to_contain_text("kept in this browser")
    web.start()
    wait_for_seconds(page, 6)
    before = page.url
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert page.url == before
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Go on recording").click()
    expect(page.get_by_role("button", name="Stop and make notes")).to_be_visible()
    wait_for_seconds(page, 9)
    stop(page)
    tones = read_tones(web.read_recording())
    jumps = np.flatnonzero(np.abs(np.diff(tones)) > 30)
    assert len(jumps) <= 4, f"only the reload may jump, not {jumps / 10} s"
    assert len(tones) >= 90


def test_a_second_tab_is_told(page, web):
    begin(page, web)
    wait_for_seconds(page, 1)
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.get_by_text("another tab of this browser")).to_be_visible()
    wait_for_seconds(page, 2)
    stop(page)


def test_the_pages_are_accessible(page, web):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{web.url}/record/")
            check(page)
    page.set_viewport_size({"width": 1440, "height": 800})
    begin(page, web)
    wait_for_seconds(page, 1)
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        check(page)
    page.set_viewport_size({"width": 1440, "height": 800})
    stop(page)


READ_END = """() => new Promise((done) => {
    const open = indexedDB.open("minutebook-live", 1);
    open.onsuccess = () => {
        const all = open.result.transaction("takes").objectStore("takes").getAll();
        all.onsuccess = () => done(all.result[0].end);
    };
})"""


DRAFTED = """
import datetime as dt
from meetings.labelling import set_series
from meetings.models import Meeting, Notes
from meetings.notes.items import DraftItem
from tests import factories
meeting = Meeting.objects.get(take__isnull=False)
lines = [
    ("decision", "Launch on the 14th of December", 65_000, "", ""),
    ("action", "Send the draft of the price page to legal", 84_000, "Marcus", "2026-12-04"),
    ("question", "Who pays for the second server?", 190_000, "", ""),
    ("point", "The beta has 140 teams, two thirds of them come back every week", 20_000, "", ""),
]
shown = [
    DraftItem(kind=kind, text=text, segment_ids=(), position_ms=at_ms, owner_name=owner, due_on=due).dump()
    for kind, text, at_ms, owner, due in lines
]
Notes.objects.create(meeting=meeting, draft={"windows": {"0": {"shown": shown}}})
earlier = factories.make_meeting(meeting.owner, held_on=meeting.held_on - dt.timedelta(days=7))
set_series([earlier], "Weekly")
factories.make_action_item(earlier, "Book the hall", state="open", owner_name="Tom")
print("DRAFTED", meeting.pk)
"""


def test_notes_so_far_stand_beside_the_captions(page, web):
    """For the one who records and for those who watch; without the network nobody is bothered with it."""
    problems = listen_for_errors(page)
    page.goto(f"{web.url}/record/")
    page.get_by_label("Series").fill("Weekly")
    page.get_by_label("Who takes part").fill("Marcus Webb\nTom Berg")
    show(page, "setup")
    begin_here(page)
    so_far = page.get_by_role("region", name="Notes so far")
    expect(so_far).to_contain_text("a minute or two")
    expect(page).to_have_title(re.compile("^● 0:0[1-9] · Weekly <b>planning</b>"), timeout=10_000)
    meeting = web.shell(DRAFTED, "DRAFTED")[0]
    page.evaluate("htmx.trigger('[data-so-far]', 'minutebook:so-far')")
    expect(so_far).to_contain_text("Launch on the 14th of December")
    expect(so_far).to_contain_text(re.compile("price page to legal.*Marcus.*4 Dec", re.DOTALL))
    expect(so_far).to_contain_text(re.compile("Still open from earlier.*Book the hall", re.DOTALL))
    show(page, "so-far")
    check(page)
    watcher = page.context.new_page()
    watcher.goto(f"{web.url}/meetings/{meeting}/live/")
    expect(watcher.get_by_role("complementary", name="Notes so far")).to_contain_text("second server")
    show(watcher, "watch")
    check(watcher)
    watcher.close()
    assert problems == []
    page.context.set_offline(True)
    page.evaluate("htmx.trigger('[data-so-far]', 'minutebook:so-far')")
    page.wait_for_timeout(500)
    expect(page.locator(".toast")).to_have_count(0)
    page.context.set_offline(False)
    stop(page)


def test_the_browser_is_killed_and_never_comes_back(page, web, tmp_path):
    """-9 on all of its processes: at most a second of what was recorded is not on the server."""
    begin(page, web)
    wait_for_seconds(page, 4)
    made = page.evaluate(READ_END)
    mark = f"--use-file-for-fake-audio-capture={tmp_path / 'sweep.wav'}"
    mine = [one for one in psutil.Process().children(recursive=True) if mark in one.cmdline()]
    assert mine
    for one in [*mine[0].children(recursive=True), *mine]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    time.sleep(1)
    [path] = (web.folder / "live").glob("*.wav")
    stored = (path.stat().st_size - 44) // FRAME_BYTES
    assert made > 200 and stored >= made - 50


def test_a_proxy_that_finds_a_picture_too_large(page, web):
    page.add_init_script(FAKE_SCREEN)
    page.route("**/slides/", lambda route: route.fulfill(status=413, body="Payload Too Large"))
    begin(page, web)
    page.get_by_role("button", name="Take slides from a screen").click()
    expect(page.locator("[data-grabbed] li")).to_have_count(1, timeout=10_000)
    expect(page.get_by_text("refused the picture")).to_be_visible(timeout=20_000)
    expect(page.locator("[data-grabbed] li")).to_have_count(0)
    stop(page)


# A screen of our own: what it shows is set by the test. With a real one: `getDisplayMedia` itself is the browser's.
FAKE_SCREEN = """(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const context = canvas.getContext("2d");
    let text = "One", isFilm = false, tick = 0;
    const draw = () => {
        context.fillStyle = "#fff";
        context.fillRect(0, 0, 1280, 720);
        context.fillStyle = "#123";
        context.font = "bold 260px sans-serif";
        context.fillText(text, 60, 420);
        tick++;
        if (isFilm) context.fillRect((tick * 160) % 1280, 0, 400, 720);
        else context.fillRect(1279, 719, tick % 2, 1);
    };
    setInterval(draw, 100);
    window.screenShows = (next, film) => { text = next; isFilm = film; };
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(10);
})()"""


def count_slides(web: LiveWeb) -> int:
    return web.rows("SELECT COUNT(*) FROM meetings_slide WHERE deleted_at IS NULL")[0][0]


def test_slides_of_a_shared_screen_and_pasted_ones(page, web):
    problems = listen_for_errors(page)
    page.add_init_script(FAKE_SCREEN)
    begin(page, web)
    page.get_by_role("button", name="Take slides from a screen").click()
    shown = page.locator("[data-grabbed] li")
    expect(shown).to_have_count(1, timeout=10_000)
    page.evaluate("screenShows('Two', true)")
    page.wait_for_timeout(4000)
    expect(shown).to_have_count(1)
    page.evaluate("screenShows('Two', false)")
    expect(shown).to_have_count(2, timeout=10_000)
    page.wait_for_timeout(3000)
    expect(shown).to_have_count(2)
    # Taken away before it counts.
    shown.nth(1).get_by_role("button", name="Remove").click()
    expect(shown).to_have_count(1)
    paste = """() => new Promise((done) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
        canvas.getContext("2d").fillRect(0, 0, 320, 360);
        canvas.toBlob((blob) => {
            const data = new DataTransfer();
            data.items.add(new File([blob], "pasted.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
            done();
        });
    })"""
    page.evaluate(paste)
    expect(shown).to_have_count(2)
    show(page, "slides")
    page.wait_for_timeout(11_000)
    assert count_slides(web) == 2
    # What counts already can be taken away as well.
    shown.nth(1).get_by_role("button", name="Remove").click()
    expect(shown).to_have_count(1)
    page.evaluate("screenShows('Three', false)")
    expect(shown).to_have_count(2, timeout=10_000)
    check(page)
    assert problems == []
    stop(page)
    # The last one was younger than ten seconds: the stop made it count.
    rows = web.rows("SELECT source, shown_ms FROM meetings_slide WHERE deleted_at IS NULL ORDER BY shown_ms")
    assert [source for source, _ in rows] == ["screen", "screen"]
    assert rows[0][1] < 6_000 < 15_000 < rows[1][1]


# Another tab with a tone of 2 kHz and a slide that is another one when it is told so.
PRESENTATION = f"""<title>{PRESENTED}</title><body style="margin: 0; font: bold 200px sans-serif"><p>One</p><script>
    const audio = new AudioContext();
    const tone = new OscillatorNode(audio, {{ frequency: 2000 }});
    tone.connect(new GainNode(audio, {{ gain: 0.2 }})).connect(audio.destination);
    tone.start();
</script>"""


def test_a_shared_tab_is_the_second_channel_and_its_slides_are_taken(sharing_page, web):
    """Chromium's own capture of another tab, which is in front, as it is while people present: the Record page is hidden meanwhile."""
    page = sharing_page
    problems = listen_for_errors(page)
    presented = page.context.new_page()
    presented.set_content(PRESENTATION)
    page.goto(f"{web.url}/record/")
    page.get_by_label("Also record the sound of a tab or screen").check()
    begin_here(page)
    wait_for_seconds(page, 4)
    expect(page.locator("[data-grabbed] li")).to_have_count(1, timeout=10_000)
    presented.bring_to_front()
    presented.evaluate(
        "document.querySelector('p').textContent = 'Two', document.body.style.background = '#123'"
    )
    expect(page.locator("[data-grabbed] li")).to_have_count(2, timeout=10_000)
    page.bring_to_front()
    wait_for_seconds(page, 8)
    stop(page)
    assert problems == []
    [path] = web.folder.rglob("original")
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, 16_000)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    here, there = (read_tones(samples[16_000:, channel].tobytes()) for channel in (0, 1))
    assert np.mean((there > 1_950) & (there < 2_050)) > 0.9
    assert np.mean((here > 280) & (here < 1_500)) > 0.9
    # As loud as it was played: nothing takes an echo or noise out of it.
    assert np.abs(samples[32_000:, 1]).max() == pytest.approx(0.2 * 32768, rel=0.1)


def read_sizes(page: Page) -> list[list[int]]:
    return page.locator("[data-grabbed] img").evaluate_all(
        "all => all.map(i => [i.naturalWidth, i.naturalHeight])"
    )


def test_a_part_of_the_screen_before_it_counts(page, web):
    """Drawn with the pointer or typed; the next slides of the screen are cut alike. While somebody chooses, it does not count."""
    problems = listen_for_errors(page)
    page.add_init_script(FAKE_SCREEN)
    begin(page, web)
    page.get_by_role("button", name="Take slides from a screen").click()
    shown = page.locator("[data-grabbed] li")
    expect(shown).to_have_count(1, timeout=10_000)
    shown.get_by_role("button", name="Crop").click()
    dialog = page.get_by_role("dialog", name="Keep a part of the slide")
    expect(dialog).to_be_visible()
    page.wait_for_timeout(11_000)
    assert count_slides(web) == 0
    box = dialog.locator("[data-crop-frame]").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75, steps=3)
    page.mouse.up()
    expect(dialog.get_by_label("from left")).to_have_value("25")
    expect(dialog.get_by_label("to bottom")).to_have_value("75")
    show(page, "crop")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        check(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    # Closed by the keyboard: nothing has changed.
    page.keyboard.press("Escape")
    assert read_sizes(page) == [[1280, 720]]
    shown.get_by_role("button", name="Crop").click()
    dialog.get_by_label("to right").fill("0")
    dialog.get_by_role("button", name="Crop").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("to right").fill("50")
    dialog.get_by_label("Take the same part of the next slides").check()
    dialog.get_by_label("to right").press("Enter")
    expect(dialog).to_be_hidden()
    page.wait_for_function("() => document.querySelector('[data-grabbed] img').naturalWidth === 640")
    page.evaluate("screenShows('Two', false)")
    expect(shown).to_have_count(2, timeout=10_000)
    page.wait_for_timeout(500)
    assert read_sizes(page) == [[640, 720]] * 2
    shown.nth(1).get_by_role("button", name="Crop").click()
    dialog.get_by_role("button", name="Whole picture").click()
    page.wait_for_function("() => document.querySelectorAll('[data-grabbed] img')[1].naturalWidth === 1280")
    assert problems == []
    stop(page)
    assert web.rows("SELECT width FROM meetings_slide WHERE deleted_at IS NULL ORDER BY shown_ms") == [
        (640,),
        (1280,),
    ]


CLOSE = """
from meetings.live.takes import stop_take
from meetings.models import Take
stop_take(Take.objects.get())
"""


def test_what_only_this_browser_has_is_offered(page, web, tmp_path):
    """The server was killed, the browser closed, and before it came back the recording was closed from elsewhere."""
    begin(page, web)
    wait_for_seconds(page, 2)
    web.kill()
    page.wait_for_timeout(4000)
    context = page.context
    page.close()
    web.start()
    web.manage("shell", "--no-imports", "-c", CLOSE)
    page = context.new_page()
    page.goto(f"{web.url}/record/")
    offer = page.locator("[data-record-found] .record__found")
    expect(offer).to_contain_text("did not get there")
    check(page)
    with page.expect_download() as download:
        offer.get_by_text("Save it as a file").click()
    download.value.save_as(tmp_path / "rest.wav")
    with wave.open(str(tmp_path / "rest.wav")) as sound:
        assert sound.getframerate() == 16_000
        assert 2 <= sound.getnframes() / 16_000 <= 15
        rest = read_tones(sound.readframes(sound.getnframes()))
    stored = read_tones(web.read_recording())
    # Nothing is missing between what the server has and what the browser has.
    assert 0 <= rest[2] - stored[-2] <= 30
    offer.get_by_role("button", name="Forget it").click()
    expect(offer).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Start recording")).to_be_visible()
    expect(offer).to_have_count(0)


def test_pause_size_and_a_screen_that_stays_on(page, web):
    page.add_init_script(
        """Object.defineProperty(navigator, "wakeLock", { value: { request: async (kind) => { window.keptOn = kind; return {}; } } });
        delete MediaDevices.prototype.getDisplayMedia;"""
    )
    page.goto(f"{web.url}/record/")
    expect(page.get_by_text("cannot share the sound of a tab")).to_be_visible()
    begin(page, web)
    assert page.evaluate("window.keptOn") == "screen"
    expect(page.get_by_role("button", name="Take slides from a screen")).to_be_disabled()
    wait_for_seconds(page, 2)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(500)
    elapsed = page.locator("[data-elapsed]").inner_text()
    page.get_by_role("button", name="A+, larger captions").click()
    page.wait_for_timeout(2500)
    expect(page.locator("[data-elapsed]")).to_have_text(elapsed)
    page.get_by_role("button", name="Go on").click()
    wait_for_seconds(page, 5)
    assert (
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--caption-scale')")
        == "1.2"
    )
    stop(page)
    tones = read_tones(web.read_recording())
    jumps = np.diff(tones)
    assert (jumps > 30).sum() <= 2 and jumps.max() >= 40, "the pause is no part of the recording"


DROP = """([data, name]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, { type: "application/pdf" }));
    document.querySelector("[data-record]").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_decks_before_and_during_the_meeting_and_a_question(page, web, tmp_path):
    problems = listen_for_errors(page)
    deck = tmp_path / "plan.pdf"
    deck.write_bytes(make_pdf("Launch plan", "Pricing"))
    page.goto(f"{web.url}/record/")
    page.get_by_label("Slides that will be shown").set_input_files(deck)
    check(page)
    show(page, "setup-deck")
    page.get_by_label(re.compile("Everyone who can be heard")).check()
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_text("“plan.pdf” is among the slides")).to_be_visible()
    assert count_slides(web) == 2
    page.evaluate(DROP, [base64.b64encode(make_pdf("More")).decode(), "more.pdf"])
    expect(page.get_by_text("“more.pdf” is among the slides")).to_be_visible()
    page.evaluate(DROP, [base64.b64encode(b"nothing").decode(), "bad.pdf"])
    expect(page.get_by_text("neither an image nor a PDF")).to_be_visible()
    assert count_slides(web) == 3
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Ask about it so far").click()
    ask = opened.value
    ask.get_by_label("Question about this meeting").fill("What did we decide about pricing so far?")
    ask.get_by_role("button", name="Ask", exact=True).click()
    expect(ask.locator(".asked__one")).to_contain_text("Looking for it")
    wait_for_seconds(page, 3)
    show(page, "live-deck")
    check(page)
    stop(page)
    assert [problem for problem in problems if "422" not in problem] == []


PERMISSION = {
    "NotAllowedError": "was not allowed to listen",
    "NotFoundError": "No microphone was found",
    "NotReadableError": "used by another program",
}


def test_a_page_that_the_browser_stopped(page, web):
    """As a locked phone does. It goes on by itself when it is looked at again, and says what is missing."""
    page.add_init_script(
        "window.AudioContext = class extends AudioContext { constructor(...a) { super(...a); window.lastContext = this; } };"
    )
    begin(page, web)
    wait_for_seconds(page, 2)
    page.evaluate("lastContext.suspend()")
    page.wait_for_timeout(4000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text(re.compile(r"0:0[345] of the meeting were not recorded"))).to_be_visible()
    wait_for_seconds(page, 4)
    stop(page)


def test_a_tab_that_is_not_shared_after_all(page, web):
    page.add_init_script(
        "navigator.mediaDevices.getDisplayMedia = async () => { throw new DOMException('no', 'NotAllowedError'); }"
    )
    page.goto(f"{web.url}/record/")
    page.locator("#id_share").check()
    page.get_by_label(re.compile("Everyone who can be heard")).check()
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_role("alert").filter(has_text="Nothing was shared")).to_be_visible()
    assert web.rows("SELECT COUNT(*) FROM meetings_take") == [(0,)]


@pytest.mark.parametrize("name", list(PERMISSION))
def test_no_microphone_no_recording(page, web, name):
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no', '{name}'); }}"
    )
    page.goto(f"{web.url}/record/")
    page.get_by_label(re.compile("Everyone who can be heard")).check()
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_role("alert").filter(has_text=PERMISSION[name])).to_be_visible()
    assert web.rows("SELECT COUNT(*) FROM meetings_take") == [(0,)]
    expect(page.get_by_role("button", name="Start recording")).to_be_enabled()


def test_a_microphone_that_is_unplugged(page, web):
    page.add_init_script(
        """const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (...a) => {
            window.lastStream = await real(...a);
            window.lastAsked = a[0].audio;
            return window.lastStream;
        };"""
    )
    begin(page, web)
    wait_for_seconds(page, 1)
    page.evaluate(
        "{ const [track] = lastStream.getAudioTracks(); track.stop(); track.dispatchEvent(new Event('ended')); }"
    )
    expect(page.get_by_text("The microphone is gone")).to_be_visible()
    # The clock goes on, and so does the recording, with silence, until another one is chosen.
    wait_for_seconds(page, 3)
    page.locator("#device-now").select_option(index=1)
    expect(page.get_by_text("The microphone is gone")).to_be_hidden()
    wait_for_seconds(page, 5)
    # Unplugged again, and now another one is there: it is taken without a word from anybody.
    page.evaluate(
        "{ const [track] = lastStream.getAudioTracks(); track.stop(); track.dispatchEvent(new Event('ended')); }"
    )
    expect(page.get_by_text("The microphone is gone")).to_be_visible()
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    expect(page.get_by_text("the recording goes on with “")).to_be_visible()
    wait_for_seconds(page, 8)
    page.get_by_text("Echo and noise").click()
    page.locator("#noise-now").uncheck()
    check(page)
    page.wait_for_function(
        "() => lastAsked.noiseSuppression === false && lastAsked.echoCancellation === true"
    )
    # Muted at the device: a quarter of a minute of nothing is said.
    page.evaluate("lastStream.getAudioTracks()[0].enabled = false")
    expect(page.get_by_text("Only silence arrives")).to_be_visible(timeout=30_000)
    page.evaluate("lastStream.getAudioTracks()[0].enabled = true")
    expect(page.get_by_text("Only silence arrives")).to_be_hidden(timeout=10_000)
    page.wait_for_timeout(2000)
    stop(page)
    tones = read_tones(web.read_recording())
    assert tones[5] > 250 and tones[-5] > 250, "the first and the second microphone were heard"
