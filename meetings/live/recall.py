"""The voices of a take that another process told apart: after a restart of the web process, or in another of several, captions go on with the
numbers that people have seen. Heard anew from what is on the disk, since vectors are never stored.

::

    captions with a voice ─▶ the longest of each ─▶ its frames of the take's file ─▶ model server ─▶ vector ─▶ LiveVoices
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..inference_client import InferenceClient
from ..models import Segment, Take
from ..pieces import Piece
from .protocol import FRAME_MS, frame_bytes
from .sides import LiveSides, to_mono
from .voices import LiveVoices
from .writer import HEADER_BYTES, take_path


class Known(NamedTuple):
    """The longest caption of a voice."""

    number: int
    start_ms: int
    end_ms: int


def list_known(take: Take) -> list[Known]:
    """One of each voice that has a number; one query."""
    captions = take.meeting.segments.filter(engine=Segment.Engine.LIVE).exclude(live_voice=None)
    rows = [Known(*row) for row in captions.values_list("live_voice", "start_ms", "end_ms")]
    return list({row.number: row for row in sorted(rows, key=lambda row: row.end_ms - row.start_ms)}.values())


def recall_voices(take: Take, known: Iterable[Known], *, client: InferenceClient) -> LiveVoices:
    """Some 50 ms a voice. Raises InferenceUnavailable, InferenceRefused, OSError."""
    voices = LiveVoices()
    size = frame_bytes(take.channels)
    with take_path(take).open("rb") as file:
        for number, start_ms, end_ms in known:
            first = start_ms // FRAME_MS
            file.seek(HEADER_BYTES + first * size)
            frames = file.read((end_ms // FRAME_MS - first) * size)
            frames = frames[: len(frames) // size * size]
            samples = np.frombuffer(to_mono(frames, channels=take.channels), "<i2")
            heard = client.describe_voice(Piece(start_ms=start_ms, samples=samples).to_wav())
            side = None
            if take.channels > 1:
                sides = LiveSides()
                sides.hear(frames, first=first)
                side = sides.find(start_ms=start_ms, end_ms=end_ms)
            if heard.vector is not None:
                voices.know(number, heard.vector, start_ms=start_ms, end_ms=end_ms, side=side)
    return voices
