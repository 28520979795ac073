"""Who spoke when, with the real voice vectors on two voices of the demo recording."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from inference.catalogue import load_catalogue
from inference.errors import InvalidRequest
from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.diarization import (
    HOP,
    DiarizationEngine,
    DiarizationRequest,
    cut_windows,
    interpolate,
    mark_spans,
)
from inference.speech.embedder import WINDOW_SIZE, SpeakerEmbedder
from inference.speech.vad import Span
from inference.types import Diarization, Progress
from tests.inference.sound import cut_demo, make_noise, make_silence
from tests.tiers import MODELS_DIR

# Priya and Marcus, in turns; seconds of the demo recording
PRIYA = [(0.5, 6.6), (7.0, 12.9), (24.5, 32.4)]
MARCUS = [(33.0, 41.7), (43.6, 47.4), (61.8, 66.2)]


@pytest.mark.parametrize(
    ("request_", "bounds"),
    [
        (DiarizationRequest(), (1, None)),
        (DiarizationRequest(num_speakers=3), (3, 3)),
        (DiarizationRequest(min_speakers=2, max_speakers=5), (2, 5)),
        (DiarizationRequest(max_speakers=4), (1, 4)),
    ],
)
def test_bounds(request_: DiarizationRequest, bounds: tuple[int, int | None]):
    assert request_.bounds() == bounds


def test_bounds_that_contradict_each_other():
    with pytest.raises(InvalidRequest):
        DiarizationRequest(min_speakers=3, max_speakers=2).bounds()


def test_windows_cover_a_stretch_from_end_to_end_and_no_more():
    for size in (100, WINDOW_SIZE, WINDOW_SIZE + 1, 5 * SAMPLE_RATE_HZ, 60 * SAMPLE_RATE_HZ):
        windows = cut_windows(Span(start=1_000, end=1_000 + size))
        assert (windows[0].start, windows[-1].end) == (1_000, 1_000 + size)
        assert all(window.size == min(size, WINDOW_SIZE) for window in windows)
        assert all(after.start - before.start <= HOP for before, after in pairwise(windows))


def test_a_short_answer_has_the_vector_of_its_own_window():
    """Between two long turns of somebody else, whose windows begin before and after it."""
    spans = [Span(start=0, end=48_000), Span(start=50_000, end=56_000), Span(start=60_000, end=108_000)]
    windows = [window for span in spans for window in cut_windows(span)]
    vectors = np.array([[0.0, 1.0] if window.size < WINDOW_SIZE else [1.0, 0.0] for window in windows])
    marks = mark_spans(spans)
    found = interpolate(marks, windows, vectors)
    assert found.argmax(axis=1).tolist() == [0] * 12 + [1, 1] + [0] * 12
    assert np.allclose(found.max(axis=1), 1)


def test_a_mark_between_two_windows_is_mostly_the_nearer_ones():
    span = Span(start=0, end=WINDOW_SIZE + HOP)
    found = interpolate(mark_spans([span]), cut_windows(span), np.eye(2))
    assert np.allclose(found[0], [1, 0]) and np.allclose(found[-1], [0, 1])
    assert (np.diff(found[:, 1]) >= -1e-9).all()


@pytest.fixture(scope="module")
def engine() -> Iterator[DiarizationEngine]:
    path = load_catalogue().get_profile("compact").files("speaker", models_dir=MODELS_DIR)[0]
    engine = DiarizationEngine(SpeakerEmbedder(path, threads=2))
    engine.load()
    engine.warm()
    yield engine
    engine.close()


def run(engine: DiarizationEngine, samples: np.ndarray, **options: int) -> Diarization:
    *pieces, end = engine.diarize(samples, DiarizationRequest(**options))
    positions = [piece.position for piece in pieces if isinstance(piece, Progress)]
    assert positions == sorted(positions)
    assert positions[-1] == pytest.approx(samples.size / 16_000)
    assert isinstance(end, Diarization)
    return end


def make_dialogue() -> tuple[np.ndarray, list[tuple[float, float, str]]]:
    """Both in turns with half a second between them, and who spoke when."""
    parts, truth, now = [], [], 0.0
    for spans in zip(PRIYA, MARCUS, strict=True):
        for name, span in zip(("Priya", "Marcus"), spans, strict=True):
            parts += [cut_demo(*span), make_silence(0.5)]
            truth.append((now, now + span[1] - span[0], name))
            now = sum(part.size for part in parts) / 16_000
    return np.concatenate(parts), truth


@pytest.mark.models
def test_silence_has_no_turns(engine: DiarizationEngine):
    result = run(engine, make_silence(3))
    assert (result.duration, result.speakers, result.turns) == (3.0, (), ())


@pytest.mark.models
def test_noise_and_music_are_nobody_or_one(engine: DiarizationEngine):
    """What the detector takes for speech in them is at least not a crowd."""
    times = np.arange(20 * 16_000) / 16_000
    chords = sum(
        np.sin(2 * np.pi * hz * (1 + np.floor(times) % 3 / 4) * times) for hz in (220.0, 277.2, 329.6)
    )
    for samples in (make_noise(10, level=2_000), (3_000 * chords).astype(np.int16)):
        result = run(engine, samples)
        assert len(result.speakers) <= 1


@pytest.mark.models
def test_two_voices_are_told_apart(engine: DiarizationEngine):
    samples, truth = make_dialogue()
    result = run(engine, samples)
    assert result.speakers == ("S1", "S2")
    names = {"S1": "Priya", "S2": "Marcus"}  # speakers are numbered in order of their first word
    right = sum(
        max(0.0, min(turn.end, end) - max(turn.start, start))
        for turn in result.turns
        for start, end, name in truth
        if names[turn.speaker] == name
    )
    assert right / sum(end - start for start, end, _ in truth) > 0.9


@pytest.mark.models
def test_turns_are_in_order_inside_the_recording_and_do_not_overlap(engine: DiarizationEngine):
    samples, _ = make_dialogue()
    result = run(engine, samples)
    assert all(0 <= turn.start < turn.end <= result.duration for turn in result.turns)
    assert all(0 <= turn.confidence <= 1 for turn in result.turns)
    assert all(before.end <= after.start for before, after in pairwise(result.turns))


@pytest.mark.models
def test_one_voice_is_one_speaker(engine: DiarizationEngine):
    assert run(engine, np.concatenate([cut_demo(*span) for span in PRIYA])).speakers == ("S1",)


@pytest.mark.models
def test_the_number_of_speakers_that_was_asked_for(engine: DiarizationEngine):
    samples, _ = make_dialogue()
    assert run(engine, samples, num_speakers=1).speakers == ("S1",)
    assert len(run(engine, samples, num_speakers=2).speakers) == 2


@pytest.mark.models
def test_four_people_are_four(engine: DiarizationEngine):
    """The whole demo recording, without a hint."""
    assert len(run(engine, cut_demo(0, 212)).speakers) == 4


@pytest.mark.models
def test_less_sound_than_one_vector_needs(engine: DiarizationEngine):
    assert len(run(engine, cut_demo(20.5, 21.0)).speakers) <= 1
