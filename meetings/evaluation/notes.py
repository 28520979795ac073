"""Scores of the notes: action items, decisions, citations, traps."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

from .matching import match_texts
from .outcome import Outcome, WrittenItem
from .reference import ExpectedItem, Reference
from .support import Verdict, check_support
from .traps import CaughtTrap, build_trap, find_traps


@dataclasses.dataclass(frozen=True)
class ListScore:
    """Required lines and how many were found; `written` counts all lines of the kind, `matched` those that matched any expected line."""

    required: int
    found: int
    written: int
    matched: int

    @property
    def recall(self) -> float | None:
        return self.found / self.required if self.required else None

    @property
    def precision(self) -> float | None:
        return self.matched / self.written if self.written else None


@dataclasses.dataclass(frozen=True)
class ActionScore(ListScore):
    """Owners and due dates, of the required items that were found.

    `owners_right`: the name shown is the right one. `owner_voices_right`: the item hangs on the right voice, whatever its name (a person
    names a voice once). `found_with_owner`: required items found whose owner is right by name. `dates_required`: items with a due date in
    the reference; `dates_invented`: a date where the reference has none.
    """

    owners_scored: int = 0
    owners_right: int = 0
    owner_voices_right: int = 0
    dates_required: int = 0
    dates_right: int = 0
    dates_invented: int = 0


@dataclasses.dataclass(frozen=True)
class NotesScore:
    """None where the reference has no annotation. `verdicts`: every line shown, with the second opinion on its sources."""

    actions: ActionScore | None
    decisions: ListScore | None
    verdicts: list[Verdict]
    traps_known: int
    traps_caught: list[CaughtTrap]

    @property
    def unsupported(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.is_supported]

    @property
    def uncited(self) -> int:
        return sum(verdict.reason in ("no_citation", "dangling_citation") for verdict in self.verdicts)

    @property
    def support_share(self) -> float | None:
        return 1 - len(self.unsupported) / len(self.verdicts) if self.verdicts else None

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(verdict.reason for verdict in self.unsupported))


def score_notes(reference: Reference, outcome: Outcome, *, voices: dict[str, str]) -> NotesScore:
    """`voices`: our speaker id → the reference's person, from `score_voices`; may be empty."""
    language = reference.language or "en"
    expected = [*(reference.action_items or []), *(reference.decisions or [])]
    right_lines = [f"{item.text} {item.owner or ''}" for item in expected]
    traps = [build_trap(text, expected=right_lines, language=language) for text in reference.traps]
    actions = outcome.items_of("action")
    return NotesScore(
        actions=_score_actions(reference, actions, voices=voices, language=language),
        decisions=_score_list(reference.decisions, outcome.items_of("decision"), language=language),
        verdicts=[
            check_support(item, speakers=outcome.speakers, people=reference.attendees, language=language)
            for item in outcome.items
        ],
        traps_known=len(traps),
        traps_caught=find_traps(traps, outcome.items, language=language),
    )


def _pair_up(
    expected: Sequence[ExpectedItem], written: Sequence[WrittenItem], *, language: str
) -> list[tuple[ExpectedItem, WrittenItem]]:
    pairs = match_texts([e.text for e in expected], [w.text for w in written], language=language)
    return [(expected[pair.expected], written[pair.written]) for pair in pairs]


def _score_list(
    expected: Sequence[ExpectedItem] | None, written: Sequence[WrittenItem], *, language: str
) -> ListScore | None:
    if expected is None:
        return None
    pairs = _pair_up(expected, written, language=language)
    return ListScore(
        required=sum(item.is_required for item in expected),
        found=sum(item.is_required for item, _ in pairs),
        written=len(written),
        matched=len(pairs),
    )


def _score_actions(
    reference: Reference, written: Sequence[WrittenItem], *, voices: dict[str, str], language: str
) -> ActionScore | None:
    expected = reference.action_items
    base = _score_list(expected, written, language=language)
    if base is None:
        return None
    pairs = [(e, w) for e, w in _pair_up(expected, written, language=language) if e.is_required]
    owned = [(e, w) for e, w in pairs if e.has_owner_annotation]
    return ActionScore(
        **dataclasses.asdict(base),
        owners_scored=sum(e.is_required and e.has_owner_annotation for e in expected),
        owners_right=sum(is_same_person(e.owner, w.owner) for e, w in owned),
        owner_voices_right=sum(
            is_same_person(e.owner, voices.get(w.owner_speaker or "", w.owner)) for e, w in owned
        ),
        dates_required=sum(e.is_required and e.due_on is not None for e in expected),
        dates_right=sum(e.due_on is not None and e.due_on == w.due_on for e, w in pairs),
        dates_invented=sum(e.due_on is None and w.due_on is not None for e, w in owned),
    )


def is_same_person(expected: str | None, written: str | None) -> bool:
    """Both nobody, or one name's words are all in the other ("Tom" is "Tom Baker")."""
    left, right = (set((name or "").casefold().split()) for name in (expected, written))
    if not left or not right:
        return not left and not right
    return left <= right or right <= left
