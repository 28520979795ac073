"""A chat model's transcript behind the gate: the chat model here says what a test wants, whisper is the real one; the way of sound into a
real chat engine is in tests/inference/chat/test_media.py, and both together in the last test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.chat.engine import ChatEngine
from inference.chat.media import AudioPart
from inference.chat.request import ChatPiece, ChatRequest
from inference.speech.gate import MIN_SCORE
from inference.speech.native import NativeTranscriber
from inference.speech.whisper import TranscriptionRequest, WhisperEngine
from inference.types import Progress, Segment, Transcription
from tests.inference.sound import cut_demo, make_silence
from tests.inference.tiny_gemma import write_tiny_gemma, write_tiny_mmproj
from tests.tiers import MODELS_DIR

pytestmark = pytest.mark.models

SAID = "Good morning everyone. It's Monday the sixteenth of November, and this is the launch planning meeting for Atlas."


class FakeChat:
    """Writes `answer(seconds of sound)`, a word at a time."""

    can_hear = True

    def __init__(self, answer: Callable[[float], str]) -> None:
        self.answer = answer
        self.asked: list[ChatRequest] = []

    def generate(self, request: ChatRequest) -> Iterator[ChatPiece | None]:
        self.asked.append(request)
        sound, _ = request.messages[0]["content"]
        assert isinstance(sound, AudioPart)
        yield None
        for word in self.answer(sound.samples.size / 16_000).split(" "):
            yield ChatPiece(text=f"{word} ")


@pytest.fixture(scope="module")
def whisper() -> Iterator[WhisperEngine]:
    engine = WhisperEngine(MODELS_DIR / "whisper-base", threads=2)
    engine.load()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def opening() -> np.ndarray:
    """The demo meeting's first sentence."""
    return cut_demo(0, 6.9)


def transcribe(chat: object, whisper: WhisperEngine, samples: np.ndarray, **options: object):
    reasons: list[str] = []
    native = NativeTranscriber(chat, whisper, told=reasons.append)
    pieces = list(native.transcribe(samples, TranscriptionRequest(language="en"), **options))
    assert isinstance(pieces[-1], Transcription)
    assert any(isinstance(piece, Progress) for piece in pieces)
    return [piece for piece in pieces if isinstance(piece, Segment)], reasons


def test_right_text_stands_with_word_times(whisper: WhisperEngine, opening: np.ndarray):
    segments, reasons = transcribe(FakeChat(lambda seconds: SAID), whisper, opening)
    assert reasons == []
    assert " ".join(segment.text for segment in segments) == SAID
    assert {segment.engine for segment in segments} == {"native"}
    assert all(segment.gate_reason is None and segment.gate_score > 0.5 for segment in segments)
    monday = next(word for segment in segments for word in segment.words if "Monday" in word.word)
    assert 1.5 < monday.start < 3.5
    assert [segment.id for segment in segments] == list(range(len(segments)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (
            "Marketing can live with the fifteenth, but the newsletter is already scheduled for the eighth.",
            "improbable",
        ),
        ("The audio contains a greeting.", "answered"),
        (f"{SAID} {SAID}", "looping"),
    ],
)
def test_what_does_not_stand_up_is_whisper_s(
    whisper: WhisperEngine, opening: np.ndarray, text: str, reason: str
):
    segments, reasons = transcribe(FakeChat(lambda seconds: text), whisper, opening)
    assert reasons == [reason]
    assert {(segment.engine, segment.gate_reason) for segment in segments} == {("whisper", reason)}
    assert "launch planning meeting" in " ".join(segment.text for segment in segments)
    if reason == "improbable":
        assert all(segment.gate_score < MIN_SCORE for segment in segments)


def test_the_gate_looks_at_each_window(whisper: WhisperEngine):
    """Of half a minute the first window is right, the others are answers."""
    texts = iter([SAID])
    chat = FakeChat(lambda seconds: next(texts, "As an AI I cannot hear."))
    segments, reasons = transcribe(chat, whisper, cut_demo(0, 33))
    assert len(chat.asked) >= 3
    assert all(asked.messages[0]["content"][0].samples.size <= 16_000 * 15.2 for asked in chat.asked)
    assert "answered" in reasons
    starts = [segment.start for segment in segments]
    assert starts == sorted(starts)
    assert [segment.id for segment in segments] == list(range(len(segments)))


def test_without_the_gate_the_native_text_stays_and_is_marked(whisper: WhisperEngine, opening: np.ndarray):
    segments, reasons = transcribe(
        FakeChat(lambda seconds: "The audio contains a greeting."), whisper, opening, is_gated=False
    )
    assert reasons == []
    assert {(segment.engine, segment.gate_reason) for segment in segments} == {("native", "answered")}


def test_silence_asks_nobody(whisper: WhisperEngine):
    chat = FakeChat(lambda seconds: "Thank you for watching.")
    assert transcribe(chat, whisper, make_silence(20)) == ([], [])
    assert chat.asked == []


def test_vocabulary_and_limits_reach_the_model(whisper: WhisperEngine, opening: np.ndarray):
    chat = FakeChat(lambda seconds: SAID)
    request = TranscriptionRequest(language="en", hotwords=("Atlas", "Sofia"))
    list(NativeTranscriber(chat, whisper).transcribe(opening, request))
    (asked,) = chat.asked
    assert "Atlas, Sofia" in asked.messages[0]["content"][1]
    assert asked.temperature == 0 and asked.max_tokens < 100


def test_a_real_engine_that_talks_nonsense_is_overruled(
    whisper: WhisperEngine, opening: np.ndarray, tmp_path: Path
):
    """Real sound through the real libmtmd into a random Gemma 4, and the real whisper behind it."""
    chat = ChatEngine(
        write_tiny_gemma(tmp_path / "model.gguf"),
        n_ctx=1024,
        threads=1,
        mmproj_path=write_tiny_mmproj(tmp_path / "mmproj.gguf"),
        piece_tokens=128,
    )
    chat.load()
    try:
        segments, reasons = transcribe(chat, whisper, opening)
    finally:
        chat.close()
    assert len(reasons) == 1
    assert {segment.engine for segment in segments} == {"whisper"}
    assert "launch planning meeting" in " ".join(segment.text for segment in segments)
