"""Read what is on slides that have no text layer: the model server's OCR, one slide after the other."""

import logging
from collections.abc import Callable, Iterable
from contextlib import nullcontext

from ..errors import MinutebookError
from ..hints import send_hint
from ..inference_client import InferenceClient
from ..models import Job, Meeting, Slide
from ..storage import local_path
from .describe import send_describing
from .place import place_slides

logger = logging.getLogger(__name__)


def read_any_slides(*, client: InferenceClient | None = None) -> int:
    """How many were read, of whatever meeting. A slide the server is away for waits for the next look; those of a meeting whose step
    reads slides just now are left to it."""
    at_work = Job.objects.filter(step=Job.Step.SLIDES, state=Job.State.RUNNING).values("meeting")
    slides = Slide.objects.filter(deleted_at=None).waiting().exclude(meeting__in=at_work)
    with nullcontext(client) if client else InferenceClient() as opened:
        try:
            count = _read_all(slides, client=opened)
            for meeting in Meeting.objects.filter(pk__in={slide.meeting_id for slide in slides}):
                place_slides(meeting)
            if count:
                send_describing()
            return count
        except MinutebookError as error:
            logger.info("slides wait: %s", error.code)
            return 0


def read_waiting_slides(
    meeting: Meeting, *, client: InferenceClient, report: Callable[[int], None] = lambda done: None
) -> int:
    """How many slides of the meeting were read. `report` gets how many are done. Raises InferenceUnavailable (retryable)."""
    return _read_all(meeting.slides.filter(deleted_at=None).waiting(), client=client, report=report)


def _read_all(
    slides: Iterable[Slide], *, client: InferenceClient, report: Callable[[int], None] = lambda done: None
) -> int:
    """One that the server refuses, or whose bytes are gone, is failed."""
    count = 0
    for done, slide in enumerate(slides, 1):
        if not slide.claim():
            continue
        try:
            with local_path(slide.image_key) as path:
                text = client.read_image(path)
        except FileNotFoundError:
            slide.fail(code="slide_gone")
        except MinutebookError as error:
            if error.retryable:
                slide.give_back()
                raise
            slide.fail(code=error.code)
        else:
            count += slide.keep_text(text, engine=Slide.Engine.OCR)
        send_hint(slide.meeting, "slides")
        report(done)
    return count
