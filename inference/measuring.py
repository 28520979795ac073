"""How fast is every model of a profile on this machine? What follows from it stands in `prediction`.

Measuring is work for the model thread, in pieces: only the time inside a piece counts, so that more urgent work in the pauses between
them changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from inference.chat.engine import ChatEngine
from inference.chat.request import ChatPiece, ChatRequest
from inference.engines import Engines
from inference.prediction import Speeds
from inference.speech.audio import SAMPLE_RATE_HZ, decode_audio
from inference.speech.diarization import DiarizationRequest
from inference.speech.whisper import TranscriptionRequest

SAMPLE_PATH = Path(__file__).with_name("sample.opus")  # 60 s of a meeting, four synthetic voices, CC0
TEXT = (
    "The team went through the open points of last week. Two of them are closed, the third waits for an answer from the supplier. "
    "Prices for the spring were discussed at length, and the proposal with three steps found most support. "
)
WRITTEN_SAMPLE_TOKENS = 32


def measure_speeds(engines: Engines, samples: np.ndarray) -> Iterator[Speeds | None]:
    """None after each piece, then the speeds. About 20 s on two quiet cores. int16 samples, 16 kHz mono, of speech."""
    seconds = samples.size / SAMPLE_RATE_HZ
    transcribing, telling_apart, embedding = Stopwatch(), Stopwatch(), Stopwatch()
    yield from transcribing.run(engines.whisper.transcribe(samples, TranscriptionRequest(language="en")))
    yield from telling_apart.run(engines.diarization.diarize(samples, DiarizationRequest()))
    texts = [f"{number}: {sentence}" for number in range(16) for sentence in TEXT.split(". ") if sentence]
    yield from embedding.run(engines.embedding.embed(texts))
    prefill, decode = [], []
    for round_ in range(2):  # the better speeds, since somebody else may use the machine for a moment
        for piece in _read_and_write(engines.chat, round_):
            yield None
            if piece and piece.usage and piece.timings:
                read = piece.usage.prompt_tokens - piece.usage.cached_tokens
                prefill.append(read / piece.timings.prefill_s)
                decode.append(max(1, piece.usage.completion_tokens) / max(piece.timings.decode_s, 1e-6))
    yield Speeds(
        asr_rtf=transcribing.elapsed_s / seconds,
        diarization_rtf=telling_apart.elapsed_s / seconds,
        prefill_tps=max(prefill),
        decode_tps=max(decode),
        embeddings_per_s=len(texts) / embedding.elapsed_s,
    )


async def read_sample() -> np.ndarray:
    """A minute of a meeting, int16, 16 kHz mono."""
    with SAMPLE_PATH.open("rb") as file:
        return await decode_audio(file, max_s=120)


class Stopwatch:
    """Counts the time inside the pieces of some work, not the pauses between them."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def run(self, work: Iterable[Any]) -> Iterator[None]:
        pieces = iter(work)
        while True:
            started_at = time.monotonic()
            try:
                next(pieces)
            except StopIteration:
                return
            finally:
                self.elapsed_s += time.monotonic() - started_at
            yield None


def _read_and_write(engine: ChatEngine, round_: int) -> Iterator[ChatPiece | None]:
    """Another prompt each round, so that nothing of it is in the cache."""
    content = f"Meeting {round_}. Write down everything again that follows. {TEXT * 2}"
    return engine.generate(
        ChatRequest(
            messages=[{"role": "user", "content": content}], temperature=0.0, max_tokens=WRITTEN_SAMPLE_TOKENS
        )
    )
