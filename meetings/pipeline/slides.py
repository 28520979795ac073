"""Slides: cut from a film, read, and placed on the time axis, before the notes are written, so that these can draw on them."""

from ..models import Meeting
from ..slides.cut import cut_slides
from ..slides.place import place_slides
from ..slides.read import read_waiting_slides
from .context import StepContext


def slides(meeting: Meeting, ctx: StepContext) -> None:
    """Every slide of the meeting read or failed. Raises InferenceUnavailable (retryable), StepCancelled.

    A film whose slides cannot be cut, and a slide that cannot be read, harm nothing else.
    """
    duration_ms = meeting.recording.duration_ms
    ctx.report(0, duration_ms)
    cut_slides(meeting)
    waiting = meeting.slides.filter(deleted_at=None).waiting().count()
    read_waiting_slides(
        meeting,
        client=ctx.client,
        report=lambda done: ctx.report(duration_ms * done // max(1, waiting), duration_ms),
    )
    place_slides(meeting)
    ctx.hint("slides")
