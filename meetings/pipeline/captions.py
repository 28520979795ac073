"""Live captions give way to the offline transcript, piece by piece; what a person corrected meanwhile stays."""

from ..models import Meeting, Segment


def drop_captions(meeting: Meeting, *, before_ms: int | None = None) -> None:
    """Delete the captions that begin before `before_ms` (None: all) and that nobody corrected."""
    rows = meeting.segments.filter(engine=Segment.Engine.LIVE, edited_at=None)
    if before_ms is not None:
        rows = rows.filter(start_ms__lt=before_ms)
    rows.delete()


def is_corrected(meeting: Meeting, *, start_ms: int, end_ms: int) -> bool:
    """Whether a caption that a person corrected covers the middle of this stretch: their words stay, these are not saved."""
    middle_ms = (start_ms + end_ms) // 2
    corrected = meeting.segments.filter(engine=Segment.Engine.LIVE, edited_at__isnull=False)
    return corrected.filter(start_ms__lte=middle_ms, end_ms__gte=middle_ms).exists()
