"""Are the channels of a recording people? Then who speaks when is how loud each channel is. Runs in the child process; knows only numbers.

A call or a podcast may come with a microphone on each channel. Then nearly all speech is much louder on one channel than on the others, and
more than one channel has its share of it. A room recorded in stereo, or music, is about as loud on both.
"""

import json
from pathlib import Path

import numpy as np

STEP_MS = 50
MAX_CHANNELS = 8
# Levels in dB of full scale. Speech is at least so loud, and so far above the channel's own noise (its quietest tenth).
LEAST_DB = -55.0
ABOVE_NOISE_DB = 12.0
# A person's own microphone hears them so much better than the others' do; somebody within that of the loudest speaks at the same time.
APART_DB = 10.0
MIN_APART_SHARE = 0.75
# What makes a channel a person: so much of all speech, and so long.
MIN_SHARE = 0.02
MIN_SPEECH_MS = 2_000
# As with any turn: a breath does not end it, and its soft ends belong to it.
MAX_BREATH_MS = 500
MIN_TURN_MS = 150
PAD_MS = 100


class ChannelLevels:
    """Loudness of each channel, every STEP_MS: 20 bytes a second and channel, whatever the recording's rate."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._rest = np.zeros((0, 0), dtype=np.float32)
        self._rate_hz = 0

    def add(self, values: np.ndarray, *, rate_hz: int) -> None:
        """`values`: samples in [-1, 1], shape (channels, n). A recording whose channels change on the way has no levels."""
        if self._rest.shape[0] != values.shape[0] or rate_hz != self._rate_hz:
            if self._rate_hz:
                self._parts.append(np.zeros((0, 0), dtype=np.int8))
            self._rest, self._rate_hz = np.zeros((values.shape[0], 0), dtype=np.float32), rate_hz
        values = np.concatenate([self._rest, values], axis=1)
        size = max(1, rate_hz * STEP_MS // 1000)
        count = values.shape[1] // size
        blocks = values[:, : count * size].reshape(values.shape[0], count, size)
        self._rest = values[:, count * size :]
        power = np.mean(np.square(blocks, dtype=np.float32), axis=2)
        self._parts.append(np.clip(10 * np.log10(power + 1e-12), -120, 0).astype(np.int8))

    def write(self, path: Path) -> None:
        """`[[start_ms, end_ms, channel], …]` by start, or nothing at all when the channels are no people."""
        if not self._parts or len({part.shape[0] for part in self._parts}) > 1:
            return
        turns = find_channel_turns(np.concatenate(self._parts, axis=1))
        if turns:
            path.write_text(json.dumps(turns, separators=(",", ":")))


def find_channel_turns(levels: np.ndarray) -> list[tuple[int, int, int]]:
    """Levels in dB, shape (channels, steps) → turns (start_ms, end_ms, channel), or [] when the channels are not people."""
    levels = levels.astype(np.float32)
    if levels.shape[0] < 2 or not levels.shape[1]:
        return []
    noise = np.percentile(levels, 10, axis=1, keepdims=True)
    heard = levels > np.maximum(noise + ABOVE_NOISE_DB, LEAST_DB)
    loudest = levels.max(axis=0)
    speech = heard.any(axis=0)
    apart = speech & (loudest - np.sort(levels, axis=0)[-2] >= APART_DB)
    total = int(speech.sum())
    owners = np.bincount(levels.argmax(axis=0)[apart], minlength=levels.shape[0])
    people = (owners >= MIN_SHARE * total) & (owners * STEP_MS >= MIN_SPEECH_MS)
    if apart.sum() < MIN_APART_SHARE * total or people.sum() < 2:
        return []
    active = heard & (levels > loudest - APART_DB) & people[:, None]
    return sorted(turn for channel in range(len(levels)) for turn in _join(active[channel], channel))


def _join(active: np.ndarray, channel: int) -> list[tuple[int, int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]]))) * STEP_MS
    joined: list[list[int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if joined and start - joined[-1][1] <= MAX_BREATH_MS:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    last = active.size * STEP_MS
    return [
        (max(0, start - PAD_MS), min(last, end + PAD_MS), channel)
        for start, end in joined
        if end - start >= MIN_TURN_MS
    ]
