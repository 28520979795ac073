"""Read what is on slides that have no text layer: the model server's OCR, one slide after the other."""

import logging

from ..consumers import send_hint
from ..errors import MinutebookError
from ..inference_client import InferenceClient
from ..models import Slide
from ..storage import local_path

logger = logging.getLogger(__name__)


def read_waiting_slides(*, client: InferenceClient | None = None) -> int:
    """How many were read. A slide the server is away for waits for the next look; one that it refuses, or whose bytes are gone, is failed."""
    with client or InferenceClient() as opened:
        count = 0
        for slide in Slide.objects.filter(deleted_at=None).waiting():
            if not slide.claim():
                continue
            try:
                with local_path(slide.image_key) as path:
                    text = opened.read_image(path)
            except FileNotFoundError:
                slide.fail(code="slide_gone")
            except MinutebookError as error:
                if error.retryable:
                    slide.give_back()
                    logger.info("slides wait: %s", error.code)
                    return count
                slide.fail(code=error.code)
            else:
                count += slide.keep_text(text, engine=Slide.Engine.OCR)
            send_hint(slide.meeting, "meeting")
        return count
