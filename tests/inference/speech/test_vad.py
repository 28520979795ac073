"""Speech probabilities → spans, and the network carried from piece to piece. Silero's weights come with faster-whisper."""

from __future__ import annotations

import numpy as np
import pytest

from inference.speech.audio import SAMPLE_RATE_HZ, to_float
from inference.speech.vad import (
    FRAME,
    PIECE_FRAMES,
    Span,
    VadRules,
    VoiceDetector,
    _SpanBuilder,
    detect_speech,
)
from tests.inference.sound import cut_demo, make_noise, make_silence

FRAMES_PER_S = SAMPLE_RATE_HZ / FRAME
RULES = VadRules(pad_s=0.0)


def build(*runs: tuple[float, float], rules: VadRules = RULES) -> list[Span]:
    """`runs`: (probability, seconds), one after the other."""
    probabilities = np.concatenate([np.full(round(s * FRAMES_PER_S), p) for p, s in runs])
    builder = _SpanBuilder(rules, total=probabilities.size * FRAME)
    builder.add(probabilities)
    return builder.take(finish=True)


def to_seconds(spans: list[Span]) -> list[tuple[float, float]]:
    return [(span.start / SAMPLE_RATE_HZ, span.end / SAMPLE_RATE_HZ) for span in spans]


def hear(samples: np.ndarray) -> list[Span]:
    return [span for one in detect_speech(samples) for span in one.spans]


def test_speech_between_silence():
    (one,) = to_seconds(build((0.0, 1), (0.9, 2), (0.0, 1)))
    assert one == pytest.approx((1, 3), abs=0.05)


def test_a_short_pause_does_not_end_speech():
    assert len(build((0.9, 1), (0.0, 0.2), (0.9, 1))) == 1
    assert len(build((0.9, 1), (0.0, 0.5), (0.9, 1))) == 2


def test_doubt_ends_nothing_and_starts_nothing():
    assert len(build((0.9, 1), (0.4, 2), (0.9, 1))) == 1
    assert build((0.4, 3)) == []


def test_a_click_is_no_speech():
    assert build((0.0, 1), (0.9, 0.06), (0.0, 1)) == []


def test_speech_up_to_the_end_is_closed():
    (one,) = to_seconds(build((0.0, 1), (0.9, 2)))
    assert one == pytest.approx((1, 3), abs=0.05)


def test_padding_meets_in_the_middle_of_a_pause():
    first, second = build((0.9, 1), (0.0, 0.4), (0.9, 1), rules=VadRules(pad_s=0.5))
    assert first.start == 0
    assert first.end == pytest.approx(second.start, abs=FRAME)
    assert first.end <= second.start


@pytest.mark.parametrize("samples", [make_silence(3), make_noise(3), make_silence(0.01)], ids=len)
def test_nobody_speaks(samples: np.ndarray):
    assert hear(samples) == []


def test_people_speak():
    spans = hear(np.concatenate([make_silence(2), cut_demo(0.5, 6.6), make_silence(2)]))
    assert 1.5 < spans[0].start / SAMPLE_RATE_HZ < 2.3
    assert 7.6 < spans[-1].end / SAMPLE_RATE_HZ < 8.6


def test_pieces_hear_what_the_whole_hears():
    samples = to_float(cut_demo(0, 4096 * FRAME / SAMPLE_RATE_HZ))
    whole = VoiceDetector().probabilities(samples)
    detector = VoiceDetector()
    parts = [detector.probabilities(part) for part in np.split(samples, 4)]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-3)


def test_everything_is_known_at_the_end_and_spans_are_in_order():
    samples = cut_demo(0, 100)
    heard = list(detect_speech(samples))
    assert len(heard) == -(-samples.size // (FRAME * PIECE_FRAMES))
    assert [one.position for one in heard] == sorted(one.position for one in heard)
    assert (heard[-1].position, heard[-1].open_since) == (samples.size, None)
    edges = [edge for one in heard for span in one.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    for one in heard[:-1]:
        if one.open_since is not None:
            assert all(span.end <= one.open_since for span in one.spans)
