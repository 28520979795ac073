"""How long does an hour of meeting take, by speeds that were measured; and with other models than the measured ones?

    minutes per hour = 60 · (asr_rtf + diarization_rtf)
                     + (READ_TOKENS / prefill_tps + WRITTEN_TOKENS / decode_tps + SENTENCES / embeddings_per_s) / 60

A real-time factor is seconds of computing per second of audio. The token counts are what the notes of an hour take: about 9,000
words are spoken, 12,000 tokens, each read twice (to find what matters, and to write and check it), and some 60 items are written.
`docs/quality.md` has the same figure measured on whole meetings.

Other models: a token's time grows with the weights it is multiplied with, whisper's with its layers times the square of their width. A chat
model that hears also reads 25 tokens for a second of sound and writes what was said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

READ_TOKENS = 24_000
WRITTEN_TOKENS = 2_500
SENTENCES = 700
HEARD_TOKENS_PER_S = 25.0
SPOKEN_TOKENS_PER_S = 3.3  # 12,000 an hour


@dataclass(frozen=True, kw_only=True)
class Speeds:
    asr_rtf: float
    diarization_rtf: float
    prefill_tps: float
    decode_tps: float
    embeddings_per_s: float


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a profile's models, the compact profile's being 1. `hears`: the chat model transcribes, whisper checks it."""

    speech: float = 1.0
    chat: float = 1.0
    hears: bool = False


def predict_minutes_per_hour(speeds: Speeds) -> float:
    """Minutes of work for one hour of meeting; the formula is the module's docstring."""
    notes_s = (
        READ_TOKENS / speeds.prefill_tps
        + WRITTEN_TOKENS / speeds.decode_tps
        + SENTENCES / speeds.embeddings_per_s
    )
    return 60 * (speeds.asr_rtf + speeds.diarization_rtf) + notes_s / 60


def predict_speeds(speeds: Speeds, *, measured: Cost, wanted: Cost) -> Speeds:
    """What other models would do on the machine on which `speeds` were measured."""
    chat = wanted.chat / measured.chat
    prefill_tps, decode_tps = speeds.prefill_tps / chat, speeds.decode_tps / chat
    hearing_rtf = HEARD_TOKENS_PER_S / prefill_tps + SPOKEN_TOKENS_PER_S / decode_tps if wanted.hears else 0.0
    return Speeds(
        asr_rtf=speeds.asr_rtf * wanted.speech / measured.speech + hearing_rtf,
        diarization_rtf=speeds.diarization_rtf,
        prefill_tps=prefill_tps,
        decode_tps=decode_tps,
        embeddings_per_s=speeds.embeddings_per_s,
    )


def read_measured(path: Path | None) -> tuple[str, Speeds] | None:
    """The profile and the speeds of a report that `check` or the server wrote; None where there is none that can be read."""
    try:
        report = json.loads(path.read_text("utf-8")) if path else None
        numbers = {field.name: float(report["speeds"][field.name]) for field in fields(Speeds)}
        if min(numbers.values()) <= 0:
            return None
        return str(report["profile"]), Speeds(**numbers)
    except (OSError, ValueError, KeyError, TypeError):
        return None
