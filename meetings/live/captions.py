"""Captions while people speak: sound goes to the model server's realtime socket, text to the recorder, the watchers and the database.

::

    frames ─▶ queue (bounded) ─▶ WS /v1/realtime ─▶ caption.partial ─▶ pages
                                                 └▶ caption.final ──▶ whose voice? ─▶ segment row (engine "live") ─▶ pages

Nothing here can hold up or end a recording: without a model server frames are dropped from the queue, and the page says "recording only".
"""

import asyncio
import json
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from uuid import UUID

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error as DatabaseError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from ..errors import MinutebookError
from ..inference_client import InferenceClient
from ..models import Meeting, Take
from .caption_rows import find_end, save_caption
from .protocol import FRAME_BYTES, FRAME_MS
from .recall import list_known, recall_voices
from .sides import LiveSides, to_mono
from .voices import LiveVoices
from .watching import caption_group

logger = logging.getLogger(__name__)

RETRY_S = 3.0
# Older sound is left to the pass after the recording: captions that lag are worse than a hole.
MAX_BEHIND_FRAMES = 20_000 // FRAME_MS
LAST_WORDS_S = 5.0
RECALL_S = 5.0
SEND_FRAMES = 10
# So many words, and so much of all, make a language the meeting's.
LANGUAGE_WORDS = 30
LANGUAGE_SHARE = 0.8
LAYER_REST_S = 10.0
_layer = {"away_until": 0.0}
# By take; a new connection of the same recorder goes on with the voices it knows. Those of the oldest takes are forgotten.
_voices: dict[UUID, LiveVoices] = {}
MOST_TAKES = 300
Say = Callable[..., Awaitable[None]]


class _Behind(Exception):
    """The model server is slower than speech; start again with the newest sound."""


class CaptionRelay:
    """One for each connection of a recorder. `feed` never blocks; `run` goes on until it is cancelled or `end` was called."""

    def __init__(self, take: Take, say: Say, *, url: str | None = None) -> None:
        self.base_url = (url or settings.INFERENCE_URL).rstrip("/")
        self.url = self.base_url.replace("http", "ws", 1) + "/v1/realtime"
        self.take, self._say = take, say
        self._queue: deque[tuple[int, bytes]] = deque()
        self._fresh = asyncio.Event()
        self._is_ending = self._wants_flush = False
        self._from_frame = 0
        self._state = ""
        self.voices = LiveVoices()
        self.sides = LiveSides() if take.channels > 1 else None
        self._words_in: Counter[str] = Counter()

    def feed(self, frames: bytes, *, first: int) -> None:
        """Whole frames as they came, from number `first` on."""
        size = FRAME_BYTES * self.take.channels
        if self.sides is not None:
            self.sides.hear(frames, first=first)
        for offset in range(0, len(frames), size):
            number = first + offset // size
            if number >= self._from_frame:
                self._queue.append((number, frames[offset : offset + size]))
        while len(self._queue) > MAX_BEHIND_FRAMES:
            self._queue.popleft()
        self._fresh.set()

    def flush(self) -> None:
        """The person paused: what was heard becomes final."""
        self._wants_flush = True
        self._fresh.set()

    async def end(self, task: asyncio.Task) -> None:
        """The last words, or what comes of them in LAST_WORDS_S; then `task` (which runs `run`) is over."""
        self._is_ending = True
        self._fresh.set()
        await asyncio.wait([task], timeout=LAST_WORDS_S if self._state == "on" else 0)
        task.cancel()
        _voices.pop(self.take.pk, None)

    async def run(self) -> None:
        """Connect, and again when it breaks. Ends only by itself after `end`."""
        # What was captioned before a break is not captioned again when its frames come again.
        end_ms, last_number = await find_end(self.take)
        self._from_frame = end_ms // FRAME_MS
        self.voices = await self._remember_voices(last_number)
        while not self._is_ending:
            try:
                await self._tell("waiting")
                async with connect(self.url, open_timeout=5, proxy=None) as socket:
                    await self._talk(socket)
            except (OSError, WebSocketException, TimeoutError, ValueError, KeyError) as error:
                if self._state != "off":
                    logger.info("captions are away: %s", type(error).__name__)
                await self._tell("off")
                await asyncio.sleep(RETRY_S)
            except _Behind:
                continue

    async def _remember_voices(self, last_number: int) -> LiveVoices:
        if self.take.pk not in _voices:
            while len(_voices) >= MOST_TAKES:
                _voices.pop(next(iter(_voices)))
            voices = await self._recall_voices() if last_number else LiveVoices()
            voices.last_number = max(voices.last_number, last_number)
            _voices[self.take.pk] = voices
        return _voices[self.take.pk]

    async def _recall_voices(self) -> LiveVoices:
        """As another process heard them; new ones where that cannot be done."""
        known = await database_sync_to_async(list_known)(self.take)

        def recall() -> LiveVoices:
            with InferenceClient(self.base_url, priority="interactive") as client:
                return recall_voices(self.take, known, client=client)

        try:
            async with asyncio.timeout(RECALL_S):
                return await asyncio.to_thread(recall)
        except (MinutebookError, OSError, TimeoutError) as error:
            logger.info("voices are told apart anew: %s", type(error).__name__)
            return LiveVoices()

    async def _talk(self, socket: ClientConnection) -> None:
        while not self._queue and not self._is_ending:
            self._fresh.clear()
            await self._fresh.wait()
        first = self._queue[0][0] if self._queue else self._from_frame
        meeting = self.take.meeting
        start = {
            "type": "session.start",
            "language": meeting.language or None,
            "vocabulary": meeting.vocabulary_terms,
            "offset_ms": first * FRAME_MS,
        }
        await socket.send(json.dumps(start))
        async with asyncio.timeout(10):
            started = json.loads(await socket.recv())
        if started.get("type") != "session.started":
            raise ValueError("no session")
        await self._tell("on")
        send = asyncio.create_task(self._send(socket, first))
        try:
            async for raw in socket:
                if not await self._receive(json.loads(raw)):
                    break
            if send.done() and not send.cancelled() and (error := send.exception()):
                raise error
        finally:
            send.cancel()

    async def _send(self, socket: ClientConnection, expected: int) -> None:
        """In order and without holes, until the end or a hole."""
        while True:
            self._fresh.clear()
            while self._queue:
                if self._queue[0][0] != expected:
                    await socket.close()
                    raise _Behind
                count = min(SEND_FRAMES, len(self._queue))
                data = b"".join(self._queue.popleft()[1] for _ in range(count))
                expected += count
                await socket.send(to_mono(data, channels=self.take.channels))
            if self._wants_flush:
                self._wants_flush = False
                await socket.send('{"type": "flush"}')
            if self._is_ending:
                return await socket.send('{"type": "session.end"}')
            await self._fresh.wait()

    async def _receive(self, message: dict) -> bool:
        """False: the session is over."""
        match message.get("type"):
            case "caption.partial":
                names = ("utterance", "start_ms", "end_ms", "text", "stable_chars")
                await self._publish({"type": "caption.partial", **{name: message[name] for name in names}})
            case "caption.final":
                await self._finish(message)
            case "session.ended":
                return False
            case "error":
                raise ValueError("the model server refused")
        return True

    async def _finish(self, message: dict) -> None:
        start_ms, end_ms = int(message["start_ms"]), int(message["end_ms"])
        side = self.sides.find(start_ms=start_ms, end_ms=end_ms) if self.sides is not None else None
        changed = self.voices.add(message.get("speaker_vector"), start_ms=start_ms, end_ms=end_ms, side=side)
        speaker = changed.pop(start_ms, None)
        try:
            await save_caption(self.take, message, speaker=speaker, changed=changed)
            await self._learn_language(message)
        except DatabaseError as error:
            logger.warning("a caption was not kept: %s", type(error).__name__)
        names = ("utterance", "start_ms", "end_ms", "text")
        final = {"type": "caption.final", **{name: message[name] for name in names}, "speaker": speaker}
        await self._publish(final)
        if changed:
            speakers = [[at_ms, number] for at_ms, number in sorted(changed.items())]
            await self._publish({"type": "caption.speakers", "speakers": speakers})
        self._from_frame = max(self._from_frame, end_ms // FRAME_MS)

    async def _learn_language(self, message: dict) -> None:
        """Where nobody chose one: notes are drafted by its cues while the meeting runs."""
        meeting = self.take.meeting
        if meeting.language or not message.get("language"):
            return
        self._words_in[message["language"]] += len(message["text"].split())
        [(language, words)] = self._words_in.most_common(1)
        if words >= LANGUAGE_WORDS and words >= LANGUAGE_SHARE * self._words_in.total():
            meeting.language = language[:8]
            await Meeting.objects.filter(pk=meeting.pk, language="").aupdate(language=meeting.language)

    async def _tell(self, state: str) -> None:
        if state == self._state or (state == "waiting" and self._state == "off"):
            return
        self._state = state
        await self._publish({"type": "captions", "state": state})

    async def _publish(self, message: dict) -> None:
        await self._say(**message)
        await tell_watchers(self.take, message)


async def tell_watchers(take: Take, message: dict) -> None:
    """A hint: without Redis watchers see the text when they load the page again. It is then left alone for a while, so that the recorder's
    own captions do not wait for it."""
    now = time.monotonic()
    if now < _layer["away_until"]:
        return
    try:
        async with asyncio.timeout(1):
            layer = get_channel_layer()
            await layer.group_send(caption_group(take.meeting_id), {"type": "caption", "message": message})
    except Exception as error:
        logger.warning("nobody can watch: the channel layer is away (%s)", type(error).__name__)
        _layer["away_until"] = now + LAYER_REST_S
