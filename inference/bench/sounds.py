"""Sound in which nobody speaks, made by a formula: silence, hum, music, a keyboard. int16, shape (n,), 16 kHz mono."""

from __future__ import annotations

import numpy as np

from inference.speech.audio import SAMPLE_RATE_HZ

SEED = 4


def make_quiet_sounds(seconds: float) -> dict[str, np.ndarray]:
    """By name. Silence is digital silence; the room is noise at -60 dB with mains hum."""
    return {
        "silence": np.zeros(int(seconds * SAMPLE_RATE_HZ), dtype=np.int16),
        "room": make_room(seconds),
        "music": make_music(seconds),
        "keyboard": make_keyboard(seconds),
    }


def make_room(seconds: float) -> np.ndarray:
    times = _times(seconds)
    noise = np.random.default_rng(SEED).normal(0, 0.001, times.size)
    return _to_int16(noise + 0.002 * np.sin(2 * np.pi * 50 * times))


def make_music(seconds: float) -> np.ndarray:
    """Broken chords with overtones and a bass, four notes a second."""
    times = _times(seconds)
    chords = ((220.0, 277.2, 329.6), (246.9, 293.7, 370.0), (196.0, 246.9, 293.7), (164.8, 220.0, 261.6))
    step = (times * 4).astype(int)
    notes = np.array([chords[(n // 12) % 4][n % 3] for n in range(int(step[-1]) + 1)])
    since = times * 4 - step
    envelope = np.exp(-3 * since) * np.minimum(since * 50, 1)
    phase = 2 * np.pi * notes[step] * times
    tone = sum(np.sin(phase * overtone) / overtone for overtone in (1, 2, 3, 4))
    bass = np.array([chords[(n // 12) % 4][0] / 4 for n in range(int(step[-1]) + 1)])[step]
    return _to_int16(0.15 * tone * envelope + 0.1 * np.sin(2 * np.pi * bass * times))


def make_keyboard(seconds: float) -> np.ndarray:
    """About seven strokes a second: short bursts of noise through a resonance, on a quiet room."""
    random = np.random.default_rng(SEED)
    sound = random.normal(0, 0.001, int(seconds * SAMPLE_RATE_HZ))
    size = SAMPLE_RATE_HZ // 25
    decay = np.exp(-np.arange(size) / (SAMPLE_RATE_HZ * 0.006))
    at = 0.0
    while (start := int(at * SAMPLE_RATE_HZ)) + size < sound.size:
        ring = np.sin(2 * np.pi * random.uniform(1500, 4000) * np.arange(size) / SAMPLE_RATE_HZ)
        sound[start : start + size] += (random.normal(0, 0.08, size) + 0.05 * ring) * decay
        at += random.exponential(0.14)
    return _to_int16(sound)


def _times(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _to_int16(samples: np.ndarray) -> np.ndarray:
    return (np.clip(samples, -1, 1) * 32767).astype(np.int16)
