"""Channels of a recording that hear different people: one person each, or the two sides of a call with several people on one of them.

::

    channels.json ─▶ one person a channel? ─yes─▶ each channel is a voice; no model is needed
                              └──no──▶ the model's turns over the mix ─▶ on which side a voice is, and when, is what the channels say

An upload on two channels is taken for two people unless somebody says that there are more. A live recording's second channel is the sound of
a tab, and who knows how many sit behind that.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..inference_client import Diarization, Turn
from ..models import Meeting, Take
from ..storage import find_size, key_of, local_path
from .ingest import CHANNELS_FILE
from .speakers import find_overlaps

# start_ms, end_ms, channel: somebody speaks there.
Stretch = tuple[int, int, int]
STEP_MS = 20
# A voice that is heard on both sides is two people, if so much of it is on the lesser one; less than that are turns cut a little late.
MIN_BOTH_SHARE = 0.25
MIN_BOTH_MS = 3_000
_NEVER = np.iinfo(np.int64).max


def read_sides(meeting: Meeting) -> list[Stretch]:
    """What `ingest` found where channels hear different people, by start; empty when they do not."""
    key = key_of(meeting.pk, CHANNELS_FILE)
    if find_size(key) is None:
        return []
    with local_path(key) as path:
        return [(start_ms, end_ms, channel) for start_ms, end_ms, channel in json.loads(path.read_text())]


def are_people(meeting: Meeting, sides: Sequence[Stretch]) -> bool:
    """Whether each channel may be taken for one person."""
    if not sides:
        return False
    if people := meeting.speaker_count or meeting.attendees.count():
        return people <= len({channel for _, _, channel in sides})
    return not Take.objects.filter(meeting=meeting).exists()


def take_for_people(meeting: Meeting, sides: Sequence[Stretch]) -> Diarization:
    """Each channel is one voice."""
    turns = [
        Turn(start_ms=start_ms, end_ms=end_ms, speaker=str(channel), confidence=1.0)
        for start_ms, end_ms, channel in sides
    ]
    return _make(turns, duration_ms=meeting.recording.duration_ms)


def tell_sides(heard: Diarization, sides: Sequence[Stretch]) -> Diarization:
    """The model's voices, each on its side of the call: one that is heard on both is two, and a side speaks when its channel does."""
    homes = _find_homes(heard, sides)
    starts = np.array([turn.start_ms for turn in heard.turns], dtype=np.int64)
    ends = np.array([turn.end_ms for turn in heard.turns], dtype=np.int64)
    at_home = {
        channel: np.array([channel in homes[turn.speaker] for turn in heard.turns], dtype=bool)
        for _, _, channel in sides
    }
    told: list[Turn] = []
    for start_ms, end_ms, channel in sides:
        # Below 0: inside this stretch. Where no voice of this side is (too soft for the model, beside somebody else's words), it is the one
        # that spoke nearest to it.
        away_ms = np.where(at_home[channel], np.maximum(starts - end_ms, start_ms - ends), _NEVER)
        least = away_ms.min(initial=_NEVER)
        chosen = away_ms < 0 if least < 0 else away_ms == least
        voices = [heard.turns[i] for i in np.flatnonzero(chosen & at_home[channel])]
        nobody = Turn(start_ms=start_ms, end_ms=end_ms, speaker="", confidence=1.0)
        told += _fill(voices or [nobody], start_ms=start_ms, end_ms=end_ms, channel=channel)
    return _make(told, duration_ms=heard.duration_ms)


def _find_homes(heard: Diarization, sides: Sequence[Stretch]) -> dict[str, set[int]]:
    """Label → the channels it speaks on; what is said on several at the same time tells nothing."""
    steps = max([heard.duration_ms, *(turn.end_ms for turn in heard.turns), *(side[1] for side in sides)])
    channels = sorted({channel for _, _, channel in sides})
    active = np.zeros((len(channels), steps // STEP_MS + 1), dtype=bool)
    for start_ms, end_ms, channel in sides:
        active[channels.index(channel), start_ms // STEP_MS : end_ms // STEP_MS] = True
    alone = active & (active.sum(axis=0) == 1)
    shares = {label: np.zeros(len(channels), dtype=np.int64) for label in heard.speakers}
    for turn in heard.turns:
        shares[turn.speaker] += alone[:, turn.start_ms // STEP_MS : turn.end_ms // STEP_MS].sum(axis=1)
    homes: dict[str, set[int]] = {}
    for label, share in shares.items():
        least = max(MIN_BOTH_SHARE * share.sum(), MIN_BOTH_MS / STEP_MS)
        lives = (share >= least) | ((share > 0) & (share == share.max()))
        homes[label] = {channel for channel, is_home in zip(channels, lives, strict=True) if is_home}
    return homes


def _fill(voices: list[Turn], *, start_ms: int, end_ms: int, channel: int) -> list[Turn]:
    """The stretch shared out among them, each up to the middle of the pause before the next."""
    voices = sorted(voices, key=lambda turn: turn.start_ms)
    spans = [[max(turn.start_ms, start_ms), min(turn.end_ms, end_ms)] for turn in voices]
    spans[0][0] = start_ms
    max(spans, key=lambda span: span[1])[1] = end_ms
    for left, right in pairwise(spans):
        if left[1] < right[0]:
            left[1] = right[0] = (left[1] + right[0]) // 2
    return [
        Turn(start_ms=start, end_ms=end, speaker=f"{channel} {turn.speaker}", confidence=turn.confidence)
        for (start, end), turn in zip(spans, voices, strict=True)
        if start < end
    ]


def _make(turns: Sequence[Turn], *, duration_ms: int) -> Diarization:
    """Labels S1, S2 … in order of first word."""
    turns = sorted(turns, key=lambda turn: (turn.start_ms, turn.end_ms))
    order = list(dict.fromkeys(turn.speaker for turn in turns))
    names = {label: f"S{number}" for number, label in enumerate(order, start=1)}
    named = [replace(turn, speaker=names[turn.speaker]) for turn in turns]
    return Diarization(
        duration_ms=duration_ms,
        speakers=list(names.values()),
        turns=named,
        overlaps=find_overlaps(named),
    )
