"""Was all of a window heard, and was what was heard really said? Pure functions over words, decoded text and spans of speech."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.decoding import Decoded
from inference.speech.segmentation import HeardWord, compute_confidence
from inference.speech.windows import Window

MIN_REST_S = 1.0
MIN_STEP_S = 0.5
MAX_HOLE_S = 3.0
SURE_LOGPROB = -0.6  # mean over the tokens; all windows of the evaluation meeting IS1009a are above -0.5
SURE_NO_SPEECH = 0.3


def has_hole(words: Sequence[HeardWord], decoded: Decoded, *, window: Window) -> bool:
    """Whether more than MAX_HOLE_S of speech went by without a word, up to where the model says it wrote everything down."""
    if not words:
        return False
    end_s = window.duration_s if decoded.heard_to_s is None else decoded.heard_to_s
    end = window.start / SAMPLE_RATE_HZ + end_s
    times = [window.start / SAMPLE_RATE_HZ, *(heard.word.start for heard in words), end]
    return any(window.speech_between(start, after) > MAX_HOLE_S for start, after in pairwise(times))


def is_beyond_doubt(decoded: Decoded) -> bool:
    """Whether the text needs no alignment to be believed: what `is_invented` asks of the words, asked of the tokens and more strictly."""
    is_calm = not (decoded.is_suspect or decoded.is_silence)
    return is_calm and decoded.avg_logprob >= SURE_LOGPROB and decoded.no_speech_prob <= SURE_NO_SPEECH


def find_rest(window: Window, decoded: Decoded) -> Window | None:
    """The speech behind what was heard; None when it is too little to be worth another pass, or nothing was heard."""
    if decoded.heard_to_s is None or decoded.is_silence or decoded.heard_to_s < MIN_STEP_S:
        return None
    following = window.rest_after(window.start + round(decoded.heard_to_s * SAMPLE_RATE_HZ))
    if following is None or following.speech_s < MIN_REST_S:
        return None
    return following


def is_invented(words: Sequence[HeardWord], decoded: Decoded) -> bool:
    """Text for sounds that are not speech: whisper itself doubts that anybody speaks, and none of the words fits well."""
    confidence = compute_confidence([heard.word for heard in words])
    return bool(words) and (confidence < 0.12 or (decoded.no_speech_prob > 0.5 and confidence < 0.4))
