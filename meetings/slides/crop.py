"""A part of a slide instead of the whole. The whole picture is kept, so that it can come back."""

import tempfile
import uuid
from pathlib import Path

from PIL import Image

from ..celery import send_quietly
from ..errors import MinutebookError
from ..hints import send_hint
from ..models import Slide
from ..storage import key_of, local_path, make_work_dir, put_file

SMALLEST_PX = 16


class CropRefused(MinutebookError):
    """Nothing would be left, or the picture is not here. Not retryable."""

    code = "crop_refused"
    text = "The four numbers are percent of the picture, left before right and top before bottom. Nothing was changed."


def crop_slide(slide: Slide, *, left: float, top: float, right: float, bottom: float) -> None:
    """Edges in percent of the whole picture; 0, 0, 100, 100 brings it back. What was read is read again from the part. Raises CropRefused."""
    whole_key = slide.whole_key or slide.image_key
    if not (0 <= left < right <= 100 and 0 <= top < bottom <= 100):
        raise CropRefused
    try:
        with (
            local_path(whole_key) as path,
            Image.open(path, formats=["PNG"]) as image,
            tempfile.TemporaryDirectory(dir=make_work_dir()) as folder,
        ):
            edges = [round(image.width * left / 100), round(image.height * top / 100)]
            edges += [round(image.width * right / 100), round(image.height * bottom / 100)]
            part = image.crop(tuple(edges))
            if min(part.size) < min(SMALLEST_PX, *image.size):
                raise CropRefused
            made = Path(folder) / "part.png"
            part.save(made, compress_level=4)
            key = key_of(slide.meeting_id, f"slide-{uuid.uuid4().hex}.png")
            put_file(made, key=key)
    except FileNotFoundError as error:
        raise CropRefused from error
    slide.keep_part(image_key=key, whole_key=whole_key, width=part.width, height=part.height)
    send_hint(slide.meeting, "slides")
    send_quietly("read_slides")
