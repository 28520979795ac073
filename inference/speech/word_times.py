"""When was each word said? Whisper's cross-attention (CTranslate2 `align`), corrected by the speech that was detected.

The attention has no idea of silence: the word before or after a pause is often stretched over it. No word lasts longer than
MAX_WORD_S or reaches far outside the spans in which the VAD heard somebody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import ctranslate2
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import merge_punctuations

from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.decoding import Decoded
from inference.speech.segmentation import HeardWord
from inference.speech.windows import Window
from inference.types import Word

MAX_WORD_S = 1.5
PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"


def align_words(
    model: WhisperModel,
    encoded: ctranslate2.StorageView,
    tokenizer: Tokenizer,
    tokens: Sequence[int],
    *,
    window: Window,
) -> list[HeardWord]:
    """Words of `tokens` with times from the start of the recording, never falling, inside the window."""
    if not tokens:
        return []
    frames = min(model.feature_extractor.nb_max_frames, round(window.duration_s * model.frames_per_second))
    alignment = model.find_alignment(tokenizer, [list(tokens)], encoded, max(frames, 2))[0]
    merge_punctuations(alignment, PREPENDED, APPENDED)
    offset_s, duration_s = window.start / SAMPLE_RATE_HZ, window.duration_s
    timed = [one for one in alignment if one["word"].strip()]
    times = [(min(one["start"], duration_s), min(one["end"], duration_s)) for one in timed]
    spans = [
        (span.start / SAMPLE_RATE_HZ - offset_s, span.end / SAMPLE_RATE_HZ - offset_s)
        for span in window.spans
    ]
    times = _make_rising([_fit_to_speech(start, end, spans) for start, end in times], duration_s=duration_s)
    return [
        HeardWord(
            word=Word(
                start=round(offset_s + start, 3),
                end=round(offset_s + end, 3),
                word=one["word"],
                probability=round(float(one["probability"]), 4),
            ),
            tokens=tuple(one["tokens"]),
        )
        for one, (start, end) in zip(timed, times, strict=True)
    ]


def make_one_word(decoded: Decoded, tokenizer: Tokenizer, *, window: Window) -> list[HeardWord]:
    """The text of a window as if it were one word: where nobody asks when each was said. Its probability is the tokens' geometric mean."""
    text = tokenizer.decode(list(decoded.tokens))
    if not text.strip():
        return []
    end_s = window.duration_s if decoded.heard_to_s is None else min(decoded.heard_to_s, window.duration_s)
    offset_s = window.start / SAMPLE_RATE_HZ
    word = Word(
        start=round(offset_s, 3),
        end=round(offset_s + end_s, 3),
        word=text,
        probability=round(math.exp(decoded.avg_logprob), 4),
    )
    return [HeardWord(word=word, tokens=decoded.tokens)]


def _fit_to_speech(start: float, end: float, spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Cut a word down to the span of speech it overlaps most; a word in a pause is left where it is, shortened."""
    overlaps = [(min(end, to) - max(start, since), since, to) for since, to in spans]
    overlap, since, to = max(overlaps, default=(0.0, start, end))
    if overlap > 0.02:
        start, end = max(start, since), min(end, to)
    if end - start > MAX_WORD_S:
        end = start + MAX_WORD_S
    return float(start), float(end)


def _make_rising(times: Sequence[tuple[float, float]], *, duration_s: float) -> list[tuple[float, float]]:
    rising: list[tuple[float, float]] = []
    last = 0.0
    for start, end in times:
        start = min(max(start, last), duration_s)
        end = min(max(end, start), duration_s)
        rising.append((start, end))
        last = end
    return rising
