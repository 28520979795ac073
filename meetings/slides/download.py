"""All slides of a meeting as one PDF."""

import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from django.http import Http404
from PIL import Image

from ..models import Meeting, Slide
from ..storage import local_path, make_work_dir

QUALITY = 90


def make_pdf(meeting: Meeting) -> BinaryIO:
    """An open file that goes with its last reader. The pictures are ours, drawn anew when they came. Raises Http404 when there is none."""
    pictures = _open_pictures([slide for slide in meeting.slides.shown() if slide.image_key])
    first = next(pictures, None)
    if first is None:
        raise Http404("This meeting has no slides.")
    target = tempfile.TemporaryFile(dir=make_work_dir())  # noqa: SIM115  (the answer closes it)
    first.save(target, "PDF", save_all=True, append_images=pictures, quality=QUALITY, title=meeting.title)
    target.seek(0)
    return target


def _open_pictures(slides: list[Slide]) -> Iterator[Image.Image]:
    """One in memory at a time."""
    for slide in slides:
        try:
            with local_path(slide.image_key) as path, Image.open(path, formats=["PNG"]) as image:
                yield image.convert("RGB")
        except FileNotFoundError:
            continue
