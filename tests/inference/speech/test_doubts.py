from __future__ import annotations

from dataclasses import replace

import pytest

from inference.speech.decoding import Decoded
from inference.speech.doubts import is_beyond_doubt

SURE = Decoded(
    tokens=(1, 2),
    heard_to_s=4.0,
    avg_logprob=-0.2,
    no_speech_prob=0.01,
    compression_ratio=1.2,
    temperature=0.0,
    is_suspect=False,
    is_silence=False,
)


def test_a_sure_text_needs_no_second_look():
    assert is_beyond_doubt(SURE)


@pytest.mark.parametrize(
    "change", [{"avg_logprob": -0.7}, {"no_speech_prob": 0.4}, {"is_suspect": True}, {"is_silence": True}]
)
def test_any_doubt_asks_for_one(change: dict):
    assert not is_beyond_doubt(replace(SURE, **change))
