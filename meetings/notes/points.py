"""The points of a chapter: the lines that people would take into an extract of the meeting, one sentence written for each."""

import re
from collections.abc import Sequence

import numpy as np

from ..language.words import get_stems
from .candidates import list_barred
from .cues import find_cues
from .items import Candidate, Task
from .lines import Line

# A point for so much talk; a chapter with more of them is not read.
MS_A_POINT = 60_000
MOST_POINTS = 4
# Long lines rank high because they hold much; beyond this many words they ramble.
LONGEST_WORDS = 40
MIN_STEMS = 3
# What begins so is somebody's own affair, or an answer.
_PERSONAL = re.compile(
    r"^(?:(?:and|so|but|well|okay|ok|yeah|yes|no|then),? )*(?:i|you|my|your|he|she)\b", re.IGNORECASE
)
# So near to another point it is the same one.
APART_LINES = 2


def find_points(task: Task, chapter: range, ranks: np.ndarray) -> list[Candidate]:
    """Candidates of kind "point" in order of time, the highest ranks that stand apart. Questions, doubtful lines, orders to a machine and what somebody says of
    themselves are none."""
    barred = list_barred(task.lines)
    lines = [task.lines[number] for number in chapter]
    spoken_ms = lines[-1].end_ms - lines[0].start_ms
    wanted = min(MOST_POINTS, max(1, round(spoken_ms / MS_A_POINT * task.share)))
    chosen: list[int] = []
    for line in sorted(lines, key=lambda line: -ranks[line.number]):
        if len(chosen) >= wanted:
            break
        if line.number not in barred and _may_be_point(line, task) and _is_apart(line.number, chosen):
            chosen.append(line.number)
    return [
        Candidate(
            kind="point",
            lines=_add_before(task.lines, number, task=task, first=chapter.start),
            clause=task.lines[number].text,
        )
        for number in sorted(chosen)
    ]


def _may_be_point(line: Line, task: Task) -> bool:
    says_enough = len(get_stems(line.text, language=task.language)) >= MIN_STEMS
    is_talk = line.text.rstrip().endswith("?") or _PERSONAL.match(line.text) is not None
    return says_enough and not is_talk and not line.is_unsure and len(line.text.split()) <= LONGEST_WORDS


def _is_apart(number: int, chosen: Sequence[int]) -> bool:
    return all(abs(number - other) >= APART_LINES for other in chosen)


def _add_before(lines: Sequence[Line], number: int, *, task: Task, first: int) -> tuple[int, ...]:
    """ "That is too early": what "that" is stands in the line before."""
    cues = find_cues(task.language)
    points_back = cues is not None and cues.backward.search(lines[number].text) is not None
    return (number - 1, number) if points_back and number > first else (number,)
