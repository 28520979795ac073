"""Speech to text with the smallest real model on the demo recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from faster_whisper import WhisperModel

from inference.catalogue import load_catalogue
from inference.errors import InvalidRequest, ModelFailed
from inference.speech.whisper import TranscriptionRequest, WhisperEngine
from inference.types import Progress, Segment, Transcription
from tests.inference.sound import cut_demo, make_noise, make_silence
from tests.tiers import MODELS_DIR


def test_a_folder_without_a_model(tmp_path: Path):
    engine = WhisperEngine(tmp_path, threads=1)
    with pytest.raises(ModelFailed):
        engine.load()
    with pytest.raises(ModelFailed):
        engine.check(TranscriptionRequest(language="en"))


needs_weights = pytest.mark.models


def find_model_dir() -> Path:
    profiles = load_catalogue().profiles
    profile = profiles["compact"] if profiles["test"].list_missing(MODELS_DIR) else profiles["test"]
    return profile.files("asr", models_dir=MODELS_DIR)[0].parent


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    engine = WhisperEngine(find_model_dir(), threads=2)
    engine.load()
    engine.warm()
    yield engine
    engine.close()


def run(
    engine: WhisperEngine, samples: np.ndarray, **options: object
) -> tuple[list[Segment], list[Progress], Transcription]:
    *pieces, end = engine.transcribe(samples, TranscriptionRequest(**options))
    assert isinstance(end, Transcription)
    return (
        [piece for piece in pieces if isinstance(piece, Segment)],
        [piece for piece in pieces if isinstance(piece, Progress)],
        end,
    )


@needs_weights
def test_what_was_said_and_when(engine: WhisperEngine):
    segments, progress, end = run(engine, cut_demo(0, 21.4))
    text = " ".join(segment.text for segment in segments).lower()
    for words in ("good morning", "launch planning", "pricing page", "recorded", "for the notes"):
        assert words in text
    assert (end.language, end.duration) == ("en", pytest.approx(21.4))
    assert [segment.id for segment in segments] == list(range(len(segments)))
    times = [time for segment in segments for word in segment.words for time in (word.start, word.end)]
    assert times == sorted(times)
    pricing = next(word for segment in segments for word in segment.words if "pricing" in word.word.lower())
    assert 8.5 < pricing.start < 12.0  # the sentence is from 7.0 to 12.9 s
    positions = [one.position for one in progress]
    assert positions == sorted(positions) and positions[-1] == pytest.approx(21.4)


@needs_weights
def test_a_segment_is_its_words(engine: WhisperEngine):
    segments, _, _ = run(engine, cut_demo(7, 21.4))
    for segment in segments:
        assert "".join(word.word for word in segment.words).strip() == segment.text
        assert (segment.start, segment.end) == (segment.words[0].start, segment.words[-1].end)
        assert segment.end - segment.start <= 15.0
        assert 0 < segment.confidence <= 1


@needs_weights
@pytest.mark.parametrize(
    "samples",
    [make_silence(5), make_noise(5), make_silence(0.02)],
    ids=["silence", "noise", "nearly nothing"],
)
def test_nobody_speaks(engine: WhisperEngine, samples: np.ndarray):
    segments, progress, end = run(engine, samples)
    assert segments == []
    assert end.language == "en"
    assert progress[-1].position == progress[-1].duration == pytest.approx(samples.size / 16_000)


@needs_weights
def test_silence_before_speech_moves_its_times(engine: WhisperEngine):
    speech = cut_demo(0.5, 6.7)
    here, _, _ = run(engine, speech)
    later, _, _ = run(engine, np.concatenate([make_silence(40), speech]))
    assert later[0].start == pytest.approx(here[0].start + 40, abs=0.5)
    assert later[0].words[0].word == here[0].words[0].word


@needs_weights
def test_two_transcriptions_in_turns_do_not_disturb_each_other(engine: WhisperEngine):
    clips = [cut_demo(0, 13), cut_demo(24.4, 47.5)]
    alone = [run(engine, clip)[0] for clip in clips]
    open_ = [engine.transcribe(clip, TranscriptionRequest()) for clip in clips]
    together: list[list[Segment]] = [[], []]
    waiting = [0, 1]
    while waiting:
        for index in list(waiting):
            piece = next(open_[index], "end")
            if piece == "end":
                waiting.remove(index)
            elif isinstance(piece, Segment):
                together[index].append(piece)
    assert together == alone


@needs_weights
def test_a_language_the_model_does_not_know(engine: WhisperEngine):
    with pytest.raises(InvalidRequest) as caught:
        engine.check(TranscriptionRequest(language="xx"))
    assert caught.value.param == "language"


@needs_weights
def test_hints_do_no_harm(engine: WhisperEngine):
    segments, _, _ = run(
        engine, cut_demo(0, 13.2), hotwords=("Atlas", "Priya"), prompt="A meeting about a launch."
    )
    text = " ".join(segment.text for segment in segments)
    assert "Atlas" in text
    assert "Priya" not in text


@needs_weights
def test_a_card_without_its_libraries_leaves_the_model_to_the_processor(monkeypatch: pytest.MonkeyPatch):
    """As CTranslate2 does where there is a card and no cuBLAS: the model loads, and fails at the first computation."""

    def load(*arguments: object, device: str, **options: object) -> object:
        if device == "cpu":
            return WhisperModel(*arguments, device=device, **options)
        return SimpleNamespace(model=SimpleNamespace(device="cuda"), supported_languages=["en"])

    def encode(engine: WhisperEngine, *arguments: object, **options: object) -> object:
        if engine.device == "gpu":
            raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")
        return real_encode(engine, *arguments, **options)

    real_encode = WhisperEngine.encode
    monkeypatch.setattr("inference.speech.recogniser.WhisperModel", load)
    monkeypatch.setattr(WhisperEngine, "encode", encode)
    engine = WhisperEngine(find_model_dir(), threads=2)
    engine.load()
    assert engine.device == "gpu"
    engine.warm()
    assert engine.device == "cpu"
    assert run(engine, cut_demo(0, 3))[0]


@needs_weights
def test_windows_heard_at_the_same_time_are_heard_as_one_after_the_other(engine: WhisperEngine):
    """The workers share the weights and nothing else: the same words at the same times, in order."""
    alone = WhisperEngine(find_model_dir(), threads=1)
    alone.load()
    samples = cut_demo(0, 90)
    assert (engine.workers, alone.workers) == (2, 1)
    first, second = (run(one, samples, language="en")[0] for one in (engine, alone))
    assert [segment.text for segment in first] == [segment.text for segment in second]
    assert [segment.start for segment in first] == [segment.start for segment in second]
    assert [segment.id for segment in first] == list(range(len(first)))
    alone.close()


@needs_weights
def test_the_text_alone_is_the_same_text(engine: WhisperEngine):
    """Without the times of words a window that whisper is sure of is not aligned."""
    samples = cut_demo(0, 60)
    with_times, text_alone = (
        run(engine, samples, language="en", needs_times=needs_times)[0] for needs_times in (True, False)
    )
    said, said_alone = (" ".join(one.text for one in segments) for segments in (with_times, text_alone))
    assert said_alone == said
    # Each window once: one word as long as it is no hole in it.
    assert len(text_alone) <= 8
    assert all(one.start < one.end <= 60 and 0 < one.confidence <= 1 for one in text_alone)


@needs_weights
@pytest.mark.parametrize("samples", [make_silence(20), make_noise(20)], ids=["silence", "noise"])
def test_the_text_alone_of_nothing_is_nothing(engine: WhisperEngine, samples: np.ndarray):
    assert run(engine, samples, needs_times=False)[0] == []
