"""Pictures and decks for tests, the good and the bad."""

import io
import struct
import zipfile
import zlib

from PIL import Image

# One page that says "Launch on December 15"; xref left out on purpose where `broken`.
_OBJECTS = [
    b"<</Type/Catalog/Pages 2 0 R%s>>",
    b"<</Type/Pages/Kids[%s]/Count %d>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
]


def make_image(size: tuple[int, int] = (320, 180), kind: str = "PNG", mode: str = "RGB", **options) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, "white" if mode != "CMYK" else 0).save(target, kind, **options)
    return target.getvalue()


def make_claim(width: int, height: int) -> bytes:
    """A PNG of few bytes whose header claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def make_pdf(*texts: str, script: bool = False, with_xref: bool = True) -> bytes:
    """A PDF with a page for each text; without text a page is empty."""
    count = len(texts)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(count))
    action = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>" if script else b""
    objects = [_OBJECTS[0] % action, _OBJECTS[1] % (kids, count), _OBJECTS[2]]
    for index, text in enumerate(texts):
        content = b"BT /F1 40 Tf 60 200 Td (%s) Tj ET" % text.encode() if text else b""
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 640 360]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * index)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(data)
    if with_xref:
        data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def make_encrypted_pdf() -> bytes:
    """Its dictionary asks for a password nobody has."""
    plain = make_pdf("secret")
    lock = (
        b"/Encrypt<</Filter/Standard/V 1/R 2/O<"
        + b"41" * 32
        + b">/U<"
        + b"42" * 32
        + b">/P -4>>/ID[<00><00>]"
    )
    return plain.replace(b"trailer<<", b"trailer<<" + lock)


_PPTX = "application/vnd.openxmlformats-officedocument.presentationml"
_NS = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _write_links(*links: tuple[str, str, str]) -> str:
    inner = "".join(f'<Relationship Id="{i}" Type="{_REL}/{kind}" Target="{to}"/>' for i, kind, to in links)
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'


def _write_shape(number: int, text: str, place: str = "") -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    box = f'<a:xfrm><a:off x="500000" y="{number * 900000}"/><a:ext cx="8000000" cy="800000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number + 1}" name="s{number}"/><p:cNvSpPr/><p:nvPr>{place}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{box}</p:spPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def make_pptx(*slides: tuple[str, str], hidden: int = -1, extra: dict[str, bytes] | None = None) -> bytes:
    """A deck of (title, text) as other programs write one, no more than LibreOffice needs. `hidden`: the index of a slide that is not shown."""
    numbers = range(1, len(slides) + 1)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/ppt/presentation.xml" ContentType="{_PPTX}.presentation.main+xml"/>'
        + "".join(
            f'<Override PartName="/ppt/slides/slide{n}.xml" ContentType="{_PPTX}.slide+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": _write_links(("rId1", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {_NS}><p:sldIdLst>"
        + "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in numbers)
        + '</p:sldIdLst><p:sldSz cx="9144000" cy="5143500"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _write_links(
            *((f"rId{n}", "slide", f"slides/slide{n}.xml") for n in numbers)
        ),
    }
    for number, (title, text) in enumerate(slides, 1):
        shapes = _write_shape(2, text) + _write_shape(1, title, '<p:ph type="title"/>')
        shown = ' show="0"' if number - 1 == hidden else ""
        parts[f"ppt/slides/slide{number}.xml"] = (
            f'<p:sld {_NS}{shown}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
            f"{shapes}</p:spTree></p:cSld></p:sld>"
        )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **(extra or {})}.items():
            archive.writestr(name, content)
    return target.getvalue()


def make_bomb(size_bytes: int = 500 << 20) -> bytes:
    """A deck of half a megabyte with a picture of nothing that unpacks to `size_bytes`."""
    target = io.BytesIO(make_pptx(("Hello", "World")))
    with (
        zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("ppt/media/image1.bmp", "w") as part,
    ):
        for _ in range(size_bytes >> 20):
            part.write(bytes(1 << 20))
    return target.getvalue()
