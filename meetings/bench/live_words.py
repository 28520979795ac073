"""How late a word is: from its end in the recording to the first moment at which the page shows it where it belongs.

Words that are never shown are errors, not delays; how many there are is told beside the delays. Which words were spoken when is told by an
offline pass over the very recording that was stored, so the clock is the recording's own.
"""

import dataclasses
import re
import statistics
from collections.abc import Sequence
from difflib import SequenceMatcher

from .figures import Figure

# How far the times of a caption and of a word in it may be apart.
NEAR_MS = 1_500
MEDIAN_LIMIT_S, P95_LIMIT_S = 1.2, 2.5


@dataclasses.dataclass(frozen=True)
class Shown:
    """A caption on the page: the clock of the recording when it was seen there, its words and their time."""

    at_ms: float
    start_ms: int
    end_ms: int
    text: str


@dataclasses.dataclass(frozen=True)
class Spoken:
    word: str
    end_ms: int


def list_words(text: str) -> list[str]:
    """As compared: lower case, no punctuation."""
    return re.findall(r"[\w']+", text.lower())


def measure_delays(spoken: Sequence[Spoken], shown: Sequence[Shown]) -> dict[int, float]:
    """Number of the word → seconds until it was shown."""
    delays: dict[int, float] = {}
    for caption in sorted(shown, key=lambda caption: caption.at_ms):
        low, high = caption.start_ms - NEAR_MS, caption.end_ms + NEAR_MS
        near = [number for number, word in enumerate(spoken) if low <= word.end_ms <= high]
        wanted = [spoken[number].word for number in near]
        matcher = SequenceMatcher(None, wanted, list_words(caption.text), autojunk=False)
        for block in matcher.get_matching_blocks():
            for number in near[block.a : block.a + block.size]:
                delays.setdefault(number, (caption.at_ms - spoken[number].end_ms) / 1000)
    return delays


def make_figures(spoken: Sequence[Spoken], shown: Sequence[Shown], *, by: str) -> list[Figure]:
    """`by`: through what it was measured. Growth: the median of the last third of the recording against that of the first."""
    delays = measure_delays(spoken, shown)
    if len(delays) < 3:
        return [Figure(f"{by}: words shown", len(delays), "words")]
    ordered = [delays[number] for number in sorted(delays)]
    third = len(ordered) // 3
    growth_s = statistics.median(ordered[-third:]) - statistics.median(ordered[:third])
    values = sorted(ordered)
    return [
        Figure(
            f"{by}: words shown after they were spoken, median",
            statistics.median(values),
            "s",
            MEDIAN_LIMIT_S,
        ),
        Figure(
            f"{by}: words shown after they were spoken, 95 %",
            values[int(len(values) * 0.95)],
            "s",
            P95_LIMIT_S,
        ),
        Figure(f"{by}: growth of the median, first to last third", growth_s, "s"),
        Figure(f"{by}: words shown", 100 * len(delays) / len(spoken), "% of those heard offline"),
    ]
