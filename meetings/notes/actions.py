"""Action items from speech acts: who asked, who took it, until when.

    request ──accepted by another voice──▶ one item, both lines cited
    need ("somebody should") ──taken by "I'll do it"──▶ the taker's
    commit ──same thing again within a few lines──▶ one item
    "both by Thursday" ──▶ the due date of the items just before

Nobody is made an owner who was not called or did not speak up.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from ..language.dates import find_due_date
from ..language.words import are_alike, get_stems
from .acts import Act, clean_name, list_acts
from .cues import Cues
from .items import Candidate
from .lines import Line
from .people import People

# An answer to a request comes at once; in a call with many voices others may speak in between.
ANSWER_LINES = 4
# Two mentions of one task are one task when they stand this near and share most of their words.
SAME_TASK_LINES = 14
SHARED_DEADLINE_LINES = 5
SAME_TASK_SHARE = 0.6
SAME_DAY_SHARE = 0.3
# Who gives a task says it shortly; what runs on is mostly a tale with "I'll" in it.
LONGEST_TASK_WORDS = 22
_BASE_STRENGTH = {"request": 1.4, "commit": 1.4, "assign": 0.6, "need": 0.7}


@dataclasses.dataclass
class _Task:
    """A task while it is put together. `owner`: voice id; `called`: name; `is_closed`: somebody took it."""

    act: Act
    lines: list[int]
    strength: float
    owner: int | None = None
    called: str = ""
    is_taken: bool = False
    due_on: dt.date | None = None
    due_text: str = ""
    clauses: list[str] = dataclasses.field(default_factory=list)


class ActionFinder:
    """Goes over the lines once and keeps what is open. `find` returns candidates in order of time."""

    def __init__(
        self, lines: Sequence[Line], *, cues: Cues, people: People, held_on: dt.date, language: str
    ) -> None:
        self.lines, self.cues, self.people, self.held_on, self.language = (
            lines,
            cues,
            people,
            held_on,
            language,
        )
        self.tasks: list[_Task] = []

    def find(self) -> list[Candidate]:
        acts: dict[int, list[Act]] = {}
        for act in list_acts(self.lines, self.cues):
            acts.setdefault(act.line, []).append(act)
        for line in self.lines:
            line_acts = acts.get(line.number, [])
            if (not line_acts or all(act.is_pronoun for act in line_acts)) and self._hear_answer(line):
                continue
            for act in line_acts:
                self._hear_act(act, line)
            if not any(act.is_work and not act.is_pronoun for act in line_acts):
                self._hear_shared_deadline(line)
        self._join_by_date()
        return [self._make_candidate(task) for task in self.tasks if task.strength > 0]

    def _join_by_date(self) -> None:
        """One owner, one day, and a word in common nearby: "pull the newsletter today" and "reschedule the newsletter" are one thing."""
        for later in list(self.tasks):
            for earlier in self.tasks:
                if later is earlier or earlier.owner is None or earlier.due_on is None:
                    continue
                same = (earlier.owner, earlier.due_on) == (later.owner, later.due_on)
                near = 0 <= later.lines[0] - earlier.lines[-1] <= SAME_TASK_LINES
                if same and near and self._is_same_task(earlier, later, share=SAME_DAY_SHARE):
                    later.lines = sorted({*earlier.lines, *later.lines})
                    self.tasks.remove(earlier)
                    break

    # --- one act --------------------------------------------------------------------------------
    def _hear_act(self, act: Act, line: Line) -> None:
        if act.kind in ("commit", "assign") and self._take_up(act, line):
            return
        if act.is_pronoun and act.kind == "commit" and not act.is_work:
            return
        task = _Task(act=act, lines=[line.number], strength=self._weigh(act, line))
        task.clauses.append(act.task)
        if act.kind == "commit":
            task.owner, task.is_taken = line.speaker_id, True
        elif act.name:
            # A role that is named with its work is seldom anything else.
            task.called, task.strength = act.name, task.strength + (0.7 if act.is_role else 0.5)
        self._set_due(task, act.clause)
        self._add_antecedent(task, act, line)
        if not self._is_repeated(task):
            self.tasks.append(task)

    def _weigh(self, act: Act, line: Line) -> float:
        """See docs/notes.md. "Do that" says little, "if I write it" less."""
        strength = _BASE_STRENGTH[act.kind] + (0.8 if act.is_work else -0.5)
        strength -= 0.8 if act.is_hedged else 0.0
        strength -= 0.6 if not get_stems(act.task, language=self.language) else 0.0
        strength -= 0.8 if len(act.task.split()) > LONGEST_TASK_WORDS else 0.0
        return strength + (0.6 if self.cues.later.search(line.text) else 0.0)

    def _take_up(self, act: Act, line: Line) -> bool:
        """ "I'll do it", "I'll open a ticket for it": an answer to what was asked just before, with its own words and due date."""
        for task in reversed(self.tasks):
            gap = line.number - task.lines[-1]
            if gap > ANSWER_LINES or task.is_taken:
                continue
            if task.act.kind == "commit" or (
                self.lines[task.lines[0]].speaker_id == line.speaker_id and task.act.kind == "request"
            ):
                continue
            same = self._share_words(task.clauses[-1], act.task)
            backward = act.is_pronoun or self.cues.backward.search(act.task) is not None
            if not (same or (backward and gap <= 3)) or act.kind == "assign":
                continue
            self._settle(task, line, by=line.speaker_id)
            if not act.is_pronoun:
                task.clauses.append(act.task)
            self._set_due(task, act.clause)
            return True
        return False

    def _settle(self, task: _Task, line: Line, *, by: int | None) -> None:
        task.is_taken, task.strength = True, task.strength + 1.0
        task.owner = by
        if line.number not in task.lines:
            task.lines.append(line.number)

    def _hear_answer(self, line: Line) -> bool:
        """ "Sure", "will do", "Thursday works", or "I can't", said by somebody else than who asked. True: it answered a request."""
        for task in reversed(self.tasks):
            if line.number - task.lines[-1] > ANSWER_LINES - 1:
                break
            if (
                task.is_taken
                or task.act.kind != "request"
                or self.lines[task.act.line].speaker_id == line.speaker_id
            ):
                continue
            if task.called and not self.people.may_be(line.speaker_id, task.called):
                continue
            if self.cues.refuse.search(line.text):
                task.called, task.strength = "", task.strength - 1.5
            elif self.cues.accept.search(line.text):
                self._settle(task, line, by=line.speaker_id)
                # In free talk "yeah" only says that somebody listens.
                task.strength -= 0.0 if task.called or self.cues.willing.search(line.text) else 0.7
                self._set_due(task, line.text)
            else:
                return False
            return True
        return False

    def _hear_shared_deadline(self, line: Line) -> None:
        if not self.cues.shared_deadline.search(line.text):
            return
        due = find_due_date(line.text, held_on=self.held_on, language=self.language)
        if due is None:
            return
        near = [
            t for t in self.tasks if line.number - t.lines[-1] <= SHARED_DEADLINE_LINES and t.due_on is None
        ]
        count = (
            2
            if "both" in line.text.lower()
            else (
                len(near)
                if "all" in line.text.lower().split()
                else (2 if "these" in line.text.lower() else 1)
            )
        )
        for task in near[-count:]:
            task.due_on, task.due_text = due.on, due.text
            task.lines.append(line.number)
            task.strength += 0.5

    # --- what belongs to a task -----------------------------------------------------------------
    def _set_due(self, task: _Task, text: str) -> None:
        due = find_due_date(text, held_on=self.held_on, language=self.language)
        if due is not None:
            task.strength += 0.6 if task.due_on is None else 0
            task.due_on, task.due_text = due.on, due.text

    def _add_antecedent(self, task: _Task, act: Act, line: Line) -> None:
        """ "I take the CSV one": what is meant stands in the sentence before. "Let's ask finance": what about, in the two before."""
        is_bare = act.kind == "need" and len(get_stems(act.task, language=self.language)) <= 2
        back = 2 if is_bare else int(self.cues.backward.search(act.task) is not None)
        before = line.text.partition(act.clause)[0]
        if len(get_stems(before, language=self.language)) >= 2:
            # "The page shows the old name, somebody should fix that": what is meant stands in the line itself.
            back = 0
        task.lines[:0] = range(max(0, line.number - back), line.number)

    def _is_repeated(self, task: _Task) -> bool:
        """Said before: by the same person, or handed out to the person who had just said so. The earlier one takes the new words and date."""
        for earlier in reversed(self.tasks):
            if task.lines[0] - earlier.lines[-1] > SAME_TASK_LINES:
                continue
            if not self._is_same_task(earlier, task) or not self._may_be_one(earlier, task):
                continue
            earlier.lines = sorted({*earlier.lines, *task.lines})
            earlier.strength = max(earlier.strength, task.strength) + 0.3
            if (task.act.kind == "request" and not earlier.is_taken) or (
                task.act.kind == "request" and earlier.act.kind == "commit"
            ):
                earlier.act, earlier.called = task.act, task.called or earlier.called
                earlier.is_taken = False
            earlier.clauses.append(task.clauses[0])
            earlier.owner = earlier.owner or task.owner
            if task.due_on:
                earlier.due_on, earlier.due_text = task.due_on, task.due_text
            return True
        return False

    def _may_be_one(self, earlier: _Task, task: _Task) -> bool:
        if earlier.owner is not None and task.owner is not None:
            return earlier.owner == task.owner
        if task.called and earlier.owner is not None:
            return self.people.may_be(earlier.owner, task.called)
        if earlier.called and task.owner is not None:
            return self.people.may_be(task.owner, earlier.called)
        return not (earlier.called and task.called) or earlier.called == task.called

    def _is_same_task(self, earlier: _Task, task: _Task, *, share: float = SAME_TASK_SHARE) -> bool:
        """ "Pull it" means what its own line speaks of, so a task with a pronoun is compared by its whole line."""
        texts = []
        for each in (earlier, task):
            clauses = " ".join(each.clauses)
            texts.append(self.lines[each.act.line].text if self.cues.backward.search(clauses) else clauses)
        return self._share_words(*texts, share=share)

    def _share_words(self, left: str, right: str, *, share: float = SAME_TASK_SHARE) -> bool:
        a, b = (get_stems(text, language=self.language) for text in (left, right))
        return are_alike(a, b, share=share)

    # --- the result -----------------------------------------------------------------------------
    def _make_candidate(self, task: _Task) -> Candidate:
        owner, name = task.owner, ""
        if task.called and clean_name(task.called, self.cues):
            name = self.people.resolve_name(task.called)
            owner = self.people.find_speaker(name) or (owner if task.is_taken else None)
        elif task.called:
            name = task.called[0].upper() + task.called[1:]
        return Candidate(
            kind="action",
            lines=tuple(sorted(set(task.lines))),
            clause=task.clauses[-1]
            if len(task.clauses[-1].split()) >= len(task.clauses[0].split())
            else task.clauses[0],
            strength=round(task.strength, 2),
            owner_speaker_id=owner,
            owner_name=name or self.people.get_heard_name(owner),
            due_on=task.due_on.isoformat() if task.due_on else "",
            due_text=task.due_text[:100],
        )
