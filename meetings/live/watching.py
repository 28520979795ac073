"""What the pages of a running meeting show: captions kept as segments, and the channel group of those who watch."""

from uuid import UUID

from ..models import Meeting, Segment

MAX_CAPTIONS = 500


def caption_group(meeting_id: UUID) -> str:
    """The channel group of everyone who reads along."""
    return f"captions.{meeting_id.hex}"


def list_captions(meeting: Meeting) -> list[Segment]:
    """The newest finished captions in order, as a reload shows them."""
    rows = meeting.segments.filter(engine=Segment.Engine.LIVE).order_by("-start_ms", "-id")
    return list(rows[:MAX_CAPTIONS])[::-1]
