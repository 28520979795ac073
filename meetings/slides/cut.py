"""The slides of an uploaded film. Never in the way of its sound: whatever goes wrong here, the transcript and the notes are made."""

import logging
import tempfile
from pathlib import Path

from ..errors import MinutebookError
from ..models import Meeting, Slide
from ..storage import local_path, make_work_dir
from .add import keep_pages
from .render import cut_film

logger = logging.getLogger(__name__)


def cut_slides(meeting: Meeting) -> int:
    """How many slides were cut from the recording; 0 for one without a picture, and when it could not be done."""
    recording = meeting.recording
    if not recording.has_video or meeting.slides.filter(source=Slide.Source.VIDEO).exists():
        return 0
    try:
        with (
            local_path(recording.original_key) as source,
            tempfile.TemporaryDirectory(prefix="film-", dir=make_work_dir()) as folder,
        ):
            pages = cut_film(source, Path(folder), duration_ms=recording.duration_ms)
            keep_pages(meeting, pages, source=Slide.Source.VIDEO)
    except (MinutebookError, OSError) as error:
        logger.warning("no slides were cut from the film: %s", getattr(error, "code", type(error).__name__))
        return 0
    return len(pages)
