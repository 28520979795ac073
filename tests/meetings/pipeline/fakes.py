"""A model server's client for tests of the pipeline: it says what it is told to say. With the real one: tests/models, tests/faults."""

import wave
from collections import deque

import numpy as np

from meetings.inference_client import (
    Diarization,
    HeardVoice,
    Progress,
    TranscribedSegment,
    TranscriptDone,
    Turn,
)


def heard(
    text: str, *, start_ms: int, end_ms: int | None = None, words: list[dict] | None = None
) -> TranscribedSegment:
    """A segment as the recogniser gives it, words spread evenly."""
    parts = text.split()
    end_ms = start_ms + 400 * len(parts) if end_ms is None else end_ms
    step = (end_ms - start_ms) / max(1, len(parts))
    even = [
        {"s": round(start_ms + i * step), "e": round(start_ms + (i + 1) * step), "w": part, "p": 0.9}
        for i, part in enumerate(parts)
    ]
    return TranscribedSegment(
        start_ms=start_ms, end_ms=end_ms, text=text, words=even if words is None else words, confidence=0.9
    )


def voice(*numbers: float, embedder: str = "net@1", speech_ms: int = 20_000) -> HeardVoice:
    """A voice of that direction."""
    vector = np.array(numbers, dtype="<f4")
    return HeardVoice(
        embedder=embedder,
        vector=vector / np.linalg.norm(vector) if vector.size else None,
        speech_ms=speech_ms,
    )


def turn(start_ms: int, end_ms: int, speaker: str) -> Turn:
    return Turn(start_ms=start_ms, end_ms=end_ms, speaker=speaker, confidence=0.9)


class FakeClient:
    """`transcripts`: for each piece, in order, what comes (an exception is raised). `turns`: of the whole recording."""

    def __init__(self, *, transcripts=(), turns=(), overlaps=(), language="en", models=(), voices=()):
        self.transcripts = deque(transcripts)
        self.turns = list(turns)
        self.overlaps = list(overlaps)
        self.language = language
        self.models = list(models)
        self.pieces: list[dict] = []
        self.voices = deque(voices)
        self.heard_ms: list[int] = []

    def transcribe(self, audio, *, language="", hotwords=(), prompt=""):
        with wave.open(audio) as sound:
            duration_ms = sound.getnframes() * 1000 // sound.getframerate()
        self.pieces.append({"duration_ms": duration_ms, "language": language, "hotwords": list(hotwords)})
        for item in self.transcripts.popleft() if self.transcripts else ():
            if isinstance(item, Exception):
                raise item
            yield item
        yield Progress(done_ms=duration_ms, total_ms=duration_ms)
        yield TranscriptDone(language=language or self.language, duration_ms=duration_ms)

    def diarize(self, audio, *, num_speakers=None, max_speakers=None):
        self.hints = {"num_speakers": num_speakers, "max_speakers": max_speakers}
        assert audio.exists()
        yield Progress(done_ms=1, total_ms=2)
        labels = list(dict.fromkeys(turn.speaker for turn in self.turns))
        yield Diarization(duration_ms=2, speakers=labels, turns=self.turns, overlaps=self.overlaps)

    def describe_voice(self, sound):
        """The next of `voices`."""
        with wave.open(sound) as opened:
            self.heard_ms.append(opened.getnframes() * 1000 // opened.getframerate())
        voice = self.voices.popleft()
        if isinstance(voice, Exception):
            raise voice
        return voice

    def describe_models(self):
        return self.models
