"""Rows about transcribing what was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from faster_whisper import WhisperModel

from inference.bench.figures import Figure, Goal, compare
from inference.bench.ground import Ground, cut, read_sound, repeat_to
from inference.bench.sounds import make_quiet_sounds
from inference.bench.words import NO_JIWER, compute_wer, list_words
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.vad import detect_speech
from inference.speech.whisper import TranscriptionRequest, WhisperEngine
from inference.types import Segment

SHORT_S = 5.0
SHORT_PIECES = 6
SOUND_SHARE = (
    0.1  # music and noise are shorter than silence: whisper's detector of speech reads all of it either way
)


def measure_short(ground: Ground) -> list[Figure]:
    """Pieces of 5 s with the most speech in them, by both, in turns."""
    engine, stock_model = ground.whisper, ground.stock_whisper
    ours, stock = [], []
    for piece in find_speech(ground.recording, length_s=SHORT_S, count=SHORT_PIECES):
        ours.append(
            measure_s(lambda piece=piece: transcribe(engine, piece, language="en", needs_times=False))
        )
        stock.append(measure_s(lambda piece=piece: transcribe_stock(stock_model, piece, language="en")))
    note = f"seconds, medians over {len(ours)} pieces in turns; text alone, as stock's"
    return [
        compare(
            "short",
            "5 s of speech ÷ stock faster-whisper's call",
            ours=median(ours),
            other=median(stock),
            goal=Goal(limit=0.35),
            note=note,
        )
    ]


def measure_batch(ground: Ground) -> list[Figure]:
    """One long recording, once by each."""
    engine, seconds = ground.whisper, ground.options.minutes * 60
    samples = ground.recording
    is_repeated = samples.size < seconds * SAMPLE_RATE_HZ
    samples = repeat_to(samples, seconds=seconds) if is_repeated else samples[: int(seconds * SAMPLE_RATE_HZ)]
    texts = {}
    started_at = time.monotonic()
    texts["ours"] = transcribe(engine, samples)
    ours_s = time.monotonic() - started_at
    started_at = time.monotonic()
    texts["stock"] = transcribe_stock(ground.stock_whisper, samples, vad_filter=True, beam_size=5)
    stock_s = time.monotonic() - started_at
    length = f"{samples.size / SAMPLE_RATE_HZ / 60:.1f} min"
    time_figure = compare(
        "batch",
        f"{length} ÷ stock transcribe(vad_filter=True, beam_size=5)",
        ours=ours_s,
        other=stock_s,
        goal=Goal(limit=0.6),
        note="seconds" + (", a shorter recording over and over" if is_repeated else ""),
    )
    if ground.reference is None or is_repeated:
        return [time_figure.with_note("no --reference for all of it: word errors were not counted")]
    errors = {name: compute_wer(ground.reference, text) for name, text in texts.items()}
    if errors["ours"] is None or errors["stock"] is None:
        return [time_figure.with_note(NO_JIWER)]
    word_figure = Figure(
        row="batch",
        what="word error rate, ours minus stock's",
        value=100 * (errors["ours"] - errors["stock"]),
        unit="points",
        goal=Goal(limit=0.3),
        note=f"ours {errors['ours']:.4f}, stock {errors['stock']:.4f}, as written",
    )
    return [time_figure, word_figure]


def measure_silence(ground: Ground) -> list[Figure]:
    """Words that were written although nobody speaks. The full time of silence, a tenth of it of music, keyboard and room."""
    seconds = ground.options.minutes * 60
    sounds = {
        name: sound if name == "silence" else sound[: int(seconds * SOUND_SHARE * SAMPLE_RATE_HZ)]
        for name, sound in make_quiet_sounds(seconds).items()
    }
    sounds |= {
        f"clip {number}": read_sound(path) for number, path in enumerate(ground.options.quiet_paths, 1)
    }
    figures = []
    for name, sound in sounds.items():
        words = list_words(transcribe(ground.whisper, sound))
        length = f"{sound.size / SAMPLE_RATE_HZ:.0f} s"
        figures.append(
            Figure(
                row="silence",
                what=f"{name}, {length}",
                value=float(len(words)),
                unit="words",
                goal=Goal(limit=0),
            )
        )
    return figures


def transcribe(
    engine: WhisperEngine, samples: np.ndarray, *, language: str | None = None, needs_times: bool = True
) -> str:
    pieces = engine.transcribe(samples, TranscriptionRequest(language=language, needs_times=needs_times))
    return " ".join(piece.text.strip() for piece in pieces if isinstance(piece, Segment))


def transcribe_stock(model: WhisperModel, samples: np.ndarray, **options: object) -> str:
    """faster-whisper's own call."""
    segments, _ = model.transcribe(to_float(samples), **options)
    return " ".join(segment.text.strip() for segment in segments)


def measure_s(work: Callable[[], object]) -> float:
    started_at = time.monotonic()
    work()
    return time.monotonic() - started_at


def find_speech(samples: np.ndarray, *, length_s: float, count: int) -> list[np.ndarray]:
    """Neighbouring pieces with the most speech in them."""
    spans = [span for heard in detect_speech(samples) for span in heard.spans]
    size = int(length_s * SAMPLE_RATE_HZ)

    def speech_in(start: int) -> int:
        return sum(max(0, min(span.end, start + size) - max(span.start, start)) for span in spans)

    starts = sorted(range(0, samples.size - size + 1, size), key=speech_in, reverse=True)[:count]
    return [cut(samples, start_s=start / SAMPLE_RATE_HZ, length_s=length_s) for start in starts]
