"""The real OCR: its models come with its package."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from inference.vision.ocr import OcrEngine
from inference.vision.types import Reading


def read(image: np.ndarray) -> tuple[Reading, int]:
    """The reading, and the number of pause points before it."""
    *pauses, reading = OcrEngine(threads=2).read(image)
    assert all(pause is None for pause in pauses)
    return reading, len(pauses)


def test_one_pixel_and_no_text():
    assert read(np.zeros((1, 1, 3), dtype=np.uint8))[0].lines == ()


@pytest.mark.models
def test_an_empty_slide():
    assert read(np.full((300, 400, 3), 255, dtype=np.uint8))[0].text == ""


@pytest.mark.models
def test_a_slide_is_read_line_by_line():
    image = Image.new("RGB", (900, 400), "white")
    draw = ImageDraw.Draw(image)
    lines = ["Launch plan", "Budget 48,000 euros", "Beta on December 15"]
    for number, text in enumerate(lines):
        draw.text((40, 40 + 110 * number), text, fill="black", font=ImageFont.load_default(48))
    reading, pauses = read(np.asarray(image))
    assert reading.text.splitlines() == lines
    assert pauses >= 2
    x, y, width, height = reading.lines[0].box
    assert 30 < x < 60 and 20 < y < 80 and 150 < width < 500 and 20 < height < 90
