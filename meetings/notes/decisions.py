"""Decisions: what was settled, as it stood at the end.

A line counts when it says so itself ("so we drop the starter tier") or when it proposes and another voice agrees before anybody objects.
Then later lines are heard: who objects at once, or settles the same thing differently, takes the earlier one back. A proposal that nobody
agreed to, and one that was overtaken, is not a decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..language.words import are_alike, get_stems, list_numbers
from .cues import Cues
from .items import Candidate
from .lines import Line

# How soon somebody agrees or objects.
ANSWER_LINES = 4
# Proposals of several lines, and answers to a question asked just before, are read together.
CONTEXT_LINES = 2
SAME_MATTER_SHARE = 0.6
# How far back a later settlement reaches for what it replaces, in lines.
REPLACED_LINES = 40
MIN_STEMS = 2
# A proposal of so few words ("I would rather keep it simple") is explained in the next sentence.
THIN_STEMS = 3
# With fewer words that carry meaning, a line needs those before it.
MIN_ALONE = 3


@dataclass
class _Matter:
    """Something proposed or settled. `lines` may be cited."""

    line: int
    lines: list[int]
    strength: float
    agreed_by: set[int | None]
    is_said: bool
    is_overtaken: bool = False


class DecisionFinder:
    """`find` returns candidates in order of time; those overtaken later are left out."""

    def __init__(self, lines: Sequence[Line], *, cues: Cues, language: str) -> None:
        self.lines, self.cues, self.language = lines, cues, language
        self.stems = [get_stems(line.text, language=language) for line in lines]

    def find(self) -> list[Candidate]:
        matters = [matter for line in self.lines if (matter := self._read_matter(line)) is not None]
        for matter in matters:
            self._hear_answers(matter)
        self._overtake(matters)
        kept = [m for m in matters if not m.is_overtaken and (m.is_said or m.agreed_by) and m.strength > 0]
        return [self._make_candidate(matter) for matter in self._drop_recaps(self._join(kept))]

    def _read_matter(self, line: Line) -> _Matter | None:
        says = self.cues.decide.search(line.text) is not None
        proposes = self.cues.propose.search(line.text) is not None
        recaps = self.cues.recap.search(line.text) is not None
        if not (says or proposes or recaps) or (line.text.rstrip().endswith("?") and not proposes):
            return None
        matter = _Matter(
            line=line.number,
            lines=[line.number],
            strength=1.6 if says else 0.8,
            agreed_by=set(),
            is_said=says or recaps,
        )
        if recaps:
            matter.strength = 1.8
        self._add_context(matter)
        if len(self._get_matter_stems(matter)) < MIN_STEMS or not (
            matter.is_said or self._names_matter(matter)
        ):
            return None
        return matter

    def _names_matter(self, matter: _Matter) -> bool:
        """ "Let's do nineteen" is understood from the question before it; "maybe we should redesign it" from nothing that was said."""
        if len(self.stems[matter.line]) >= MIN_STEMS:
            return True
        around = (self.lines[number].text for number in matter.lines if number != matter.line)
        return any(self.cues.propose.search(text) or self.cues.question.search(text) for text in around)

    def _add_context(self, matter: _Matter) -> None:
        """ "Let's decide that" needs the sentence beside it; "let's do nineteen" the question before it."""
        line = self.lines[matter.line]
        following = matter.line + 1
        if (
            len(self.stems[matter.line]) <= THIN_STEMS
            and following < len(self.lines)
            and self.lines[following].turn == line.turn
        ):
            matter.lines.append(following)
        if len(self._get_matter_stems(matter)) < MIN_ALONE:
            for back in range(1, CONTEXT_LINES + 1):
                number = matter.line - back
                if number < 0 or len(self._get_matter_stems(matter)) > MIN_ALONE:
                    break
                matter.lines.insert(0, number)

    def _get_matter_stems(self, matter: _Matter) -> frozenset[str]:
        return frozenset().union(*(self.stems[number] for number in matter.lines))

    def _hear_answers(self, matter: _Matter) -> None:
        """Agreement counts until the first objection."""
        last = max(matter.lines)
        speaker = self.lines[matter.line].speaker_id
        for line in self.lines[last + 1 : last + 1 + ANSWER_LINES]:
            if line.speaker_id == speaker and self.lines[last].turn == line.turn:
                continue
            if self._objects(line, matter):
                if not matter.agreed_by:
                    matter.is_overtaken = True
                return
            if self.cues.agree.search(line.text) and line.speaker_id != speaker:
                matter.agreed_by.add(line.speaker_id)
                matter.lines.append(line.number)
                matter.strength += 0.6
            elif self.cues.propose.search(line.text):
                return

    def _objects(self, line: Line, matter: _Matter) -> bool:
        agrees = self.cues.agree.search(line.text) is not None
        return self.cues.counter.search(line.text) is not None and not agrees

    def _overtake(self, matters: list[_Matter]) -> None:
        """A later settlement of the same matter with other numbers, or one that says no to it, replaces the earlier."""
        for position, later in enumerate(matters):
            if later.is_overtaken or not (later.is_said or later.agreed_by):
                continue
            for earlier in matters[:position]:
                if later.line - earlier.line > REPLACED_LINES or earlier.is_overtaken:
                    continue
                if self._replaces(later, earlier):
                    earlier.is_overtaken = True

    def _replaces(self, later: _Matter, earlier: _Matter) -> bool:
        old, new = (" ".join(self.lines[n].text for n in m.lines[:3]) for m in (earlier, later))
        shared = self._get_matter_stems(later) & self._get_matter_stems(earlier)
        words = {stem for stem in shared if not stem[0].isdigit()}
        old_numbers, new_numbers = (set(list_numbers(text, language=self.language)) for text in (old, new))
        return len(words) >= 2 and bool(old_numbers) and bool(new_numbers) and not old_numbers & new_numbers

    def _join(self, matters: list[_Matter]) -> list[_Matter]:
        """What overlaps or says the same nearby becomes one."""
        joined: list[_Matter] = []
        for matter in matters:
            for earlier in reversed(joined):
                overlap = set(earlier.lines) & set(matter.lines)
                same = are_alike(
                    self._get_matter_stems(earlier), self._get_matter_stems(matter), share=SAME_MATTER_SHARE
                )
                gap = min(matter.lines) - max(earlier.lines)
                touches = gap <= CONTEXT_LINES and self._shares_word(earlier, matter)
                if overlap or touches or (same and gap <= CONTEXT_LINES + 1):
                    earlier.lines = sorted({*earlier.lines, *matter.lines})
                    earlier.strength = max(earlier.strength, matter.strength) + 0.3
                    earlier.agreed_by |= matter.agreed_by
                    break
            else:
                joined.append(matter)
        return joined

    def _shares_word(self, left: _Matter, right: _Matter) -> bool:
        shared = self._get_matter_stems(left) & self._get_matter_stems(right)
        return any(not stem[0].isdigit() for stem in shared)

    def _drop_recaps(self, matters: list[_Matter]) -> list[_Matter]:
        """A summing-up that repeats what was settled before confirms it and adds no decision of its own."""
        kept: list[_Matter] = []
        for matter in matters:
            own = self._list_recapped(matter)
            before = frozenset().union(*(self._get_matter_stems(m) for m in kept))
            if not self.cues.recap.search(self.lines[matter.line].text) or len(own & before) < len(own) / 2:
                kept.append(matter)
        return kept

    def _list_recapped(self, matter: _Matter) -> frozenset[str]:
        """What is summed up: it stands beside "let me sum up", or in the same sentence."""
        beside = [self.stems[number] for number in matter.lines if number != matter.line]
        return frozenset().union(*beside) or self.stems[matter.line]

    def _make_candidate(self, matter: _Matter) -> Candidate:
        clause = max((self.lines[number] for number in matter.lines), key=self._weigh_clause)
        lines = tuple(sorted(set(matter.lines)))
        return Candidate(kind="decision", lines=lines, clause=clause.text, strength=round(matter.strength, 2))

    def _weigh_clause(self, line: Line) -> tuple[float, int]:
        """Which line says it best on its own: a settlement before a statement, that before a proposal or a question; the later of equals."""
        stems = min(6, len(self.stems[line.number]))
        settles = self.cues.decide.search(line.text) is not None and stems >= 2
        asks = (
            self.cues.propose.search(line.text) is not None
            or self.cues.question.search(line.text) is not None
        )
        return stems + 4 * settles - 3 * asks, line.number
