"""PPTX decks. Runs in the child process only.

    zip ─every part unpacked and counted, nothing kept─▶ too much? refused
      ├─▶ the text of each slide, in the order of the show: the truth
      └─▶ LibreOffice, where it is installed and the deck links to nothing outside ─▶ PDF ─▶ pictures
                └─ else: the text is drawn on a plain page

LibreOffice runs without macros, with a profile of its own in the work folder, and is stopped after `OFFICE_S`.
"""

import posixpath
import resource
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from PIL import Image, ImageDraw, ImageFont

MAX_PARTS = 10_000
MAX_UNPACKED = 400 << 20
MAX_PART_XML = 16 << 20
OFFICE_S = 120
OFFICE_MEMORY = 3 << 30
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
SIZE = (1600, 900)
MARGIN, TITLE_PX, TEXT_PX = 90, 54, 34


class Unusable(Exception):
    """`args[0]` is one of the codes in docs/slides.md."""


@dataclass
class Deck:
    """The text of each slide that is not hidden."""

    texts: list[str]
    links_outside: bool


def read_deck(source: Path, *, max_pages: int) -> Deck:
    """Raises Unusable."""
    try:
        with zipfile.ZipFile(source) as archive:
            _weigh(archive)
            return _read_texts(archive, max_pages=max_pages)
    except (
        zipfile.BadZipFile,
        KeyError,
        NotImplementedError,
        RuntimeError,
    ) as error:  # RuntimeError: a password
        raise Unusable("slide_damaged") from error


def _weigh(archive: zipfile.ZipFile) -> None:
    """Unpack every part into nothing: what the directory claims is not believed."""
    parts = archive.infolist()
    if "ppt/presentation.xml" not in archive.namelist():
        raise Unusable("not_a_slide")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unusable("slide_too_large")
    total = 0
    for part in parts:
        with archive.open(part) as opened:
            while piece := opened.read(1 << 20):
                total += len(piece)
                if total > MAX_UNPACKED:
                    raise Unusable("slide_too_large")


def _read_texts(archive: zipfile.ZipFile, *, max_pages: int) -> Deck:
    targets, outside = _read_links(archive, "ppt/presentation.xml")
    ids = [each.get(f"{R}id") for each in _parse(archive, "ppt/presentation.xml").iter(f"{P}sldId")]
    if len(ids) > max_pages:
        raise Unusable("deck_too_long")
    texts = []
    for slide_id in ids:
        name = targets[slide_id]
        slide = _parse(archive, name)
        outside = outside or _read_links(archive, name)[1]
        if slide.get("show") != "0":
            texts.append(_read_slide(slide))
    return Deck(texts=texts, links_outside=outside)


def _read_links(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, str], bool]:
    """Id → part, and whether something other than a hyperlink lies outside the file."""
    folder, base = posixpath.split(name)
    try:
        links = _parse(archive, f"{folder}/_rels/{base}.rels")
    except KeyError:
        return {}, False
    inside, outside = {}, False
    for link in links:
        if link.get("TargetMode") == "External":
            outside = outside or not link.get("Type", "").endswith("/hyperlink")
        else:
            target = posixpath.normpath(posixpath.join("/", folder, link.get("Target", "")))
            inside[link.get("Id", "")] = target.lstrip("/")
    return inside, outside


def _parse(archive: zipfile.ZipFile, name: str) -> Element:
    if archive.getinfo(name).file_size > MAX_PART_XML:
        raise Unusable("slide_too_large")
    return fromstring(archive.read(name))


def _read_slide(slide: Element) -> str:
    """The title first, then the other shapes as they stand; cells of a table parted by tabs, as OCR gives them."""
    shapes = [shape for tree in slide.iter(f"{P}spTree") for shape in tree]
    shapes.sort(key=lambda shape: not _is_title(shape))
    return "\n".join(text for text in map(_read_shape, shapes) if text)


def _is_title(shape: Element) -> bool:
    place = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    return place is not None and place.get("type") in ("title", "ctrTitle")


def _read_shape(shape: Element) -> str:
    rows = list(shape.iter(f"{A}tr"))
    if rows:
        return "\n".join(
            "\t".join(" ".join(_list_lines(cell)) for cell in row.iter(f"{A}tc")) for row in rows
        )
    return "\n".join(_list_lines(shape))


def _list_lines(element: Element) -> list[str]:
    lines = []
    for paragraph in element.iter(f"{A}p"):
        parts = [
            "\n" if each.tag == f"{A}br" else each.text or ""
            for each in paragraph.iter()
            if each.tag in (f"{A}t", f"{A}br")
        ]
        lines.append("".join(parts).strip())
    return [line for line in lines if line]


def convert_deck(source: Path, folder: Path) -> Path | None:
    """The deck as a PDF by LibreOffice; None where it is not installed, or does not manage."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return None
    copy = folder / "deck.pptx"
    shutil.copyfile(source, copy)
    command = [
        office, "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation=file://{folder}/office",
        "--convert-to", "pdf:impress_pdf_Export", "--outdir", str(folder), str(copy),
    ]  # fmt: skip
    try:
        subprocess.run(
            command, cwd=folder, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=OFFICE_S, check=True, preexec_fn=_give_memory,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        return None
    made = folder / "deck.pdf"
    return made if made.exists() else None


def _give_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (OFFICE_MEMORY, OFFICE_MEMORY))


def draw_text(text: str) -> Image.Image:
    """A plain page: the first line large, the others under it as far as they fit."""
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    top = MARGIN
    for number, line in enumerate(text.splitlines()):
        font = ImageFont.load_default(TEXT_PX if number else TITLE_PX)
        for piece in _wrap(line.replace("\t", "    "), font, pen):
            if top > SIZE[1] - MARGIN:
                return image
            pen.text((MARGIN, top), piece, fill="#222222", font=font)
            top += int(1.4 * font.size)
        top += 0 if number else TEXT_PX
    return image


def _wrap(line: str, font, pen: ImageDraw.ImageDraw) -> list[str]:
    pieces, held = [], ""
    for word in line.split(" "):
        longer = f"{held} {word}" if held else word
        if held and pen.textlength(longer, font=font) > SIZE[0] - 2 * MARGIN:
            pieces.append(held)
            longer = word
        held = longer
    return [*pieces, held]
