"""The transcript as plain text."""

from meetings.models import Meeting

from .clock import format_clock
from .content import load_content
from .escape import clean_line


def render_text(meeting: Meeting) -> str:
    """Title, day, then one line a segment: `[m:ss] Name: what was said`."""
    content = load_content(meeting)
    head = [clean_line(meeting.title), f"{meeting.held_on:%A, %-d %B %Y}", ""]
    lines = [
        f"[{format_clock(segment.start_ms)}] {clean_line(content.speaker_name_of(segment))}: {clean_line(segment.text)}"
        for segment in content.segments
    ]
    return "\n".join([*head, *lines]) + "\n"
