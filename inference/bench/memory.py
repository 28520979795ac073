"""Resident memory of a model server of its own: a new process, so that nothing the bench has loaded counts."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil

from inference.bench.chat import make_prompt
from inference.bench.figures import Figure, Goal
from inference.bench.ground import Ground, read_sound
from inference.catalogue import load_catalogue
from inference.chat.request import ChatRequest
from inference.engines import Engines, build_engines
from inference.measuring import SAMPLE_PATH
from inference.settings import Settings
from inference.speech.diarization import DiarizationRequest
from inference.speech.whisper import TranscriptionRequest

TIMEOUT_S = 600
PROMPT_TOKENS = 2000


def measure_memory(ground: Ground) -> list[Figure]:
    """Raises RuntimeError when the process ends without an answer."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_measure, args=(there, ground.settings, ground.profile.name))
    child.start()
    there.close()
    try:
        if not here.poll(TIMEOUT_S):
            raise RuntimeError("the process whose memory is measured does not answer")
        loaded, worked = here.recv()
    except EOFError:
        raise RuntimeError("the process whose memory is measured has ended") from None
    finally:
        child.terminate()
        child.join()
    goal = Goal(limit=2.2) if ground.profile.name == "compact" else None
    return [
        Figure(row="memory", what="every model loaded and warm", value=loaded, unit="GB", goal=goal),
        Figure(
            row="memory",
            what="after one job for each model and a picture",
            value=worked,
            unit="GB",
            note=f"a minute of speech, its speakers, 64 sentences, a prompt of {PROMPT_TOKENS} tokens, OCR",
        ),
    ]


def _measure(answer: Connection, settings: Settings, profile_name: str) -> None:
    import inference.app  # noqa: F401  (the server's own code counts)

    engines = build_engines(settings, load_catalogue().get_profile(profile_name))
    for _ in engines.bring_up():
        pass
    loaded = _resident_gb()
    _work(engines)
    answer.send((loaded, _resident_gb()))
    asyncio.set_event_loop(None)


def _work(engines: Engines) -> None:
    samples = read_sound(Path(SAMPLE_PATH))
    prompt = make_prompt(engines.chat, PROMPT_TOKENS, salt=5)
    chat = ChatRequest(messages=[{"role": "user", "content": prompt}], temperature=0.0, max_tokens=16)
    for work in (
        engines.whisper.transcribe(samples, TranscriptionRequest()),
        engines.diarization.diarize(samples, DiarizationRequest()),
        engines.embedding.embed([f"Sentence {number} of a meeting." for number in range(64)]),
        engines.chat.generate(chat),
        engines.ocr.read(np.full((720, 1280, 3), 255, dtype=np.uint8)),
    ):
        for _ in work:
            pass


def _resident_gb() -> float:
    return psutil.Process().memory_info().rss / 1e9
