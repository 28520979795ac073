"""Whisper's parts, each a call: load, encode, choose the language, lay a text on the sound. `whisper` puts them together.

A model decodes one window hardly faster with two threads than with one: every token is a handful of small products. So it has WORKERS of the
threads' share each, which hear different windows at the same time (CTranslate2's workers share the weights): of eight windows on two cores
5.3 s instead of 12.6 s.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from inference.errors import InvalidRequest, ModelFailed
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.decoding import DecodeRules, decode_window
from inference.speech.languages import LanguageTracker
from inference.speech.segmentation import HeardWord
from inference.speech.windows import Window
from inference.speech.word_times import align_words

WORKERS = 2

logger = logging.getLogger(__name__)

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, kw_only=True)
class TranscriptionRequest:
    """`language`: ISO 639-1, None to detect it (again for every window: meetings switch). `prompt`: text that might have come
    before. `hotwords`: names and terms to expect. `temperature` above 0 samples; 0 searches with beams. `needs_times` False: the text is all
    that is wanted, so that a window whisper is sure of need not be aligned; it is then one segment with one long "word"."""

    language: str | None = None
    prompt: str = ""
    hotwords: tuple[str, ...] = ()
    temperature: float = 0.0
    needs_times: bool = True


class Recogniser:
    """One whisper model. Everything but `check` belongs to the model thread."""

    def __init__(
        self, model_dir: Path, *, threads: int, name: str | None = None, rules: DecodeRules | None = None
    ) -> None:
        self.name = name or model_dir.name
        self._model_dir = model_dir
        self._threads = threads
        self.workers = min(threads, WORKERS)
        self._rules = rules or DecodeRules()
        self._model: WhisperModel | None = None
        self._pool: ThreadPoolExecutor | None = None

    def load(self) -> None:
        """Read the weights (about a second for base). Raises ModelFailed when files are missing or damaged."""
        self._load(device="auto")

    def _load(self, *, device: str) -> None:
        try:
            self._model = WhisperModel(
                str(self._model_dir),
                device=device,
                compute_type="int8",
                cpu_threads=self._threads // self.workers,
                num_workers=self.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelFailed("The speech model's files cannot be loaded.") from error
        self._pool = self._pool or ThreadPoolExecutor(self.workers, thread_name_prefix="whisper")

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
        """A second of noise for every worker."""
        noise = np.random.default_rng(0).normal(0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
        language = self.languages[0] if len(self.languages) == 1 else "en"

        def hear(sound: np.ndarray) -> None:
            encoded = self.encode(sound, full=False)
            tokenizer = self.get_tokenizer(language)
            decode_window(self.loaded.model, encoded, tokenizer, prompt=[], duration_s=1.0, rules=self._rules)

        self.each(hear, [noise] * self.workers)

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown()
        self._model = self._pool = None

    def each(self, work: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """`work` of every item, in order, by the workers at the same time."""
        if self._pool is None or len(items) < 2:
            return [work(item) for item in items]
        return list(self._pool.map(work, items))

    @property
    def languages(self) -> list[str]:
        """ISO 639 codes the model knows."""
        return self.loaded.supported_languages

    def check(self, request: TranscriptionRequest) -> None:
        """Raises InvalidRequest for a language the model does not know. Any thread."""
        if request.language is not None and request.language not in self.languages:
            raise InvalidRequest("This speech model does not know that language.", param="language")

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
