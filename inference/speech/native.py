"""Transcription by a chat model that hears, gated window by window: where its text does not stand up, whisper's stands.

    samples ─▶ VAD ─▶ windows of at most 15 s ─▶ chat model: sound first, a short order after ─▶ text
                                             └─▶ whisper's encoder ─▶ language, alignment of the text ─▶ word times, score
            ─▶ gate ─▶ segments, engine "native"
                   └─▶ whisper's segments, with the reason and the score

Windows are short since a model of this kind loses what lies beyond some 450 places of sound (18 s): llama.cpp#24138.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from inference.chat.engine import ChatEngine
from inference.chat.media import AudioPart
from inference.chat.request import ChatRequest
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.decoding import compute_compression_ratio
from inference.speech.gate import find_fault
from inference.speech.languages import LanguageTracker
from inference.speech.segmentation import compute_confidence, cut_segments
from inference.speech.whisper import Piece, TranscriptionRequest, WhisperEngine, hear_windows
from inference.speech.windows import Window, WindowRules
from inference.types import Segment, Transcription

WINDOWS = WindowRules(max_s=15.0, good_s=9.0)
MAX_TOKENS_PER_S = 9.0
SPARE_TOKENS = 24
# How far a window may begin before its first word: what is heard out of the blue loses its first sound.
LEAD_IN_S = 0.1
ORDER = "Write down word for word what is said, in the language in which it is said. Write nothing else."
TERMS = "These names and terms may occur: "


@dataclass
class _Course:
    """What one transcription knows so far."""

    tracker: LanguageTracker
    next_id: int = 0


class NativeTranscriber:
    """`check` on any thread, `transcribe` on the model thread. `told` hears the reason of every fallback."""

    def __init__(
        self, chat: ChatEngine, whisper: WhisperEngine, *, told: Callable[[str], None] = lambda reason: None
    ) -> None:
        self._chat = chat
        self._whisper = whisper
        self._told = told

    def transcribe(
        self, samples: np.ndarray, request: TranscriptionRequest, *, is_gated: bool = True
    ) -> Iterator[Piece | None]:
        """As `WhisperEngine.transcribe`, with pause points. `is_gated` False: native text also where it does not stand up, marked with the
        reason."""
        course = _Course(self._whisper.track_language(request))
        yield from hear_windows(
            samples,
            lambda windows: self._hear(samples, windows[0], request, course, is_gated=is_gated),
            rules=WINDOWS,
        )
        yield Transcription(language=course.tracker.main, duration=samples.size / SAMPLE_RATE_HZ)

    def _hear(
        self,
        samples: np.ndarray,
        window: Window,
        request: TranscriptionRequest,
        course: _Course,
        *,
        is_gated: bool,
    ) -> Iterator[Segment | None]:
        encoded = self._whisper.encode(to_float(samples[window.start : window.end]), full=False)
        language = self._whisper.choose_language(encoded, window, course.tracker)
        yield None
        text = yield from self._write(samples, window, request)
        words = self._whisper.align_text(text, encoded, language=language, window=window) if text else []
        score = round(compute_confidence([heard.word for heard in words]), 4)
        reason = find_fault(text, speech_s=window.speech_s, language=language, score=score)
        yield None
        if reason and (is_gated or not words):
            self._told(reason)
            found = self._whisper.transcribe_window(samples, window, request=request, tracker=course.tracker)
            marks = {"gate_reason": reason, "gate_score": score}
        else:
            found = cut_segments(
                words,
                first_id=0,
                language=language,
                avg_logprob=round(math.log(max(score, 1e-4)), 4),
                no_speech_prob=0.0,
                compression_ratio=round(compute_compression_ratio(text), 4),
                temperature=0.0,
            )
            marks = {"engine": "native", "gate_reason": reason, "gate_score": score}
        for segment in found:
            if segment is None:
                yield None
                continue
            yield replace(segment, id=course.next_id, **marks)
            course.next_id += 1

    def _write(self, samples: np.ndarray, window: Window, request: TranscriptionRequest) -> Iterator[None]:
        """The model's text for the window; the generator's return value."""
        start = max(0, window.start - int(LEAD_IN_S * SAMPLE_RATE_HZ))
        order = f"{ORDER} {TERMS}{', '.join(request.hotwords)}." if request.hotwords else ORDER
        asked = ChatRequest(
            messages=[{"role": "user", "content": (AudioPart(samples=samples[start : window.end]), order)}],
            temperature=0.0,
            max_tokens=SPARE_TOKENS + int(window.duration_s * MAX_TOKENS_PER_S),
        )
        texts: list[str] = []
        for piece in self._chat.generate(asked):
            if piece:
                texts.append(piece.text)
            yield None
        return "".join(texts).strip()
