"""What must not be in the notes: jokes, dropped proposals, dates that no longer hold.

A reference describes a trap in a sentence, such as "raising starter to $19 was proposed, then dropped: not a decision" or "December 8 is
the old date". The *claim* is the sentence up to its first verb of explanation ("was", "is", "must", …) or colon: "raising starter to
$19". A line of the notes falls into the trap when it makes the claim:

- a claim with numbers: the line has all of them and at least one of the claim's other words;
- a claim without numbers: the line has all the claim's words that no expected line has ("the bonus for Marcus" → "bonus").

Not when the line itself says that it no longer holds ("moved from December 8 to December 15", "$19 was rejected"). A trap described as
"not a decision" is only looked for where a thing is stated as settled: decisions, action items and the summary. A due date counts as
words of its line. The lines found are printed, because only a person can be the judge in the end.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence

from .outcome import WrittenItem
from .stems import list_stems

_CLAIM_ENDS = re.compile(r"\s(?:is|are|was|were|must|should|may|has|had)\s|[:;]|,\s(?:then|but)\s")
_WITHDRAWN = re.compile(
    r"\b(?:instead of|rather than|no longer|old|former(?:ly)?|original(?:ly)?|previous(?:ly)?|dropp?(?:ed|ing)?|reject(?:ed|ing)?|"
    r"withdr[ae]wn?|cancel(?:led|ed)?|not|move[sd]? (?:\w+ ){0,4}from|resched\w+|postpone\w*|pull(?:ed|ing)?|delay\w*|too early|joke\w*)\b",
    re.IGNORECASE,
)
_SETTLED_KINDS = frozenset(["decision", "action", "summary"])


@dataclasses.dataclass(frozen=True)
class Trap:
    """`numbers` and `words` of the claim, stemmed; `own_words` are those that no expected line has."""

    text: str
    numbers: frozenset[str]
    words: frozenset[str]
    own_words: frozenset[str]
    only_where_settled: bool


@dataclasses.dataclass(frozen=True)
class CaughtTrap:
    trap: Trap
    item: WrittenItem


def build_trap(text: str, *, expected: Iterable[str] = (), language: str = "en") -> Trap:
    """`expected`: the lines that are right, with their owners' names."""
    claim = _CLAIM_ENDS.split(text, maxsplit=1)[0]
    stems = list_stems(claim, language=language)
    right = {stem for line in expected for stem in list_stems(line, language=language)}
    words = frozenset(stem for stem in stems if not stem[0].isdigit())
    return Trap(
        text=text,
        numbers=frozenset(stem for stem in stems if stem[0].isdigit()),
        words=words,
        own_words=(words - right) or words,
        only_where_settled="not a decision" in text,
    )


def find_traps(
    traps: Sequence[Trap], items: Sequence[WrittenItem], *, language: str = "en"
) -> list[CaughtTrap]:
    """Every line of the notes that falls into a trap."""
    return [
        CaughtTrap(trap, item)
        for trap in traps
        for item in items
        if _falls_into(trap, item, language=language)
    ]


def _falls_into(trap: Trap, item: WrittenItem, *, language: str) -> bool:
    if trap.only_where_settled and item.kind not in _SETTLED_KINDS:
        return False
    day = f" {item.due_on:%B %-d}" if item.due_on else ""
    stems = set(list_stems(item.text + day, language=language))
    if not trap.numbers <= stems:
        return False
    is_claimed = bool(trap.words & stems) if trap.numbers else trap.own_words <= stems
    return is_claimed and not _WITHDRAWN.search(item.text)
