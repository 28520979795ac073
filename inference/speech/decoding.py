"""Encoder output → text tokens, with the guards that keep whisper from looping and inventing.

Thresholds are those of OpenAI's whisper (`whisper/transcribe.py`): a text that zlib shrinks more than 2.4 times repeats
itself, one with an average log probability under -1 is a guess, and a guess over sound with `no_speech_prob` above 0.6 is
silence. Two more: the number of tokens is bounded by the length of the sound (nobody says more than MAX_TOKENS_PER_S), and
decoding that runs into this bound is a loop.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import ctranslate2
from faster_whisper.tokenizer import Tokenizer

MAX_LENGTH = 448  # whisper's text context, prompt included
MAX_TOKENS_PER_S = 9.0
SPARE_TOKENS = 24
SECONDS_PER_MARK = 0.02
MAX_INITIAL_TIMESTAMP = 50  # in steps of SECONDS_PER_MARK
FALLBACK_TEMPERATURES = (0.0, 0.4, 0.8)


@dataclass(frozen=True, kw_only=True)
class DecodeRules:
    beam_size: int = 5
    pad_s: float = 2.0
    max_compression_ratio: float = 2.4
    min_avg_logprob: float = -1.0
    max_no_speech_prob: float = 0.6
    with_timestamps: bool = True


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """`tokens`: text only. `heard_to_s`: up to where whisper itself says that it has written everything down, from the start of the
    window; None when it does not say. `is_suspect`: a guard fired. `is_silence`: nothing was said."""

    tokens: tuple[int, ...]
    heard_to_s: float | None
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    temperature: float
    is_suspect: bool
    is_silence: bool


def decode_window(
    model: ctranslate2.models.Whisper,
    encoded: ctranslate2.StorageView,
    tokenizer: Tokenizer,
    *,
    prompt: Sequence[int],
    duration_s: float,
    rules: DecodeRules,
    temperature: float = 0.0,
    fall_back: bool = False,
) -> Decoded:
    """Decode one window of `duration_s` seconds. `fall_back`: try higher temperatures until no guard fires, and keep the likeliest
    that does not repeat itself; a text that loops at every temperature is dropped."""
    prompt = list(prompt) or tokenizer.sot_sequence
    if not rules.with_timestamps:
        prompt = [*prompt, tokenizer.no_timestamps]
    attempts = []
    for one in FALLBACK_TEMPERATURES if fall_back and temperature == 0 else (temperature,):
        decoded = _generate(
            model, encoded, tokenizer, prompt=prompt, duration_s=duration_s, rules=rules, temperature=one
        )
        if not decoded.is_suspect or decoded.is_silence:
            return decoded
        attempts.append(decoded)
    calm = [one for one in attempts if one.compression_ratio <= rules.max_compression_ratio]
    return max(calm or attempts, key=lambda one: one.avg_logprob)


def _generate(
    model: ctranslate2.models.Whisper,
    encoded: ctranslate2.StorageView,
    tokenizer: Tokenizer,
    *,
    prompt: Sequence[int],
    duration_s: float,
    rules: DecodeRules,
    temperature: float,
) -> Decoded:
    max_new = min(MAX_LENGTH - len(prompt), SPARE_TOKENS + int(duration_s * MAX_TOKENS_PER_S))
    how = {"beam_size": rules.beam_size}
    if temperature > 0:
        how = {"beam_size": 1, "num_hypotheses": 3, "sampling_topk": 0, "sampling_temperature": temperature}
    result = model.generate(
        encoded,
        [list(prompt)],
        max_length=len(prompt) + max_new,
        return_scores=True,
        return_no_speech_prob=True,
        suppress_blank=True,
        suppress_tokens=list_suppressed(tokenizer),
        max_initial_timestamp_index=MAX_INITIAL_TIMESTAMP,
        **how,
    )[0]
    ids = result.sequences_ids[0]
    finished, heard_to_s = _drop_unfinished(ids, tokenizer)
    tokens = tuple(token for token in finished if token < tokenizer.eot)
    # CTranslate2's score is the mean over the tokens; OpenAI's average counts the end token too.
    avg_logprob = result.scores[0] * len(ids) / (len(ids) + 1)
    ratio = compute_compression_ratio(tokenizer.decode(list(tokens)))
    is_guess = avg_logprob < rules.min_avg_logprob
    return Decoded(
        tokens=tokens,
        heard_to_s=heard_to_s,
        avg_logprob=avg_logprob,
        no_speech_prob=result.no_speech_prob,
        compression_ratio=ratio,
        temperature=temperature,
        is_suspect=is_guess or ratio > rules.max_compression_ratio or len(ids) >= max_new - 1,
        is_silence=not tokens or (is_guess and result.no_speech_prob > rules.max_no_speech_prob),
    )


def _drop_unfinished(ids: Sequence[int], tokenizer: Tokenizer) -> tuple[Sequence[int], float | None]:
    """What whisper finished, and up to which second. Finished text stands between two timestamps; text behind the last pair was begun
    where the window ended and is heard better in the next one (OpenAI's `transcribe` seeks to the pair in the same way)."""
    marks = [index for index, token in enumerate(ids) if token >= tokenizer.timestamp_begin]
    pairs = [index for index in marks if index - 1 in marks]
    if not marks or (marks[-1] != len(ids) - 1 and not pairs):
        return ids, None
    end = marks[-1] if marks[-1] == len(ids) - 1 else pairs[-1]
    return ids[: end + 1], (ids[end] - tokenizer.timestamp_begin) * SECONDS_PER_MARK


def list_suppressed(tokenizer: Tokenizer) -> list[int]:
    """Tokens never wanted: notes like (music), other tasks, prompt marks."""
    marks = (
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
        tokenizer.no_speech,
    )
    return sorted({*tokenizer.non_speech_tokens, *(mark for mark in marks if mark is not None)})


def compute_compression_ratio(text: str) -> float:
    """Bytes of the text over bytes when compressed by zlib, as OpenAI's whisper measures repetition; 0 for no text."""
    data = text.strip().encode("utf-8")
    return len(data) / len(zlib.compress(data)) if data else 0.0
