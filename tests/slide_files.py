"""Pictures and decks for tests, the good and the bad."""

import io
import struct
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
