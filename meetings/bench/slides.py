"""Slides: found in a film, read from pictures, and a deck from its upload until it is searchable."""

import ctypes
import io
import json
import re
import resource
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import av
import pypdfium2 as pdfium
import pypdfium2.raw as pdf
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from meetings.inference_client import InferenceClient
from meetings.models import Meeting
from meetings.search.find import search
from meetings.slides.add import add_slides
from meetings.slides.place import place_slides
from meetings.slides.read import read_any_slides
from meetings.slides.render import cut_film

from .figures import Figure
from .web import make_user

PAGES = 60
MOST_MISSED = 0.07
MOST_WRONG = 0.03
MOST_OFF_S = 1.0
MOST_SHARE = 0.05
MOST_MIB = 300
DECK_S = 90
# A found slide is one of the reference when it appeared at most so far from it.
SAME_MS = 5_000


def measure_slides(
    film: Path, shown_ms: Sequence[int], *, folder: Path | None, client: InferenceClient
) -> list[Figure]:
    """`shown_ms`: when the film's slides truly appear; `folder` has a `slides.json`, a list of {"image", "kind", "text"}; None: no pictures are
    read. Raises InferenceUnavailable, SlideRefused."""
    figures = measure_film(film, shown_ms)
    if folder is not None:
        figures += measure_reading(folder, client=client)
    for name, data in (("with a text layer", draw_deck()), ("of pictures", scan_deck())):
        figures.append(
            Figure(
                f"deck of {PAGES} pages {name}, upload to searchable",
                measure_deck(data, client=client),
                "s",
                DECK_S,
            )
        )
    return figures


def measure_film(film: Path, shown_ms: Sequence[int]) -> list[Figure]:
    """The child process that cuts, as the product runs it. Its memory is the highest of any child so far, so this comes first."""
    with av.open(str(film)) as opened:
        duration_s = opened.duration / av.time_base
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = [
            page.shown_ms or 0 for page in cut_film(film, Path(folder), duration_ms=int(duration_s * 1000))
        ]
    spent_s = time.perf_counter() - began
    matched = {min(found, key=lambda ms, at=at: abs(ms - at)) for at in shown_ms} if found else set()
    off_ms = [min((abs(ms - at) for ms in found), default=SAME_MS) for at in shown_ms]
    missing = sum(off >= SAME_MS for off in off_ms)
    return [
        Figure("slides of the film", len(shown_ms), ""),
        Figure("of these not found", missing, "", 0),
        Figure("found twice, or no slide", len(found) - len(matched), "", 0),
        Figure("time of appearance off by at most", max(off_ms, default=0) / 1000, "s", MOST_OFF_S),
        Figure("cutting", spent_s / duration_s, "of the length", MOST_SHARE),
        Figure(
            "memory of cutting",
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            "MiB",
            MOST_MIB,
        ),
    ]


def measure_reading(folder: Path, *, client: InferenceClient) -> list[Figure]:
    """Words in any order over all slides together; letters in order over all pages of text."""
    parts = json.loads((folder / "slides.json").read_text(encoding="utf-8"))
    wanted = missed = letters = wrong = count = 0
    began = time.perf_counter()
    for part in parts:
        if not part.get("text"):
            continue
        text = client.read_image(folder / part["image"])
        count += 1
        if part["kind"] == "slide":
            true, read = (Counter(list_words(each)) for each in (part["text"], text))
            wanted, missed = wanted + true.total(), missed + (true - read).total()
        else:
            true_text, read_text = (" ".join(each.split()) for each in (part["text"], text))
            letters, wrong = letters + len(true_text), wrong + Levenshtein.distance(true_text, read_text)
    spent_s = time.perf_counter() - began
    return [
        Figure("pictures read", count, ""),
        Figure("words of slides", wanted, ""),
        Figure("of these not read", missed / max(1, wanted), "share", MOST_MISSED),
        Figure("letters of pages wrong", wrong / max(1, letters), "share", MOST_WRONG),
        Figure("reading", spent_s / max(1, count), "s a picture"),
    ]


def list_words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def measure_deck(data: bytes, *, client: InferenceClient) -> float:
    """Seconds from the bytes until a word of the last page is found. No queue stands between."""
    meeting = Meeting.objects.create(owner=make_user(), title="Deck", held_on="2026-01-01")
    file = SimpleUploadedFile("deck.pdf", data)
    began = time.perf_counter()
    add_slides(meeting, file, by=meeting.owner, send=lambda meeting: None)
    read_any_slides(client=client)
    place_slides(meeting)
    found = search(meeting.owner, make_word(PAGES - 1))
    spent_s = time.perf_counter() - began
    if not any(hit.entry.meeting_id == meeting.pk for hit in found.hits):
        raise RuntimeError("the last page of the deck was not found")
    meeting.delete()
    return spent_s


def make_word(page: int) -> str:
    """A word that stands on one page: pronounceable, so that it is read like one."""
    return "".join("bdfgklmnpr"[int(digit)] + "aeiou"[int(digit) // 2] for digit in f"{page:03}") + "sten"


def make_text(page: int) -> list[str]:
    return [
        f"Page {page + 1}: {make_word(page)}",
        *(f"Point {number} about {make_word(page)} and the budget" for number in range(1, 8)),
    ]


def draw_deck() -> bytes:
    """A PDF with a text layer."""
    document = pdfium.PdfDocument.new()
    for number in range(PAGES):
        page = document.new_page(960, 540)
        for row, line in enumerate(make_text(number)):
            text = pdf.FPDFPageObj_NewTextObj(document, b"Helvetica", ctypes.c_float(28))
            encoded = (line + "\0").encode("utf-16-le")
            pdf.FPDFText_SetText(text, ctypes.cast(encoded, ctypes.POINTER(ctypes.c_ushort)))
            pdf.FPDFPageObj_Transform(text, 1, 0, 0, 1, 60, 460 - 55 * row)
            pdf.FPDFPage_InsertObject(page, text)
        page.gen_content()
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def scan_deck() -> bytes:
    """A PDF of pictures: every page has to be read by OCR."""
    pages = []
    font = ImageFont.load_default(44)
    for number in range(PAGES):
        image = Image.new("RGB", (1280, 720), "white")
        pen = ImageDraw.Draw(image)
        for row, line in enumerate(make_text(number)):
            pen.text((80, 60 + 75 * row), line, fill="black", font=font)
        pages.append(image)
    target = io.BytesIO()
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:])
    return target.getvalue()
