"""Which lines may carry an item, by the cues of the meeting's language, and which of them are worth a prompt."""

import dataclasses
from collections.abc import Sequence

from .actions import ActionFinder
from .cues import find_cues, is_machine_order
from .decisions import DecisionFinder
from .items import Candidate, Task
from .lines import Line
from .open_points import find_questions, find_risks

# Weaker candidates are not worth a prompt; see docs/notes.md for what the numbers are made of.
MIN_STRENGTH = {"action": 1.5, "decision": 1.8, "question": 1.8, "risk": 1.7}
# The strongest only: so many, and so many more per minute of speech.
MOST = {"action": (8, 0.5), "decision": (6, 0.25), "question": (4, 0.15), "risk": (3, 0.08)}


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
    candidates: Sequence[Candidate], lines: Sequence[Line], *, share: float = 1.0
) -> list[Candidate]:
    """The strongest of each kind, in order of time. `share`: how many of what is usual."""
    minutes = sum(line.end_ms - line.start_ms for line in lines) / 60_000
    chosen: list[Candidate] = []
    for kind, (base, per_minute) in MOST.items():
        fit = [c for c in candidates if c.kind == kind and c.strength >= MIN_STRENGTH[kind]]
        fit = [c for c in fit if not _rests_on_doubt(c, lines)]
        fit.sort(key=lambda candidate: -candidate.strength)
        chosen += fit[: round((base + per_minute * minutes) * share)]
    return sorted(chosen, key=lambda candidate: (candidate.lines[0], candidate.kind))


def _rests_on_doubt(candidate: Candidate, lines: Sequence[Line]) -> bool:
    """Do the words that carry it stand in a line whose words the recogniser doubts? A misheard line makes a task that nobody gave."""
    carrying = [n for n in candidate.lines if candidate.clause and candidate.clause in lines[n].text]
    return bool(carrying) and all(lines[number].is_unsure for number in carrying)
