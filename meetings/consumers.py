"""Sockets that tell a page to look again (see `hints`).

Close codes: 4401 nobody is logged in, 4403 another site asks, 4404 no such meeting for this person, 1013 Redis is away.
"""

import contextlib
import logging

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.http import Http404
from redis.exceptions import RedisError

from . import access
from .hints import user_group
from .live.watching import caption_group
from .origin import is_same_origin

logger = logging.getLogger(__name__)
TRY_AGAIN_LATER = 1013
_layer = {"is_away": False}


class HintConsumer(AsyncJsonWebsocketConsumer):
    """Joins one group and passes on its hints. What a page sends is not read. Without Redis there are none; the page tries again."""

    group = ""

    async def __call__(self, scope, receive, send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except (RedisError, OSError) as error:
            # Pages try again and again; said once until the layer is back.
            if not _layer["is_away"]:
                logger.warning("pages hear nothing: the channel layer is away (%s)", type(error).__name__)
            _layer["is_away"] = True
            with contextlib.suppress(Exception):
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})

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
        _layer["is_away"] = False

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
