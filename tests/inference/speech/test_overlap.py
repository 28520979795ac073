"""Where two speak at once: joined frames, and the real network on the demo's voices laid over each other."""

from __future__ import annotations

import numpy as np
import pytest

from inference.catalogue import load_catalogue
from inference.errors import ModelFailed
from inference.speech.overlap import FRAME_STEP, OverlapDetector, join_frames
from inference.speech.vad import Span
from tests.inference.sound import cut_demo, make_silence
from tests.tiers import MODELS_DIR


def make_frames(*stretches: tuple[int, int], count: int = 1_000) -> np.ndarray:
    """Frames from … to … are two people."""
    chances = np.zeros(count)
    for start, end in stretches:
        chances[start:end] = 0.9
    return np.stack([FRAME_STEP * np.arange(count), chances])


def test_short_gaps_are_closed_and_short_stretches_dropped():
    size = 1_000 * FRAME_STEP
    half = FRAME_STEP // 2
    frames = make_frames((100, 120), (125, 150), (300, 305))
    assert join_frames(frames, size=size) == [
        Span(start=100 * FRAME_STEP - half, end=149 * FRAME_STEP + half)
    ]
    assert join_frames(make_frames(), size=size) == []


def test_nothing_lies_outside_of_the_recording():
    assert join_frames(make_frames((0, 1_000)), size=100_000) == [Span(start=0, end=100_000)]


def test_without_a_model(tmp_path):
    detector = OverlapDetector(tmp_path / "missing.pt", threads=1)
    with pytest.raises(ModelFailed):
        detector.load()
    with pytest.raises(ModelFailed):
        next(detector.find(make_silence(1)))


@pytest.mark.models
def test_two_voices_laid_over_each_other():
    """Priya alone for 6 s, with Marcus for 4 s, Marcus alone for 4 s."""
    profile = load_catalogue().get_profile("compact")
    path = profile.find_extra("overlap", models_dir=MODELS_DIR)
    assert path is not None, "fetch the models: the extra that marks overlap is not here"
    detector = OverlapDetector(path, threads=2)
    detector.load()
    priya, marcus = cut_demo(0.5, 6.6), cut_demo(33.0, 41.7)
    sound = np.zeros(12 * 16_000, dtype=np.int16)
    sound[: priya.size] += priya
    sound[3 * 16_000 : 3 * 16_000 + marcus.size] += marcus[: sound.size - 3 * 16_000]
    *steps, spans = detector.find(sound)
    assert steps == [None, None]
    inside = sum(min(span.end, 6.6 * 16_000) - max(span.start, 3 * 16_000) for span in spans) / 16_000
    assert inside > 1.5
    assert all(span.start > 2.5 * 16_000 and span.end < 7.2 * 16_000 for span in spans)
    assert [*detector.find(cut_demo(0.5, 6.6))][-1] == []
    detector.close()
