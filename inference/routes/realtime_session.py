"""One live session between its socket and the model thread: when is what read, so that captions are never late by more than one reading?

    sound ─▶ LiveAudio ─▶ finished utterances ─▶ todo (finals and marks, in order) ─▶ final
                      └─▶ utterance under way ───── nothing to do, and enough is new ─▶ draft

At most one reading is under way, and each reads all that was heard so far: on a busy machine there are fewer drafts, not
later ones. What waits is bounded: `wait_for_room` makes the socket stop reading.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from inference.metrics import Metrics
from inference.routes.realtime_messages import Message, StartMessage, render_final, render_partial
from inference.scheduler import Priority, Scheduler
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.captions import DRAFT_TAIL_S, Captioner
from inference.speech.live_audio import LiveAudio, Spoken

MIN_FIRST_DRAFT_S = 0.7  # of less whisper makes a sentence of its own
MIN_STEP_S = 0.3
REST = 1.25  # new sound per time of the last reading: a fifth of the machine is left to others
MAX_WAITING_S = 30.0
HURRY_S = 10.0

_END = object()


class RealtimeSession:
    """Belongs to the event loop. `add_audio`, `flush` and `end` never block; `messages` does the work."""

    def __init__(
        self, start: StartMessage, *, captioner: Captioner, scheduler: Scheduler, metrics: Metrics
    ) -> None:
        self._offset_ms = start.offset_ms
        self._captioner = captioner
        self._scheduler = scheduler
        self._metrics = metrics
        self._hearing = captioner.open(start.to_request())
        self._audio = LiveAudio()
        self._opened_at = time.monotonic()
        self._todo: deque[tuple[Spoken | Message | object, float]] = deque()  # with its time of arrival
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._drafted_to = 0  # sample
        self._draft_s = 0.0
        self._shown: set[int] = set()  # utterances with text on somebody's screen

    def add_audio(self, data: bytes) -> None:
        self._queue(self._audio.add(data))

    def flush(self) -> None:
        self._queue(self._audio.flush())
        self._queue([{"type": "flushed", "end_ms": self._offset_ms + self._audio.position_ms}])

    def end(self) -> None:
        self._queue([*self._audio.flush(), {"type": "session.ended"}, _END])

    async def wait_for_room(self) -> None:
        """Returns at once unless MAX_WAITING_S of speech wait to be read."""
        await self._has_room.wait()

    async def messages(self) -> AsyncIterator[Message]:
        """Until the session has ended. Raises what the model thread raises."""
        while True:
            self._changed.clear()
            if self._todo:
                one, queued_at = self._todo.popleft()
                self._update_room()
                if one is _END:
                    return
                message = one if isinstance(one, dict) else await self._finish(one, queued_at=queued_at)
            elif (spoken := self._audio.open) and self._is_due(spoken):
                message = await self._draft(spoken)
            else:
                await self._changed.wait()
                continue
            if message:
                yield message

    # -- when -------------------------------------------------------------------------------------------------------

    def _is_due(self, spoken: Spoken) -> bool:
        utterance = spoken.utterance
        if utterance.speech_s < MIN_FIRST_DRAFT_S:
            return False
        heard_to = min(utterance.end, utterance.spans[-1].end + int(DRAFT_TAIL_S * SAMPLE_RATE_HZ))
        step_s = max(MIN_STEP_S, REST * self._draft_s)
        new = heard_to - max(self._drafted_to, utterance.start)
        is_quiet = heard_to < utterance.end  # nothing more will come: what is new is read now
        return new > 0 if is_quiet else new >= step_s * SAMPLE_RATE_HZ

    def _is_late(self) -> bool:
        """Whether finished utterances pile up although they come no faster than they are spoken."""
        elapsed_s = time.monotonic() - self._opened_at
        return self._waiting_s > HURRY_S and self._audio.received_s < elapsed_s + HURRY_S

    @property
    def _waiting_s(self) -> float:
        sizes = (one.samples.size for one, _ in self._todo if isinstance(one, Spoken))
        return sum(sizes) / SAMPLE_RATE_HZ

    def _queue(self, items: list[Any]) -> None:
        now = time.monotonic()
        self._todo += [(item, now) for item in items]
        self._update_room()
        self._changed.set()

    def _update_room(self) -> None:
        if self._waiting_s > MAX_WAITING_S:
            self._has_room.clear()
        else:
            self._has_room.set()

    # -- what -------------------------------------------------------------------------------------------------------

    async def _draft(self, spoken: Spoken) -> Message | None:
        started_at = time.monotonic()
        utterance = spoken.utterance
        (draft,) = await self._scheduler.run(
            lambda: self._captioner.draft(spoken, self._hearing), priority=Priority.LIVE
        )
        self._draft_s = time.monotonic() - started_at
        heard_to = utterance.spans[-1].end + int(DRAFT_TAIL_S * SAMPLE_RATE_HZ)
        self._drafted_to = min(utterance.end, heard_to)
        self._metrics.caption_shown(kind="partial", delay_s=self._draft_s)
        if not draft.text:
            return None
        self._shown.add(utterance.number)
        return render_partial(draft, utterance, offset_ms=self._offset_ms)

    async def _finish(self, spoken: Spoken, *, queued_at: float) -> Message | None:
        beam_size = 1 if self._is_late() else None
        (final,) = await self._scheduler.run(
            lambda: self._captioner.finish(spoken, self._hearing, beam_size=beam_size),
            priority=Priority.LIVE,
        )
        self._metrics.caption_shown(kind="final", delay_s=time.monotonic() - queued_at)
        if not final.text and spoken.utterance.number not in self._shown:
            return None
        self._shown.discard(spoken.utterance.number)
        return render_final(final, spoken.utterance, offset_ms=self._offset_ms)
