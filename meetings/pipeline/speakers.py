"""Which words belong to which voice: pure functions over turns and words. All times are milliseconds of the recording."""

import bisect
from collections import defaultdict
from collections.abc import Sequence

from ..inference_client import Turn

# A voice that has fewer words or less time than this inside another's sentence is taken for a wobble of the turn's edge.
MIN_WORDS = 2
MIN_RUN_MS = 600
# The turn's edge and the recogniser's word times differ by a few words; a sentence's end that near is the truer edge.
SNAP_WORDS = 3
# A word outside of every turn belongs to the nearest one, up to this far away.
NEAREST_MS = 2_000
SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")

Run = tuple[str, list[dict]]


class Turns:
    """Turns sorted by start, for questions about a stretch of time."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = sorted(turns, key=lambda turn: turn.start_ms)
        self._starts = [turn.start_ms for turn in self._turns]
        self._longest_ms = max((turn.end_ms - turn.start_ms for turn in self._turns), default=0)

    def find_label(self, start_ms: int, end_ms: int) -> str:
        """The voice that covers most of it, else the nearest one; empty when none is near."""
        share: dict[str, int] = defaultdict(int)
        nearest, distance = "", NEAREST_MS + 1
        first = bisect.bisect_left(self._starts, start_ms - self._longest_ms - NEAREST_MS)
        for turn in self._turns[first : bisect.bisect_right(self._starts, end_ms + NEAREST_MS)]:
            overlap = min(end_ms, turn.end_ms) - max(start_ms, turn.start_ms)
            if overlap > 0:
                share[turn.speaker] += overlap
            elif -overlap < distance:
                nearest, distance = turn.speaker, -overlap
        return max(share, key=share.__getitem__) if share else nearest


def find_overlaps(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    """Stretches that turns of two voices share, where each voice has turns of its own."""
    found: list[tuple[int, int]] = []
    speaking: list[Turn] = []
    for turn in sorted(turns, key=lambda turn: turn.start_ms):
        speaking = [other for other in speaking if other.end_ms > turn.start_ms]
        ends = [min(other.end_ms, turn.end_ms) for other in speaking if other.speaker != turn.speaker]
        if ends:
            found.append((turn.start_ms, max(ends)))
        speaking.append(turn)
    return found


def measure_overlap(overlaps: Sequence[tuple[int, int]], *, start_ms: int, end_ms: int) -> int:
    """How much of a line is spoken over, in ms."""
    return min(
        end_ms - start_ms,
        sum(max(0, min(end_ms, end) - max(start_ms, start)) for start, end in overlaps),
    )


def group_words(words: list[dict], turns: Turns) -> list[Run]:
    """Words of one segment as runs of one voice each, without runs that are too short, cut at the ends of sentences where one is near."""
    runs: list[Run] = []
    for word in words:
        label = turns.find_label(word["s"], word["e"])
        if runs and (label == runs[-1][0] or not label):
            runs[-1][1].append(word)
        else:
            runs.append((label, [word]))
    return _snap(_merge_short(runs))


def _merge_short(runs: list[Run]) -> list[Run]:
    """Give the shortest run to its longer neighbour until all are long enough."""
    runs = list(runs)
    while len(runs) > 1:
        i = min(range(len(runs)), key=lambda i: _length_ms(runs[i]))
        if len(runs[i][1]) >= MIN_WORDS and _length_ms(runs[i]) >= MIN_RUN_MS and runs[i][0]:
            return runs
        neighbours = [j for j in (i - 1, i + 1) if 0 <= j < len(runs)]
        label = runs[max(neighbours, key=lambda j: _length_ms(runs[j]))][0]
        runs[i] = (label, runs[i][1])
        runs = _join_equal(runs)
    return runs


def _join_equal(runs: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for label, words in runs:
        if joined and joined[-1][0] == label:
            joined[-1] = (label, joined[-1][1] + words)
        else:
            joined.append((label, words))
    return joined


def _length_ms(run: Run) -> int:
    return run[1][-1]["e"] - run[1][0]["s"]


def _snap(runs: list[Run]) -> list[Run]:
    """Move each edge to the nearest end of a sentence within SNAP_WORDS, if both sides keep MIN_WORDS."""
    for i in range(len(runs) - 1):
        (left_label, left), (right_label, right) = runs[i], runs[i + 1]
        words = left + right
        edges = [
            edge
            for edge in range(len(left) - SNAP_WORDS, len(left) + SNAP_WORDS + 1)
            if MIN_WORDS <= edge <= len(words) - MIN_WORDS and words[edge - 1]["w"].endswith(SENTENCE_ENDS)
        ]
        if edges:
            edge = min(edges, key=lambda edge: abs(edge - len(left)))
            runs[i], runs[i + 1] = (left_label, words[:edge]), (right_label, words[edge:])
    return runs
