"""How late live captions are, and how good: sound is fed at the speed of speech into the server's own sessions.

    offline pass ─▶ words with their ends ─┐
    60 ms of sound every 60 ms ─▶ session ─┴▶ each message: which of these words does it show for the first time?

A word is late by the time between its end in the sound and the first message that shows it where it belongs. Words that are never shown
are errors, not delays. The way from a browser through the web server is not in it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from inference.bench.chat import make_prompt
from inference.bench.figures import Figure, Goal, percentile
from inference.bench.ground import Ground, cut, repeat_to
from inference.bench.words import NO_JIWER, compute_wer, list_words
from inference.chat.request import ChatRequest
from inference.metrics import Metrics
from inference.routes.realtime_messages import StartMessage
from inference.routes.realtime_session import RealtimeSession
from inference.scheduler import Priority, Scheduler
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.captions import Captioner
from inference.speech.whisper import TranscriptionRequest
from inference.types import Segment

FEED_S = 0.06
BEFORE_S = 1.5  # how far before its utterance a word may end by the offline pass's times
AHEAD_S = 0.2  # … and behind what was heard: more, and a word not yet spoken is taken for its like that was
TAIL_S = 1.0


@dataclass
class Watch:
    """What one session showed, and when. `words`: (as compared, end in seconds)."""

    words: list[tuple[str, float]]
    began_at: float = 0.0
    delays_s: dict[int, float] = field(default_factory=dict)
    finals: dict[int, str] = field(default_factory=dict)

    def see(self, message: dict[str, Any], *, now: float) -> None:
        if message["type"] not in ("caption.partial", "caption.final"):
            return
        if message["type"] == "caption.final":
            self.finals[message["utterance"]] = message["text"]
        low, high = message["start_ms"] / 1000 - BEFORE_S, message["end_ms"] / 1000 + AHEAD_S
        near = [index for index, (_, end_s) in enumerate(self.words) if low <= end_s <= high]
        wanted, shown = [self.words[index][0] for index in near], list_words(message["text"])
        matcher = SequenceMatcher(None, wanted, shown, autojunk=False)
        for block in matcher.get_matching_blocks():
            for index in near[block.a : block.a + block.size]:
                self.delays_s.setdefault(index, now - self.began_at - self.words[index][1])

    @property
    def text(self) -> str:
        return " ".join(self.finals[number] for number in sorted(self.finals))


def measure_captions(ground: Ground) -> list[Figure]:
    """One session alone, two at once, and one beside batch work."""
    seconds = ground.options.captions_s
    sound = repeat_to(ground.recording, seconds=seconds)
    words, offline = _hear_offline(ground, sound)
    said = _find_said(ground, seconds=seconds)
    figures = []
    for name, sessions, beside, limits in (
        ("one session", 1, False, (1.0, 2.0)),
        ("two sessions", 2, False, (None, 4.0)),
        ("one beside batch work", 1, True, (None, 4.0)),
    ):
        ground.say(f"captions: {name}, {seconds:.0f} s")
        with ground.scheduler() as scheduler:
            watches = asyncio.run(
                _run(ground, scheduler, sound, words=words, sessions=sessions, beside=beside)
            )
        figures += _to_figures(name, watches, offline=offline, said=said, limits=limits)
    return figures


def _find_said(ground: Ground, *, seconds: float) -> str | None:
    """What was said in these seconds; None without a reference, or where the recording is shorter and was repeated."""
    if ground.said is None or ground.recording.size < seconds * SAMPLE_RATE_HZ:
        return None
    return " ".join(one.text for one in ground.said if one.end_s <= seconds)


def _hear_offline(ground: Ground, sound: np.ndarray) -> tuple[list[tuple[str, float]], str]:
    pieces = ground.whisper.transcribe(sound, TranscriptionRequest(language="en"))
    segments = [piece for piece in pieces if isinstance(piece, Segment)]
    words = [
        (core, word.end) for segment in segments for word in segment.words for core in list_words(word.word)
    ]
    return words, " ".join(segment.text.strip() for segment in segments)


def _to_figures(
    name: str, watches: list[Watch], *, offline: str, said: str | None, limits: tuple[float | None, float]
) -> list[Figure]:
    delays = [delay for watch in watches for delay in watch.delays_s.values()]
    total = sum(len(watch.words) for watch in watches)
    figures = [
        Figure(
            row="captions",
            what=f"{name}: words shown after they were spoken, {label}",
            value=percentile(delays, share),
            unit="s",
            goal=None if limit is None else Goal(limit=limit),
            note=f"{len(delays)} of {total} words were shown" if share > 0.5 else "",
        )
        for label, share, limit in (("median", 0.5, limits[0]), ("95 of 100", 0.95, limits[1]))
    ]
    errors = [compute_wer(offline, watch.text) for watch in watches]
    if any(error is None for error in errors):
        return [*figures[:-1], figures[-1].with_note(NO_JIWER)]
    return [
        *figures,
        Figure(
            row="captions",
            what=f"{name}: word error rate of the finals against our offline pass",
            value=100 * max(errors),
            unit="points",
            goal=Goal(limit=3.0),
        ),
        *([] if said is None else [_compare_with_said(name, watches, offline=offline, said=said)]),
    ]


def _compare_with_said(name: str, watches: list[Watch], *, offline: str, said: str) -> Figure:
    """Where two readings differ one of them may be right: which is worse by what was really said?"""
    finals, whole = max(compute_wer(said, watch.text) for watch in watches), compute_wer(said, offline)
    return Figure(
        row="captions",
        what=f"{name}: word error rate by what was really said, finals minus our offline pass",
        value=100 * (finals - whole),
        unit="points",
        goal=Goal(limit=3.0),
        note=f"finals {finals:.4f}, offline {whole:.4f}, as written",
    )


async def _run(
    ground: Ground,
    scheduler: Scheduler,
    sound: np.ndarray,
    *,
    words: list[tuple[str, float]],
    sessions: int,
    beside: bool,
) -> list[Watch]:
    watches = [Watch(words=words) for _ in range(sessions)]
    batch = asyncio.create_task(_work_batch(ground, scheduler)) if beside else None
    try:
        async with asyncio.TaskGroup() as group:
            for number, watch in enumerate(watches):
                group.create_task(_follow(ground, scheduler, sound, watch, after_s=number * 0.7))
    finally:
        if batch:
            batch.cancel()
            await asyncio.gather(batch, return_exceptions=True)
    return watches


async def _follow(
    ground: Ground, scheduler: Scheduler, sound: np.ndarray, watch: Watch, *, after_s: float
) -> None:
    await asyncio.sleep(after_s)
    start = StartMessage(type="session.start", language="en")
    session = RealtimeSession(
        start, captioner=Captioner(ground.whisper), scheduler=scheduler, metrics=Metrics()
    )
    watch.began_at = time.monotonic()
    feeding = asyncio.create_task(_feed(session, sound, began_at=watch.began_at))
    messages: AsyncIterator[dict[str, Any]] = session.messages()
    async for message in messages:
        watch.see(message, now=time.monotonic())
    await feeding


async def _feed(session: RealtimeSession, sound: np.ndarray, *, began_at: float) -> None:
    step = int(FEED_S * SAMPLE_RATE_HZ)
    padded = np.concatenate([sound, np.zeros(int(TAIL_S * SAMPLE_RATE_HZ), dtype=np.int16)])
    for start in range(0, padded.size, step):
        due_at = began_at + (start + step) / SAMPLE_RATE_HZ  # when the last sample of it is spoken
        await asyncio.sleep(max(0.0, due_at - time.monotonic()))
        session.add_audio(padded[start : start + step].tobytes())
        await session.wait_for_room()
    session.end()


async def _work_batch(ground: Ground, scheduler: Scheduler) -> None:
    """A transcription and a chat request in turns, for ever."""
    sound = repeat_to(ground.recording, seconds=60)
    for number in itertools.count(11):
        await scheduler.run(
            lambda: ground.whisper.transcribe(cut(sound, start_s=0, length_s=60), TranscriptionRequest()),
            priority=Priority.BATCH,
        )
        prompt = make_prompt(ground.chat, 600, salt=number)
        request = ChatRequest(messages=[{"role": "user", "content": prompt}], temperature=0.0, max_tokens=48)
        await scheduler.run(lambda request=request: ground.chat.generate(request), priority=Priority.BATCH)
