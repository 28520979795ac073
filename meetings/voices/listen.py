"""What a voice of a meeting sounds like, by the model server. Nothing of it is kept here."""

import numpy as np

from ..inference_client import HeardVoice, InferenceClient
from ..media import SPEECH_RATE_HZ, read_speech
from ..models import Speaker
from ..pieces import Piece
from ..storage import local_path
from .known import MIN_SPEECH_MS

# More of a voice than this changes its vector hardly any more, and costs the model server half a second.
MAX_SPEECH_MS = 60_000
# Shorter lines are "yes" and "mm-hm", which sound like everybody.
MIN_LINE_MS = 1_500
# A line over which somebody else speaks for longer is not one voice.
MAX_OVERLAP_MS = 200


def describe_speaker(speaker: Speaker, *, client: InferenceClient) -> HeardVoice | None:
    """None when it says too little to be known by. Raises InferenceUnavailable (retryable) or InferenceRefused."""
    stretches = choose_stretches(speaker)
    if sum(end_ms - start_ms for start_ms, end_ms in stretches) < MIN_SPEECH_MS:
        return None
    samples = cut_sound(speaker.meeting.recording.audio_key, stretches)
    heard = client.describe_voice(Piece(start_ms=0, samples=samples).to_wav())
    return heard if heard.vector is not None and heard.speech_ms >= MIN_SPEECH_MS else None


def choose_stretches(speaker: Speaker) -> list[tuple[int, int]]:
    """(start_ms, end_ms) of its longest lines that are its alone, MAX_SPEECH_MS at most together, in order of time."""
    rows = speaker.segments.filter(overlap_ms__lte=MAX_OVERLAP_MS).values_list("start_ms", "end_ms")
    long = sorted((row for row in rows if row[1] - row[0] >= MIN_LINE_MS), key=lambda row: row[0] - row[1])
    chosen: list[tuple[int, int]] = []
    left_ms = MAX_SPEECH_MS
    for start_ms, end_ms in long:
        if left_ms <= 0:
            break
        chosen.append((start_ms, min(end_ms, start_ms + left_ms)))
        left_ms -= end_ms - start_ms
    return sorted(chosen)


def cut_sound(audio_key: str, stretches: list[tuple[int, int]]) -> np.ndarray:
    """Those stretches of our own `audio.flac`, one behind the other: int16, 16 kHz."""
    with local_path(audio_key) as audio:
        parts = [_cut(audio, start_ms, end_ms) for start_ms, end_ms in stretches]
    return np.concatenate([np.zeros(0, dtype=np.int16), *parts])


def _cut(audio, start_ms: int, end_ms: int) -> np.ndarray:
    wanted = (end_ms - start_ms) * SPEECH_RATE_HZ // 1000
    blocks: list[np.ndarray] = []
    count = 0
    for block in read_speech(audio, start_ms=start_ms):
        blocks.append(block)
        count += block.size
        if count >= wanted:
            break
    return np.concatenate([np.zeros(0, dtype=np.int16), *blocks])[:wanted]
