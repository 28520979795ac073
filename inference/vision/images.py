"""A picture from a stranger → an RGB array. What it is and how large it claims to be is checked before a pixel is decoded."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps

from inference.errors import InvalidImage

MAX_PIXELS = 50_000_000  # 150 MB as RGB; an 8K screen has 33 million
MAX_SIDE = 20_000
MAX_BYTES = 64 << 20
WORKING_SIDE = 4000  # larger ones are made smaller: text that needs more was not meant to be read
MAGIC = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
    "TIFF": (b"II*\x00", b"MM\x00*"),
}


def find_format(data: bytes) -> str | None:
    """Pillow's name of the format by its first bytes, whatever the file is called; None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((name for name, starts in MAGIC.items() if data.startswith(starts)), None)


def decode_image(data: bytes) -> np.ndarray:
    """RGB, uint8, shape (height, width, 3), upright as its EXIF says, on white where it is transparent, its first frame when
    it moves, no side longer than 4000. Needs no network and runs no code of the file.

    Raises InvalidImage (not retryable): no picture, a drawing in SVG, damaged, or of more pixels than allowed.
    """
    if len(data) > MAX_BYTES:
        raise InvalidImage(f"The image is larger than {MAX_BYTES >> 20} MB.", param="file")
    name = find_format(data)
    if name is None:
        raise InvalidImage(_name_refusal(data), param="file")
    try:
        with Image.open(io.BytesIO(data), formats=[name]) as image:
            _check_size(*image.size)
            return np.asarray(_make_upright_rgb(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise InvalidImage(
            f"The image has more than {MAX_PIXELS // 1_000_000} million pixels.", param="file"
        ) from error
    except InvalidImage:
        raise
    except Exception as error:  # Pillow's readers raise whatever they stumble over
        raise InvalidImage("The image is damaged.", param="file") from error


def _name_refusal(data: bytes) -> str:
    if b"<svg" in data[:4096].lower():
        return "SVG is a document with scripts, not a picture. Send it as PNG."
    return "The file is not an image. PNG, JPEG, WebP, GIF, BMP and TIFF can be read."


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidImage(f"The image has more than {MAX_PIXELS // 1_000_000} million pixels.", param="file")


def _make_upright_rgb(image: Image.Image) -> Image.Image:
    """The first frame; a JPEG is decoded no larger than needed."""
    image.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
    image.load()
    image.thumbnail((WORKING_SIDE, WORKING_SIDE))
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    if upright.mode.startswith("I;16"):
        return upright.point(lambda value: value / 256).convert("L").convert("RGB")
    return upright.convert("RGB")
