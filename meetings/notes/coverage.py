"""Which share of the speech the chat model read."""

from collections.abc import Collection, Sequence

from ..models import Segment


def measure_coverage(segments: Sequence[Segment], read: Collection[int]) -> tuple[float, list[list[int]]]:
    """The share of speech time, 0..1, in segments that stood in a prompt that was answered, and their stretches `[[start_ms, end_ms], …]`.

    `segments` in order of time; segments without words are no speech. No speech at all: everything was read.
    """
    spoken = [segment for segment in segments if segment.text.strip()]
    total_ms = sum(segment.end_ms - segment.start_ms for segment in spoken)
    stretches: list[list[int]] = []
    read_ms = 0
    continues = False
    for segment in spoken:
        if segment.pk not in read:
            continues = False
            continue
        read_ms += segment.end_ms - segment.start_ms
        if continues:
            stretches[-1][1] = max(stretches[-1][1], segment.end_ms)
        else:
            stretches.append([segment.start_ms, segment.end_ms])
        continues = True
    return (read_ms / total_ms if total_ms else 1.0), stretches
