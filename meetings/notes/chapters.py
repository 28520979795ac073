"""Chapters: where the talk turns to something else.

Between two neighbouring blocks of lines the likeness of their sentence vectors is measured; a chapter begins in a deep valley of that curve
(TextTiling, Hearst 1997, aclanthology.org/J97-1003, with vectors in place of word counts). Nothing is left out: every line is in one chapter.
"""

import math
from collections.abc import Sequence

import numpy as np

from .lines import Line

SHORTEST_MS, LONGEST_MS = 30_000, 480_000
# Chapters = so many times the square root of the minutes: 3 in three and a half minutes, 5 in ten, 12 in an hour. A list one can overlook.
CHAPTERS_PER_ROOT = 1.6
BLOCK_LINES = 6
# A token is at least three characters in most languages; a chapter is one prompt.
CHARS_PER_TOKEN = 3.0


def cut_chapters(lines: Sequence[Line], vectors: np.ndarray, *, max_tokens: int) -> list[range]:
    """Ranges of line numbers that cover all lines. `vectors`: float32 (len(lines), n), length 1; `max_tokens`: of one chapter's text."""
    if not lines:
        return []
    max_chars = int(max_tokens * CHARS_PER_TOKEN)
    target_ms = choose_length(lines[-1].end_ms - lines[0].start_ms)
    depths = _measure_depths(vectors)
    bounds = _choose_bounds(lines, depths, target_ms=target_ms)
    chapters: list[range] = []
    for start, end in zip([0, *bounds], [*bounds, len(lines)], strict=True):
        chapters += _split_long(lines, start, end, depths, max_chars=max_chars)
    return chapters


def choose_length(spoken_ms: int) -> int:
    """About how long a chapter of a meeting of this length is."""
    return round(max(1, spoken_ms) / max(1.0, CHAPTERS_PER_ROOT * math.sqrt(spoken_ms / 60_000)))


def _measure_depths(vectors: np.ndarray) -> np.ndarray:
    """How deep the valley before each line is; shape (lines,), 0 at the first."""
    count = len(vectors)
    likeness = np.ones(count)
    for i in range(1, count):
        left = vectors[max(0, i - BLOCK_LINES) : i].mean(axis=0)
        right = vectors[i : i + BLOCK_LINES].mean(axis=0)
        likeness[i] = float(left @ right) / max(1e-9, float(np.linalg.norm(left) * np.linalg.norm(right)))
    depths = np.zeros(count)
    for i in range(1, count):
        left_peak = likeness[max(1, i - BLOCK_LINES) : i + 1].max()
        right_peak = likeness[i : i + BLOCK_LINES + 1].max()
        depths[i] = left_peak + right_peak - 2 * likeness[i]
    return depths


def _choose_bounds(lines: Sequence[Line], depths: np.ndarray, *, target_ms: int) -> list[int]:
    """The deepest valleys first, none within the shortest length of another, until chapters have about the target length."""
    first, last = lines[0].start_ms, lines[-1].end_ms
    wanted = max(0, round((last - first) / target_ms) - 1)
    bounds: list[int] = []
    for i in np.argsort(-depths, kind="stable"):
        if len(bounds) >= wanted or depths[i] <= 0:
            break
        starts = [first, last, *(lines[b].start_ms for b in bounds)]
        if (
            all(abs(lines[i].start_ms - start) >= SHORTEST_MS for start in starts)
            and lines[i].turn != lines[i - 1].turn
        ):
            bounds.append(int(i))
    return sorted(bounds)


def _split_long(
    lines: Sequence[Line], start: int, end: int, depths: np.ndarray, *, max_chars: int
) -> list[range]:
    """Halves, at the deepest valley of the middle, until each is short enough for one prompt and for a reader."""
    chars = sum(len(line.text) + len(line.name) + 3 for line in lines[start:end])
    spoken_ms = lines[end - 1].end_ms - lines[start].start_ms
    if end - start <= 1 or (chars <= max_chars and spoken_ms <= LONGEST_MS):
        return [range(start, end)]
    quarter = max(1, (end - start) // 4)
    middle = range(start + quarter, max(start + quarter + 1, end - quarter))
    cut = max(middle, key=lambda i: depths[i])
    return [
        *_split_long(lines, start, cut, depths, max_chars=max_chars),
        *_split_long(lines, cut, end, depths, max_chars=max_chars),
    ]
