"""What whisper does for live captions: drafts of an utterance while it is spoken, and its final text when it is finished.

    utterance under way ─▶ draft: one greedy pass over all of it, from the settled words on ─▶ agreement ─▶ shown, partly settled
    utterance finished  ─▶ final: beams, guards, word times, as in an offline transcription  ─▶ replaces the draft

A draft's sound ends in the middle of a word, so its end is often invented: it is limited in length, freed of repetition, and not
shown when the model itself doubts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from faster_whisper.tokenizer import Tokenizer

from inference.speech.agreement import Agreement, TextWord
from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.decoding import list_suppressed
from inference.speech.diarization import DiarizationEngine
from inference.speech.languages import LanguageTracker
from inference.speech.live_audio import Spoken
from inference.speech.vad import Span
from inference.speech.whisper import TranscriptionRequest, WhisperEngine
from inference.speech.windows import Window
from inference.types import Segment, Word

DRAFT_TOKENS_PER_S = 6.0
DRAFT_SPARE_TOKENS = 8
MIN_DRAFT_LOGPROB = -1.0
MAX_DRAFT_NO_SPEECH = 0.6
DRAFT_TAIL_S = 0.3  # silence behind the last word that a draft still looks at


@dataclass(kw_only=True)
class Hearing:
    """What one session was told and knows so far. Belongs to the session; its contents change on the model thread only."""

    request: TranscriptionRequest
    tracker: LanguageTracker
    agreement: Agreement = field(default_factory=Agreement)
    utterance: int = -1  # whose agreement it is


@dataclass(frozen=True, kw_only=True)
class Draft:
    """`text` up to `settled_chars` does not change before the final."""

    text: str
    settled_chars: int


@dataclass(frozen=True, kw_only=True)
class Final:
    """Times of `words` are seconds from the start of the session. `voice`: numbers that are near each other for one voice; None: too little was said."""

    text: str
    words: tuple[Word, ...]
    language: str
    voice: tuple[float, ...] | None = None


class Captioner:
    """Whisper for live sessions. `draft` and `finish` are work for the model thread. Without `voices` nobody is told apart."""

    def __init__(self, engine: WhisperEngine, *, voices: DiarizationEngine | None = None) -> None:
        self._engine = engine
        self._voices = voices

    def open(self, request: TranscriptionRequest) -> Hearing:
        """Raises InvalidRequest for a language the model does not know."""
        self._engine.check(request)
        return Hearing(request=request, tracker=self._engine.track_language(request))

    def draft(self, spoken: Spoken, hearing: Hearing) -> Iterator[Draft]:
        """One reading of an utterance under way, in one piece: 0.1 to 0.6 s on two cores, more with its length."""
        if hearing.utterance != spoken.utterance.number:
            hearing.utterance, hearing.agreement = spoken.utterance.number, Agreement()
        heard_to = spoken.utterance.spans[-1].end + int(DRAFT_TAIL_S * SAMPLE_RATE_HZ)
        samples = spoken.samples[: heard_to - spoken.utterance.start]
        words = self._read_on(samples, hearing, speech_s=spoken.utterance.speech_s)
        if words is not None:
            hearing.agreement.add(words)
        yield Draft(text=hearing.agreement.text, settled_chars=hearing.agreement.settled_chars)

    def finish(
        self, spoken: Spoken, hearing: Hearing, *, beam_size: int | None = None
    ) -> Iterator[Final | None]:
        """The final text. `beam_size`: smaller than usual where the machine cannot keep up."""
        start = spoken.utterance.start
        window = Window(
            start=0,
            end=spoken.samples.size,
            spans=tuple(
                Span(start=max(0, span.start - start), end=span.end - start)
                for span in spoken.utterance.spans
            ),
        )
        segments: list[Segment] = []
        for segment in self._engine.transcribe_window(
            spoken.samples, window, request=hearing.request, tracker=hearing.tracker, beam_size=beam_size
        ):
            if segment is not None:
                segments.append(segment)
            yield None
        words = tuple(word for segment in segments for word in segment.words)
        language = segments[0].language if segments else hearing.tracker.main
        vector = self._voices.describe_voice(spoken.samples, window.spans) if self._voices and words else None
        yield Final(
            text="".join(word.word for word in words).strip(),
            words=tuple(_shift(word, start / SAMPLE_RATE_HZ) for word in words),
            language=language,
            voice=None if vector is None else tuple(round(float(x), 4) for x in vector),
        )

    def _read_on(self, samples: np.ndarray, hearing: Hearing, *, speech_s: float) -> list[TextWord] | None:
        """The words behind the settled ones; None when the model doubts them."""
        model = self._engine.loaded
        encoded = self._engine.encode(to_float(samples), full=False)
        language = hearing.tracker.peek(lambda: model.model.detect_language(encoded)[0], speech_s=speech_s)
        tokenizer = self._engine.get_tokenizer(language)
        settled = hearing.agreement.settled_tokens
        hotwords = ", ".join(hearing.request.hotwords) or None
        prompt = model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=hotwords)
        max_new = DRAFT_SPARE_TOKENS + int(samples.size / SAMPLE_RATE_HZ * DRAFT_TOKENS_PER_S)
        result = model.model.generate(
            encoded,
            [prompt + settled],
            beam_size=1,
            max_length=min(model.max_length, len(prompt) + max(max_new, len(settled) + DRAFT_SPARE_TOKENS)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=not settled,
            suppress_tokens=list_suppressed(tokenizer),
        )[0]
        is_doubtful = result.scores[0] < MIN_DRAFT_LOGPROB or result.no_speech_prob > MAX_DRAFT_NO_SPEECH
        if is_doubtful and not settled:
            return None
        tokens = result.sequences_ids[0]
        tokens = tokens[len(settled) :] if tokens[: len(settled)] == settled else tokens
        return split_into_words([token for token in tokens if token < tokenizer.eot], tokenizer)


def split_into_words(tokens: list[int], tokenizer: Tokenizer) -> list[TextWord]:
    """Words with their tokens; an unfinished character at the end is left out."""
    words, tokens_of_words = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    pairs = zip(words[:-1], tokens_of_words[:-1], strict=True)
    return [TextWord(word=word, tokens=tuple(own)) for word, own in pairs if "\ufffd" not in word]


def _shift(word: Word, seconds: float) -> Word:
    return Word(
        word=word.word,
        start=round(word.start + seconds, 3),
        end=round(word.end + seconds, 3),
        probability=word.probability,
    )
