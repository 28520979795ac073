"""Whisper through faster-whisper's parts, as a generator: one window of speech per piece, segments as they are decoded.

    samples ─▶ VAD ─▶ windows ─▶ features of the speech alone (not padded to 30 s) ─▶ encoder ─▶ language
            ─▶ decoder ─▶ guards ─▶ align (word times and probabilities) ─▶ sentences ─▶ Segment …

Whisper reads 30 s at a time and faster-whisper fills shorter windows with silence; the encoder's cost is the same for
both. CTranslate2 accepts a shorter matrix, so only a second or two of silence is added (the decoder needs it to stop). When a
guard fires, the window is decoded again at the full 30 s.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import ctranslate2
import numpy as np
from faster_whisper.tokenizer import Tokenizer

from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.decoding import Decoded, DecodeRules, decode_window
from inference.speech.doubts import find_rest, has_hole, is_beyond_doubt, is_invented
from inference.speech.languages import LanguageTracker
from inference.speech.recogniser import Recogniser, TranscriptionRequest
from inference.speech.segmentation import HeardWord, cut_segments
from inference.speech.vad import detect_speech
from inference.speech.windows import Window, WindowRules, cut_windows, split_window
from inference.speech.word_times import align_words, make_one_word
from inference.types import Progress, Segment, Transcription

FIRST_WINDOW = WindowRules(max_s=10.0, good_s=5.0)  # short, so that the first words come soon
MAX_PROMPT_TOKENS = 120

logger = logging.getLogger(__name__)

T = TypeVar("T")
Piece = Segment | Progress | Transcription


@dataclass(kw_only=True)
class _State:
    """What one transcription knows so far."""

    request: TranscriptionRequest
    tracker: LanguageTracker
    rules: DecodeRules
    next_id: int = 0


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """What was heard of one window. `is_timed` False: `words` is one, as long as the window."""

    window: Window
    language: str
    decoded: Decoded
    words: list[HeardWord]
    is_timed: bool = True


class WhisperEngine(Recogniser):
    """One whisper model. `load`, `warm`, `transcribe` and `close` belong to the model thread; several transcriptions may be
    open at once, each advanced in turn."""

    def transcribe(self, samples: np.ndarray, request: TranscriptionRequest) -> Iterator[Piece | None]:
        """int16 samples, shape (n,), 16 kHz mono → segments in order of time, progress after each window, one Transcription at the
        end; None between them for a pause. Silence yields no segment. A piece takes 0.1 to 2 s on two cores."""
        self.check(request)
        state = _State(request=request, tracker=self.track_language(request), rules=self._rules)
        yield from hear_windows(
            samples,
            lambda windows: self._transcribe_windows(samples, windows, state),
            first=FIRST_WINDOW,
            at_once=self.workers,
        )
        yield Transcription(language=state.tracker.main, duration=samples.size / SAMPLE_RATE_HZ)

    def transcribe_window(
        self,
        samples: np.ndarray,
        window: Window,
        *,
        request: TranscriptionRequest,
        tracker: LanguageTracker,
        beam_size: int | None = None,
    ) -> Iterator[Segment | None]:
        """As `transcribe`, for one window that is cut already; `tracker` carries the language from window to window."""
        rules = self._rules if beam_size is None else replace(self._rules, beam_size=beam_size)
        state = _State(request=request, tracker=tracker, rules=rules)
        yield from self._transcribe_windows(samples, [window], state)

    # -- windows ----------------------------------------------------------------------------------------------------

    def _transcribe_windows(
        self, samples: np.ndarray, windows: Sequence[Window], state: _State
    ) -> Iterator[Segment | None]:
        """None between the steps. The windows are heard at the same time, then told one after the other. Where the model stopped before the speech did, go
        on from there; where it passed over speech, hear the window again in two parts."""
        heard = yield from self._hear(samples, windows, state)
        todo = list(reversed(heard))
        while todo:
            one = todo.pop()
            is_whole = not (one.is_timed and has_hole(one.words, one.decoded, window=one.window))
            if halves := None if is_whole else split_window(one.window, samples):
                todo += reversed((yield from self._hear(samples, halves, state)))
                continue
            yield from self._to_segments(one, state=state)
            if rest := find_rest(one.window, one.decoded):
                todo += yield from self._hear(samples, [rest], state)

    def _hear(
        self, samples: np.ndarray, windows: Sequence[Window], state: _State
    ) -> Generator[None, None, list[_Heard]]:
        """With a pause after each step, the encoder's and the decoder's, in which more urgent work may run."""
        audios = [to_float(samples[window.start : window.end]) for window in windows]
        encoded = self.each(lambda audio: self.encode(audio, full=False), audios)
        yield None
        # One after the other: what the first is in counts for the second.
        languages = [
            self.choose_language(one, window, state.tracker)
            for one, window in zip(encoded, windows, strict=True)
        ]
        parts = list(zip(encoded, windows, languages, strict=True))
        decoded = self.each(lambda part: self._decode(*part, state), parts)
        yield None
        for index in [index for index, one in enumerate(decoded) if one.is_suspect]:
            parts[index] = (self.encode(audios[index], full=True), *parts[index][1:])
            yield None
            decoded[index] = self._decode(*parts[index], state, fall_back=True)
            yield None
        return self.each(
            lambda index: self._align(*parts[index], state, decoded=decoded[index]), range(len(windows))
        )

    def _decode(
        self,
        encoded: ctranslate2.StorageView,
        window: Window,
        language: str,
        state: _State,
        *,
        fall_back: bool = False,
    ) -> Decoded:
        tokenizer = self.get_tokenizer(language)
        return decode_window(
            self.loaded.model,
            encoded,
            tokenizer,
            prompt=self._prompt(tokenizer, state.request),
            duration_s=window.duration_s,
            rules=state.rules,
            temperature=state.request.temperature,
            fall_back=fall_back,
        )

    def _align(
        self,
        encoded: ctranslate2.StorageView,
        window: Window,
        language: str,
        state: _State,
        *,
        decoded: Decoded,
    ) -> _Heard:
        tokenizer = self.get_tokenizer(language)
        if not state.request.needs_times and is_beyond_doubt(decoded):
            words = make_one_word(decoded, tokenizer, window=window)
            return _Heard(window=window, language=language, decoded=decoded, words=words, is_timed=False)
        words = align_words(self.loaded, encoded, tokenizer, decoded.tokens, window=window)
        if decoded.is_silence or is_invented(words, decoded):
            words = []
        return _Heard(window=window, language=language, decoded=decoded, words=words)

    def _prompt(self, tokenizer: Tokenizer, request: TranscriptionRequest) -> list[int]:
        """What a window is told. Not the text before it: with that, one loop or one window without full stops spreads to all that
        follow."""
        before = tokenizer.encode(" " + request.prompt.strip())[-MAX_PROMPT_TOKENS:] if request.prompt else []
        return self.loaded.get_prompt(tokenizer, before, hotwords=", ".join(request.hotwords) or None)

    def _to_segments(self, heard: _Heard, *, state: _State) -> Iterator[Segment]:
        decoded = heard.decoded
        for segment in cut_segments(
            heard.words,
            first_id=state.next_id,
            language=heard.language,
            avg_logprob=round(decoded.avg_logprob, 4),
            no_speech_prob=round(decoded.no_speech_prob, 4),
            compression_ratio=round(decoded.compression_ratio, 4),
            temperature=decoded.temperature,
        ):
            yield segment
            state.next_id += 1


def hear_windows(
    samples: np.ndarray,
    listen: Callable[[list[Window]], Iterator[T]],
    *,
    rules: WindowRules | None = None,
    first: WindowRules | None = None,
    at_once: int = 1,
) -> Iterator[T | Progress]:
    """What `listen` gives for every window of speech, and the progress after each. The first window comes alone, so that the first words come
    soon, the others `at_once`."""
    duration = samples.size / SAMPLE_RATE_HZ
    position = 0.0
    size, waiting = 1, []
    for one in cut_windows(detect_speech(samples), samples, rules=rules, first=first):
        if isinstance(one, Window):
            waiting.append(one)
        elif not waiting and one.open_since is None and not one.spans:
            position = one.position / SAMPLE_RATE_HZ
        if len(waiting) >= size:
            yield from listen(waiting)
            position = waiting[-1].end / SAMPLE_RATE_HZ
            size, waiting = at_once, []
        yield Progress(position=min(position, duration), duration=duration)
    if waiting:
        yield from listen(waiting)
    yield Progress(position=duration, duration=duration)
