"""Pictures from strangers: what is refused is refused before its pixels are decoded, the rest becomes upright RGB."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from inference.errors import InvalidImage
from inference.vision.images import WORKING_SIDE, decode_image


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def make_claim(width: int, height: int) -> bytes:
    """A PNG of few bytes whose header claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an image"),
        (b"%PDF-1.7 ...", "not an image"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "SVG"),
        (make_claim(20_000, 20_000), "million pixels"),
        (make_claim(30_000, 10), "million pixels"),
        (encode(Image.new("RGB", (90, 90), "red"))[:60], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"nothing", "damaged"),
    ],
)
def test_refused(data: bytes, words: str):
    with pytest.raises(InvalidImage, match=words):
        decode_image(data)


def test_one_pixel():
    assert decode_image(encode(Image.new("RGB", (1, 1), "red"))).tolist() == [[[255, 0, 0]]]


def test_the_first_bytes_count_and_not_a_name():
    assert decode_image(encode(Image.new("RGB", (3, 2), "blue"), "BMP")).shape == (2, 3, 3)


def test_cmyk():
    pixels = decode_image(encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"))
    red, green, blue = pixels[8, 8]
    assert red > 200 and green < 60 and blue < 60


def test_turned_as_exif_says():
    image = Image.new("RGB", (40, 20), "white")
    exif = image.getexif()
    exif[0x0112] = 6
    assert decode_image(encode(image, "JPEG", exif=exif)).shape == (40, 20, 3)


def test_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data)[4, 4].tolist() == [255, 0, 0]


def test_transparent_is_white():
    assert decode_image(encode(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))).min() == 255


def test_large_ones_are_made_smaller():
    pixels = decode_image(encode(Image.new("L", (5000, 100), 7)))
    assert pixels.shape[1] == WORKING_SIDE
    assert pixels.dtype == np.uint8
