"""The rows of the table, by name, in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inference.bench.captions import measure_captions
from inference.bench.chat import measure_engine, measure_question, measure_schema
from inference.bench.figures import Figure
from inference.bench.gate import measure_gate
from inference.bench.ground import Ground
from inference.bench.memory import measure_memory
from inference.bench.speech import measure_batch, measure_short, measure_silence
from inference.bench.waiting import measure_waiting


@dataclass(frozen=True)
class Row:
    title: str
    measure: Callable[[Ground], list[Figure]]


ROWS: dict[str, Row] = {
    "schema": Row("decoding under a JSON schema ÷ free decoding", measure_schema),
    "engine": Row("our chat engine ÷ llama.cpp's own loop on the same weights", measure_engine),
    "short": Row("5 s of speech: our time ÷ faster-whisper's call", measure_short),
    "batch": Row("a long recording: our time ÷ faster-whisper's call, and the words", measure_batch),
    "silence": Row("words written for sound in which nobody speaks", measure_silence),
    "gate": Row("whisper's score for right and wrong text: where the gate's threshold lies", measure_gate),
    "waiting": Row("a live request behind a running batch chat request", measure_waiting),
    "captions": Row("live captions: how late, and how good", measure_captions),
    "question": Row("second question on a 6,000-token transcript ÷ the first", measure_question),
    "memory": Row("resident memory with every model loaded, and after work", measure_memory),
}
