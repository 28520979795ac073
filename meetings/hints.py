"""Telling pages to look again: the one function that sends such a hint.

A hint never carries what was said, only which part changed; truth is in the database.
"""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from .models import Meeting, MeetingMember
from .search.state import mark_stale

logger = logging.getLogger(__name__)
PARTS = frozenset({"jobs", "segments", "speakers", "slides", "notes", "meeting"})
_state = {"layer_away": False}


def user_group(user_id: int) -> str:
    """The channel group of one person's pages."""
    return f"user.{user_id}"


def send_hint(meeting: Meeting, *what: str) -> None:
    """Tell the pages of this meeting, and the home pages of everyone who may see it, to look again. `what`: of PARTS.

    Never fails: without Redis the pages find the change at their next look. Not for use inside an event loop.
    """
    unknown = set(what) - PARTS
    if unknown:
        raise ValueError(f"unknown parts: {sorted(unknown)}")
    if set(what) - {"jobs"} and meeting.pk:
        # Every change of a meeting is told here, so the search hears of it here as well.
        mark_stale(meeting)
    members = MeetingMember.objects.filter(meeting=meeting).values_list("user_id", flat=True)
    home = {"type": "changed", "what": ["meetings"], "meeting": str(meeting.pk)}
    messages = [(meeting.group_name, {"type": "changed", "what": list(what)})]
    messages += [(user_group(user_id), home) for user_id in {meeting.owner_id, *members}]
    try:
        async_to_sync(_send_all)(messages)
    except Exception as error:
        # A hint is all it was; said once until the layer is back, since a job may want to send thousands.
        if not _state["layer_away"]:
            logger.warning("no hints to pages: the channel layer is away (%s)", type(error).__name__)
        _state["layer_away"] = True
    else:
        _state["layer_away"] = False


async def _send_all(messages: list[tuple[str, dict]]) -> None:
    layer = get_channel_layer()
    for group, message in messages:
        await layer.group_send(group, message)
