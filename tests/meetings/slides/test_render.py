"""Pictures and decks of strangers, through the real child process."""

import pytest
from PIL import Image

from meetings.slides.render import SlideRefused, render_pages
from tests.slide_files import make_claim, make_encrypted_pdf, make_image, make_pdf


def render(tmp_path, data):
    source = tmp_path / "source"
    source.write_bytes(data)
    return render_pages(source, tmp_path)


def test_pages_of_a_deck_with_their_text(tmp_path):
    pages = render(tmp_path, make_pdf("Launch on December 15", "", "Budget 48,000"))
    assert [page.text for page in pages] == ["Launch on December 15", "", "Budget 48,000"]
    with Image.open(pages[0].path) as image:
        assert image.format == "PNG" and image.size == (1600, 900) == (pages[0].width, pages[0].height)
        assert image.convert("L").getextrema()[0] < 100  # something is drawn


def test_a_script_in_a_deck_is_not_run_and_does_no_harm(tmp_path):
    assert render(tmp_path, make_pdf("Hello", script=True))[0].text == "Hello"


def test_a_deck_with_a_broken_xref(tmp_path):
    assert render(tmp_path, make_pdf("Hello", with_xref=False))[0].text == "Hello"


def test_three_hundred_pages(tmp_path):
    assert len(render(tmp_path, make_pdf(*[""] * 300))) == 300


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_slide"),
        (b"PK\x03\x04 a deck of another kind", "not_a_slide"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "slide_is_svg"),
        (make_claim(20_000, 20_000), "slide_too_large"),
        (make_image()[:50], "slide_damaged"),
        (b"%PDF-1.7 and nothing more", "slide_damaged"),
        (make_encrypted_pdf(), "deck_encrypted"),
        (make_pdf(*[""] * 301), "deck_too_long"),
    ],
    ids=["empty", "zip", "svg", "claim", "cut", "broken", "encrypted", "long"],
)
def test_refused(tmp_path, data, code):
    with pytest.raises(SlideRefused) as refused:
        render(tmp_path, data)
    assert refused.value.code == code and not refused.value.retryable


def test_pictures_of_all_kinds(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [Image.new("RGB", (50, 40), colour) for colour in ("red", "blue")]
    gif = tmp_path / "x.gif"
    frames[0].save(gif, save_all=True, append_images=frames[1:])
    for data, size in [
        (make_image((1, 1)), (1, 1)),
        (make_image((40, 20), "JPEG", "CMYK"), (40, 20)),
        (make_image((40, 20), "JPEG", exif=exif), (20, 40)),
        (gif.read_bytes(), (50, 40)),
        (make_image((4000, 100)), (1600, 40)),
    ]:
        (page,) = render(tmp_path, data)
        assert (page.width, page.height) == size
