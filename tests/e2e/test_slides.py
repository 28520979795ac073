"""The Slides tab in Chromium: paste a picture, drop a PDF, take one away and back."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_pages import check, listen_for_errors, log_in  # noqa: F401 - a fixture
from tests.e2e.test_speakers import demo  # noqa: F401 - a fixture
from tests.slide_files import make_image, make_pdf

pytestmark = pytest.mark.e2e

SEND = """([data, name, type, event]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const page = document.querySelector("[data-slides]");
  if (event === "paste") document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
  else page.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def send(page: Page, data: bytes, name: str, kind: str, *, event: str) -> None:
    page.evaluate(SEND, [base64.b64encode(data).decode(), name, kind, event])


def test_paste_drop_take_away_and_undo(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{demo.pk}/?tab=slides")
    expect(page.locator("[data-slides]")).to_be_visible()

    expect(page.locator(".slide")).to_have_count(3)  # of the film
    send(page, make_image(), "shot.png", "image/png", event="paste")
    expect(page.locator(".slide")).to_have_count(4)
    send(page, make_pdf("Launch on December 15", "Two tiers"), "deck.pdf", "application/pdf", event="drop")
    expect(page.locator(".slide")).to_have_count(6)
    expect(page.locator(".slide__text", has_text="Launch on December 15")).to_be_visible()
    expect(page.get_by_role("img", name="Slide 6: Two tiers")).to_have_count(1)

    send(page, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.png", "image/png", event="drop")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".slide")).to_have_count(6)

    page.get_by_role("button", name="Take away slide 1").click()
    expect(page.locator(".slide")).to_have_count(5)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".slide")).to_have_count(6)
    for width, scheme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        check(page)
    assert [problem for problem in problems if "422" not in problem] == []


def test_full_screen_a_time_typed_and_one_dragged(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{demo.pk}/")
    page.locator(".cite--slide").first.click()
    viewer = page.get_by_role("dialog", name="Slide")
    expect(viewer).to_be_visible()  # the chip opens the slide itself
    page.keyboard.press("Home")
    expect(viewer.get_by_role("img", name="Atlas launch plan")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img", name="Pricing")).to_be_visible()
    page.keyboard.press("End")
    expect(viewer.get_by_text("3 of 3")).to_be_visible()
    expect(viewer.get_by_role("button", name="Next slide")).to_be_disabled()
    check(page)
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)

    field = page.get_by_label("Shown at").nth(1)
    expect(field).to_have_value("1:40")
    field.fill("1:30")
    field.press("Enter")
    expect(page.get_by_text("set by a person")).to_be_visible()
    page.goto(f"{live_server.url}/meetings/{demo.pk}/")
    thumbnail = page.get_by_role("button", name="Slide at 1:30: Pricing")
    thumbnail.click()
    expect(page.locator("[data-now]")).to_contain_text("1:3")
    expect(page.locator("[data-slide-now] img")).to_have_attribute("alt", "Pricing")

    box = page.get_by_role("button", name="Slide at 0:24").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 105, box["y"] + 10, steps=5)
    page.mouse.up()
    expect(page.get_by_role("button", name="Slide at 0:24")).to_have_count(0)
    assert problems == []


def test_a_part_drawn_on_the_picture(page: Page, log_in, live_server, demo, owner):  # noqa: F811
    log_in(page, owner)
    problems = listen_for_errors(page)
    page.goto(f"{live_server.url}/meetings/{demo.pk}/?tab=slides")
    slide = page.locator(".slide").nth(1)
    width = demo.slides.shown()[1].width
    expect(slide.get_by_role("columnheader")).to_have_text(["Starter", "Team", "Business"])
    slide.get_by_text("Crop", exact=True).first.click()
    picture = slide.locator("[data-view]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.6, steps=3)
    page.mouse.up()
    expect(slide.get_by_label("from left")).to_have_value("25")
    expect(slide.get_by_label("to bottom")).to_have_value("60")
    expect(page.get_by_role("dialog", name="Slide")).to_have_count(0)
    check(page)
    slide.get_by_role("button", name="Crop slide 2").click()
    expect(slide.get_by_role("button", name="Whole picture of slide 2")).to_be_visible()
    assert demo.slides.shown()[1].width == round(width * 0.75) - round(width * 0.25)
    check(page)
    slide.get_by_role("button", name="Whole picture of slide 2").click()
    expect(slide.locator("img")).to_have_attribute("width", str(width))
    # Closed again the picture opens as before.
    picture.click()
    expect(page.get_by_role("dialog", name="Slide")).to_be_visible()
    assert problems == []
