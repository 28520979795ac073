"""How long a live request waits while a long chat request runs for nobody in particular."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator

from inference.bench.chat import SCHEMA, make_prompt
from inference.bench.figures import Figure, Goal, percentile
from inference.bench.ground import Ground
from inference.chat.engine import ChatEngine
from inference.chat.request import ChatRequest
from inference.scheduler import Priority, Scheduler

PROMPT_TOKENS = 1500
WRITTEN_TOKENS = 96
PAUSE_S = (0.15, 0.6)  # between live requests, as drafts of captions come


def measure_waiting(ground: Ground) -> list[Figure]:
    """From the arrival of a live request to its first piece, all through reading and writing of one batch request."""
    engine = ground.chat
    request = ChatRequest(
        messages=[{"role": "user", "content": make_prompt(engine, PROMPT_TOKENS, salt=3)}],
        temperature=0.0,
        max_tokens=WRITTEN_TOKENS,
        schema=SCHEMA,
        repetition_stop=False,
    )
    with ground.scheduler() as scheduler:
        waits = asyncio.run(_interrupt(scheduler, engine, request))
    return [
        Figure(
            row="waiting",
            what="wait of a live request behind a batch chat request, 95 of 100",
            value=percentile(waits, 0.95),
            unit="s",
            goal=Goal(limit=0.3),
            note=f"{len(waits)} requests; median {percentile(waits, 0.5):.3f} s, longest {max(waits):.3f} s",
        )
    ]


async def _interrupt(scheduler: Scheduler, engine: ChatEngine, request: ChatRequest) -> list[float]:
    pauses = random.Random(1)  # noqa: S311 (not for secrets)
    waits: list[float] = []
    batch = asyncio.create_task(scheduler.run(lambda: engine.generate(request), priority=Priority.BATCH))
    while not batch.done():
        await asyncio.sleep(pauses.uniform(*PAUSE_S))
        asked_at = time.monotonic()

        def answer() -> Iterator[float]:
            yield time.monotonic()

        (started_at,) = await scheduler.run(answer, priority=Priority.LIVE)
        if not batch.done():
            waits.append(started_at - asked_at)
    await batch
    return waits
