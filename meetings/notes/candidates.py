"""Which lines may carry an item, by the cues of the meeting's language, and which of them are worth a prompt."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from ..language.words import get_stems
from .actions import ActionFinder
from .cues import Cues, find_cues, is_machine_order
from .decisions import DecisionFinder
from .items import Candidate, Task
from .lines import Line
from .open_points import find_questions, find_risks
from .ranking import Ranks

# Weaker candidates are not worth a prompt; see docs/notes.md for what the numbers are made of.
MIN_STRENGTH = {"action": 1.5, "decision": 1.8, "question": 1.8, "risk": 1.7}
# The strongest only: so many, and so many more per minute of speech.
MOST = {"action": (8, 0.5), "decision": (6, 0.25), "question": (4, 0.15), "risk": (3, 0.08)}
# What a line's rank adds to the strength where more was found than is written. On AMI's dev meetings, as many action items as before: 10 of 35 covered instead of 6.
RANK_WEIGHT = 0.5
# A weaker cue is enough in a line that ranks high.
HIGH_RANK, SPARED_STRENGTH = 1.0, 1.0
# Without any cue: from this rank on, so many, and so many more per minute. Read one by one, about half of AMI's lines above it carry a task.
UNCUED_RANK = 2.0
MOST_UNCUED = {"action": (2, 0.15), "decision": (1, 0.1)}
MIN_UNCUED_STEMS = 3


def find_candidates(task: Task) -> list[Candidate]:
    """By the cues of the meeting's language; orders to a machine are no source."""
    cues = find_cues(task.language)
    actions = ActionFinder(
        task.lines, cues=cues, people=task.people, held_on=task.held_on, language=task.language
    )
    found = [
        *actions.find(),
        *DecisionFinder(task.lines, cues=cues, language=task.language).find(),
        *find_questions(task.lines, cues=cues, language=task.language),
        *find_risks(task.lines, cues=cues, language=task.language),
    ]
    barred = list_barred(task.lines)
    cleared = (dataclasses.replace(c, lines=tuple(n for n in c.lines if n not in barred)) for c in found)
    return [candidate for candidate in cleared if candidate.lines]


def list_barred(lines: Sequence[Line]) -> frozenset[int]:
    """Numbers of lines that give orders to a machine, with what the same voice says right after: they are read, but support nothing."""
    barred: set[int] = set()
    turns = {line.turn for line in lines if is_machine_order(line.text)}
    for line in lines:
        if line.turn in turns and (is_machine_order(line.text) or line.number - 1 in barred):
            barred.add(line.number)
    return frozenset(barred)


def choose_candidates(
    candidates: Sequence[Candidate],
    lines: Sequence[Line],
    *,
    ranks: Ranks | None = None,
    share: float = 1.0,
) -> list[Candidate]:
    """The strongest of each kind, in order of time. With ranks, what ranks high goes first. `share`: how many of what is usual."""
    minutes = sum(line.end_ms - line.start_ms for line in lines) / 60_000
    chosen: list[Candidate] = []
    for kind, (base, per_minute) in MOST.items():
        rank = _rank_by_lines(ranks.get(kind) if ranks else None)
        fit = [c for c in candidates if c.kind == kind and _is_strong(c, rank(c))]
        fit = [c for c in fit if not _rests_on_doubt(c, lines)]
        fit.sort(key=lambda candidate: -(candidate.strength + RANK_WEIGHT * rank(candidate)))
        chosen += fit[: round((base + per_minute * minutes) * share)]
    return sorted(chosen, key=lambda candidate: (candidate.lines[0], candidate.kind))


def _rank_by_lines(ranks: np.ndarray | None):
    """The rank of a candidate is that of its best line; 0, in the middle, without ranks."""

    def rank(candidate: Candidate) -> float:
        best = (
            max((float(ranks[number]) for number in candidate.lines), default=0.0)
            if ranks is not None
            else 0.0
        )
        return best if np.isfinite(best) else 0.0

    return rank


def _is_strong(candidate: Candidate, rank: float) -> bool:
    spared = SPARED_STRENGTH if rank >= HIGH_RANK else 0.0
    return candidate.strength >= MIN_STRENGTH[candidate.kind] - spared


def find_uncued(task: Task, ranks: Ranks | None, *, chosen: Sequence[Candidate]) -> list[Candidate]:
    """Lines without a cue that rank very high, the highest first: "we are looking for a working design when we come back". None where something was found."""
    cues = find_cues(task.language)
    if ranks is None or cues is None:
        return []
    minutes = sum(line.end_ms - line.start_ms for line in task.lines) / 60_000
    taken = {*list_barred(task.lines), *(number for candidate in chosen for number in candidate.lines)}
    found: list[Candidate] = []
    for kind, (base, per_minute) in MOST_UNCUED.items():
        high = [int(n) for n in np.argsort(-ranks[kind], kind="stable") if ranks[kind][n] >= UNCUED_RANK]
        free = [
            n for n in high if n not in taken and _may_stand_uncued(task.lines[n], kind, cues, task.language)
        ]
        for number in free[: round(base + per_minute * minutes)]:
            taken.add(number)
            found.append(Candidate(kind=kind, lines=(number,), clause="", strength=MIN_STRENGTH[kind]))
    return found


def _may_stand_uncued(line: Line, kind: str, cues: Cues, language: str) -> bool:
    """Words of duty or of what will be, and for a decision no doubt."""
    is_bound = cues.bound.search(line.text) is not None and not line.text.rstrip().endswith("?")
    is_loose = kind == "decision" and cues.loose.search(line.text) is not None
    says_enough = len(get_stems(line.text, language=language)) >= MIN_UNCUED_STEMS
    return is_bound and says_enough and not is_loose and not line.is_unsure


def _rests_on_doubt(candidate: Candidate, lines: Sequence[Line]) -> bool:
    """Do the words that carry it stand in a line whose words the recogniser doubts? A misheard line makes a task that nobody gave."""
    carrying = [n for n in candidate.lines if candidate.clause and candidate.clause in lines[n].text]
    return bool(carrying) and all(lines[number].is_unsure for number in carrying)
