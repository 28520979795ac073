"""The child process that opens pictures and decks of strangers: `python -I meetings/rendering SOURCE FOLDER [SECONDS]`.

    PDF ─pypdfium2─▶ 0001.png … one a page, at most 1600 wide, and the text layer of each
    PPTX ─▶ see deck.py
    image ─Pillow──▶ 0001.png, upright, RGB, its first frame
    film ─PyAV─▶ see film.py; only when asked for by the third word, whose number is the length in seconds that may be worked for

The kind is told by the first bytes. On stdout one JSON object: `{"pages": [{"file", "width", "height", "text"}]}` or `{"error": code}`. It knows
nothing of Django, imports nothing of the project, and has limits on memory and processor time. Scripts in a PDF are not run: pdfium is built
without its engine for them. The parent is `meetings/slides/render.py`.
"""

import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 1024 * 1024**2
# Only LibreOffice, a child of this child, gets more.
OFFICE_BYTES = 3 * MEMORY_BYTES
CPU_S = 120 + (int(sys.argv[3]) // 5 if len(sys.argv) > 3 else 0)
resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, OFFICE_BYTES))
resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

import pypdfium2 as pdfium  # noqa: E402  (after the limits)
from PIL import Image, ImageOps  # noqa: E402

WIDTH = 1600
MAX_PIXELS = 50_000_000
MAX_SIDE = 20_000
MAX_PAGES = 300
MAX_CHARACTERS = 20_000
IMAGES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP", b"RIFF": "WEBP"}


class Refused(Exception):
    """`args[0]` is one of the codes in docs/slides.md."""


def render_pdf(source: Path, folder: Path) -> list[dict]:
    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        raise Refused("deck_encrypted" if "password" in str(error).lower() else "slide_damaged") from error
    if len(document) > MAX_PAGES:
        raise Refused("deck_too_long")
    pages = []
    for number in range(len(document)):
        page = document[number]
        width, height = page.get_size()
        scale = min(WIDTH / max(width, 1), WIDTH / max(height, 1))
        image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        text = page.get_textpage().get_text_range()
        pages.append(keep(image, folder, len(pages) + 1, text))
        page.close()
    return pages


def render_deck(source: Path, folder: Path) -> list[dict]:
    """Pictures by LibreOffice where that can be had, the text always from the deck itself."""
    sys.path.insert(0, str(Path(__file__).parent))
    from deck import Unusable, convert_deck, draw_text, read_deck

    try:
        deck = read_deck(source, max_pages=MAX_PAGES)
    except Unusable as error:
        raise Refused(error.args[0]) from error
    made = None if deck.links_outside else convert_deck(source, folder)
    if made is not None:
        pages = render_pdf(made, folder)
        if len(pages) == len(deck.texts):
            return [page | {"text": clean(text)} for page, text in zip(pages, deck.texts, strict=True)]
    return [keep(draw_text(text), folder, number, text) for number, text in enumerate(deck.texts, 1)]


def render_image(source: Path, folder: Path, kind: str) -> list[dict]:
    with Image.open(source, formats=[kind]) as image:
        width, height = image.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise Refused("slide_too_large")
        image.draft("RGB", (WIDTH, WIDTH))
        image.load()
        image.thumbnail((WIDTH, WIDTH))
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            upright = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
        return [keep(upright.convert("RGB"), folder, 1, "")]


def keep(image: Image.Image, folder: Path, number: int, text: str) -> dict:
    name = f"{number:04}.png"
    image.save(folder / name, optimize=False, compress_level=4)
    return {
        "file": name,
        "width": image.width,
        "height": image.height,
        "text": clean(text),
    }


def clean(text: str) -> str:
    """Without signs that cannot be seen."""
    kept = "".join(ch for ch in text.replace("\r\n", "\n") if ch.isprintable() or ch in "\n\t")
    return kept.strip()[:MAX_CHARACTERS]


def render(source: Path, folder: Path) -> list[dict]:
    with source.open("rb") as opened:
        head = opened.read(1024)
    if b"%PDF-" in head:
        return render_pdf(source, folder)
    if head.startswith(b"PK\x03\x04"):
        return render_deck(source, folder)
    kind = next((name for magic, name in IMAGES.items() if head.startswith(magic)), None)
    if kind is None:
        raise Refused("slide_is_svg" if b"<svg" in head.lower() else "not_a_slide")
    return render_image(source, folder, kind)


def cut(source: Path, folder: Path) -> list[dict]:
    sys.path.insert(0, str(Path(__file__).parent))
    from film import cut_slides

    return cut_slides(source, folder)


def main() -> None:
    work = cut if len(sys.argv) > 3 else render
    try:
        answer = {"pages": work(Path(sys.argv[1]), Path(sys.argv[2]))}
    except Refused as refused:
        answer = {"error": refused.args[0]}
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        answer = {"error": "slide_too_large"}
    except Exception:
        answer = {"error": "slide_damaged"}
    print(json.dumps(answer), flush=True)


main()
