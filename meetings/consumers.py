"""Sockets that tell a page to look again, and the one function that sends such a hint.

A hint never carries what was said, only which part changed; truth is in the database. Close codes: 4401 nobody is logged in,
4403 another site asks, 4404 no such meeting for this person.
"""

import logging

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from django.http import Http404

from . import access
from .live.watching import caption_group
from .models import Meeting, MeetingMember
from .origin import is_same_origin
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


class HintConsumer(AsyncJsonWebsocketConsumer):
    """Joins one group and passes on its hints. What a page sends is not read."""

    group = ""

    async def connect(self) -> None:
        user = self.scope["user"]
        if not is_same_origin(self.scope):
            return await self._refuse(4403)
        if not user.is_authenticated:
            return await self._refuse(4401)
        group = await self.find_group(user)
        if group is None:
            return await self._refuse(4404)
        await self.accept()
        self.group = group
        await self.channel_layer.group_add(group, self.channel_name)

    async def _refuse(self, code: int) -> None:
        # A page can read the code of a socket only when it was open before.
        await self.accept()
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None, **kwargs) -> None:
        """Pages have nothing to say here."""

    async def changed(self, event: dict) -> None:
        await self.send_json(event)

    async def find_group(self, user) -> str | None:
        """The group this person may hear; None: there is no such thing for them."""
        return None


class MeetingConsumer(HintConsumer):
    """`/ws/meetings/<uuid>/`: `{"type": "changed", "what": ["jobs" | "segments" | "speakers" | "notes" | "meeting"]}`."""

    async def find_group(self, user) -> str | None:
        meeting_id = self.scope["url_route"]["kwargs"]["meeting_id"]
        try:
            meeting = await database_sync_to_async(access.get_meeting)(user, meeting_id)
        except Http404:
            return None
        return meeting.group_name


class CaptionConsumer(MeetingConsumer):
    """`/ws/meetings/<uuid>/captions/`: what the recorder of this meeting sees as captions (docs/live-protocol.md). Text, not a hint: who
    may read the meeting is asked when the socket opens."""

    async def find_group(self, user) -> str | None:
        group = await super().find_group(user)
        return group and caption_group(self.scope["url_route"]["kwargs"]["meeting_id"])

    async def caption(self, event: dict) -> None:
        await self.send_json(event["message"])


class HomeConsumer(HintConsumer):
    """`/ws/home/`: `{"type": "changed", "what": ["meetings"], "meeting": "<uuid>"}` for every meeting this person may see."""

    async def find_group(self, user) -> str | None:
        return user_group(user.pk)
