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
from pathlib import Path
from typing import TypeVar

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from inference.errors import InvalidRequest, ModelFailed
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.decoding import Decoded, DecodeRules, decode_window
from inference.speech.doubts import find_rest, has_hole, is_invented
from inference.speech.languages import LanguageTracker
from inference.speech.segmentation import HeardWord, cut_segments
from inference.speech.vad import detect_speech
from inference.speech.windows import Window, WindowRules, cut_windows, split_window
from inference.speech.word_times import align_words
from inference.types import Progress, Segment, Transcription

FIRST_WINDOW = WindowRules(max_s=10.0, good_s=5.0)  # short, so that the first words come soon
MAX_PROMPT_TOKENS = 120

logger = logging.getLogger(__name__)

T = TypeVar("T")
Piece = Segment | Progress | Transcription


@dataclass(frozen=True, kw_only=True)
class TranscriptionRequest:
    """`language`: ISO 639-1, None to detect it (again for every window: meetings switch). `prompt`: text that might have come
    before. `hotwords`: names and terms to expect. `temperature` above 0 samples; 0 searches with beams."""

    language: str | None = None
    prompt: str = ""
    hotwords: tuple[str, ...] = ()
    temperature: float = 0.0


@dataclass(kw_only=True)
class _State:
    """What one transcription knows so far."""

    request: TranscriptionRequest
    tracker: LanguageTracker
    rules: DecodeRules
    next_id: int = 0


class WhisperEngine:
    """One whisper model. `load`, `warm`, `transcribe` and `close` belong to the model thread; several transcriptions may be
    open at once, each advanced in turn."""

    def __init__(
        self, model_dir: Path, *, threads: int, name: str | None = None, rules: DecodeRules | None = None
    ) -> None:
        self.name = name or model_dir.name
        self._model_dir = model_dir
        self._threads = threads
        self._rules = rules or DecodeRules()
        self._model: WhisperModel | None = None

    def load(self) -> None:
        """Read the weights (about a second for base). Raises ModelFailed when files are missing or damaged."""
        self._load(device="auto")

    def _load(self, *, device: str) -> None:
        try:
            self._model = WhisperModel(
                str(self._model_dir),
                device=device,
                compute_type="int8",
                cpu_threads=self._threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelFailed("The speech model's files cannot be loaded.") from error

    @property
    def device(self) -> str:
        """gpu or cpu."""
        return "gpu" if self.loaded.model.device == "cuda" else "cpu"

    def warm(self) -> None:
        """Run every part once, so that the first request does not pay for it. A card whose libraries are missing shows only now: then the
        processor takes the model."""
        try:
            self._try_out()
        except RuntimeError:
            if self.device == "cpu":
                raise
            logger.warning("the speech model cannot run on the graphics card: the processor takes it")
            self._load(device="cpu")
            self._try_out()

    def _try_out(self) -> None:
        """A second of noise."""
        noise = np.random.default_rng(0).normal(0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
        language = self.languages[0] if len(self.languages) == 1 else "en"
        encoded = self.encode(noise, full=False)
        decode_window(
            self.loaded.model,
            encoded,
            self.get_tokenizer(language),
            prompt=[],
            duration_s=1.0,
            rules=self._rules,
        )

    def close(self) -> None:
        self._model = None

    @property
    def languages(self) -> list[str]:
        """ISO 639 codes the model knows."""
        return self.loaded.supported_languages

    def check(self, request: TranscriptionRequest) -> None:
        """Raises InvalidRequest for a language the model does not know. Any thread."""
        if request.language is not None and request.language not in self.languages:
            raise InvalidRequest("This speech model does not know that language.", param="language")

    def transcribe(self, samples: np.ndarray, request: TranscriptionRequest) -> Iterator[Piece | None]:
        """int16 samples, shape (n,), 16 kHz mono → segments in order of time, progress after each window, one Transcription at the
        end; None between them for a pause. Silence yields no segment. A piece takes 0.1 to 2 s on two cores."""
        self.check(request)
        state = _State(request=request, tracker=self.track_language(request), rules=self._rules)
        yield from hear_windows(
            samples, lambda window: self._transcribe_window(samples, window, state), first=FIRST_WINDOW
        )
        yield Transcription(language=state.tracker.main, duration=samples.size / SAMPLE_RATE_HZ)

    def track_language(self, request: TranscriptionRequest) -> LanguageTracker:
        """Of one transcription: fixed where the request says it, or the model knows only one."""
        fixed = request.language or (self.languages[0] if len(self.languages) == 1 else None)
        return LanguageTracker(fixed=fixed)

    def choose_language(
        self, encoded: ctranslate2.StorageView, window: Window, tracker: LanguageTracker
    ) -> str:
        return tracker.choose(lambda: self.loaded.model.detect_language(encoded)[0], speech_s=window.speech_s)

    def align_text(
        self, text: str, encoded: ctranslate2.StorageView, *, language: str, window: Window
    ) -> list[HeardWord]:
        """Times and probabilities of the words of any text, whoever wrote it: how well does it fit this sound?"""
        tokenizer = self.get_tokenizer(language)
        tokens = tokenizer.encode(f" {text.strip()}")[: self.loaded.max_length // 2]
        return align_words(self.loaded, encoded, tokenizer, tokens, window=window)

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
        yield from self._transcribe_window(
            samples, window, _State(request=request, tracker=tracker, rules=rules)
        )

    # -- one window -------------------------------------------------------------------------------------------------

    def _transcribe_window(
        self, samples: np.ndarray, window: Window, state: _State
    ) -> Iterator[Segment | None]:
        """None between the steps. Decode the window. Where the model stopped before the speech did, go on from there; where it passed over speech, hear the
        window again in two parts."""
        todo = [window]
        while todo:
            part = todo.pop()
            language, decoded, words = yield from self._hear(samples, part, state)
            halves = split_window(part, samples) if has_hole(words, decoded, window=part) else None
            if halves:
                todo += reversed(halves)
                continue
            yield from self._to_segments(words, decoded, language=language, state=state)
            rest = find_rest(part, decoded)
            todo += [rest] if rest else []

    def _hear(
        self, samples: np.ndarray, window: Window, state: _State
    ) -> Generator[None, None, tuple[str, Decoded, list[HeardWord]]]:
        """With a pause after each step, the encoder's and the decoder's, in which more urgent work may run."""
        audio = to_float(samples[window.start : window.end])
        encoded = self.encode(audio, full=False)
        yield None
        language = self.choose_language(encoded, window, state.tracker)
        tokenizer = self.get_tokenizer(language)
        arguments = dict(
            prompt=self._prompt(tokenizer, state.request),
            duration_s=window.duration_s,
            rules=state.rules,
            temperature=state.request.temperature,
        )
        decoded = decode_window(self.loaded.model, encoded, tokenizer, **arguments)
        yield None
        if decoded.is_suspect:
            encoded = self.encode(audio, full=True)
            yield None
            decoded = decode_window(self.loaded.model, encoded, tokenizer, fall_back=True, **arguments)
            yield None
        words = align_words(self.loaded, encoded, tokenizer, decoded.tokens, window=window)
        if decoded.is_silence or is_invented(words, decoded):
            words = []
        return language, decoded, words

    def _prompt(self, tokenizer: Tokenizer, request: TranscriptionRequest) -> list[int]:
        """What a window is told. Not the text before it: with that, one loop or one window without full stops spreads to all that
        follow."""
        before = tokenizer.encode(" " + request.prompt.strip())[-MAX_PROMPT_TOKENS:] if request.prompt else []
        return self.loaded.get_prompt(tokenizer, before, hotwords=", ".join(request.hotwords) or None)

    def _to_segments(
        self, words: Sequence[HeardWord], decoded: Decoded, *, language: str, state: _State
    ) -> Iterator[Segment]:
        for segment in cut_segments(
            words,
            first_id=state.next_id,
            language=language,
            avg_logprob=round(decoded.avg_logprob, 4),
            no_speech_prob=round(decoded.no_speech_prob, 4),
            compression_ratio=round(decoded.compression_ratio, 4),
            temperature=decoded.temperature,
        ):
            yield segment
            state.next_id += 1

    # -- the model's parts ------------------------------------------------------------------------------------------

    @property
    def loaded(self) -> WhisperModel:
        """Raises ModelFailed when `load` was not called, or failed."""
        if self._model is None:
            raise ModelFailed("The speech model is not loaded.")
        return self._model

    def get_tokenizer(self, language: str) -> Tokenizer:
        model = self.loaded
        return Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
        )

    def encode(self, audio: np.ndarray, *, full: bool) -> ctranslate2.StorageView:
        """Encoder output for float32 samples, with `pad_s` of silence behind them, or filled to 30 s."""
        extractor = self.loaded.feature_extractor
        size = min(extractor.n_samples, audio.size + int(self._rules.pad_s * SAMPLE_RATE_HZ))
        size = extractor.n_samples if full else size - size % (2 * extractor.hop_length)
        padded = np.pad(audio[:size], (0, max(0, size - audio.size)))
        return self.loaded.encode(extractor(padded)[:, : size // extractor.hop_length])


def hear_windows(
    samples: np.ndarray,
    listen: Callable[[Window], Iterator[T]],
    *,
    rules: WindowRules | None = None,
    first: WindowRules | None = None,
) -> Iterator[T | Progress]:
    """What `listen` gives for every window of speech, and the progress after each."""
    duration = samples.size / SAMPLE_RATE_HZ
    position = 0.0
    for one in cut_windows(detect_speech(samples), samples, rules=rules, first=first):
        if isinstance(one, Window):
            yield from listen(one)
            position = one.end / SAMPLE_RATE_HZ
        elif one.open_since is None and not one.spans:
            position = one.position / SAMPLE_RATE_HZ
        yield Progress(position=min(position, duration), duration=duration)
    yield Progress(position=duration, duration=duration)
