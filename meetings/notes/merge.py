"""Lines that say the same become one, with all their citations; what was settled otherwise goes."""

from collections.abc import Sequence
from dataclasses import replace

from ..language.words import are_alike, get_stems, list_numbers
from .items import DraftItem

# Of the shorter one's stems: when both cite a common row, and when they do not.
SHARE_SAME_SOURCE = 0.67
SHARE_ELSEWHERE = 0.85


def merge_items(items: Sequence[DraftItem], *, language: str) -> list[DraftItem]:
    """In order of time. Of two like lines the one with the stronger evidence keeps its words; citations are joined."""
    merged: list[DraftItem] = []
    for item in sorted(items, key=lambda item: item.position_ms):
        for position, earlier in enumerate(merged):
            if is_same(earlier, item, language=language):
                merged[position] = _join(earlier, item)
                break
        else:
            merged.append(item)
    return merged


def drop_overtaken(items: Sequence[DraftItem], *, language: str) -> list[DraftItem]:
    """Without points about what a decision settled with other numbers: "the plan says December 8th", when the 15th was decided on later."""
    decisions = [item for item in items if item.kind == "decision"]
    return [
        item
        for item in items
        if item.kind != "point" or not any(_overtakes(d, item, language=language) for d in decisions)
    ]


def _overtakes(decision: DraftItem, point: DraftItem, *, language: str) -> bool:
    new, old = (set(list_numbers(item.text, language=language)) for item in (decision, point))
    shared = get_stems(decision.text, language=language) & get_stems(point.text, language=language)
    words = {stem for stem in shared if not stem[0].isdigit()}
    return len(words) >= 2 and bool(new) and bool(old) and not new & old


def is_same(left: DraftItem, right: DraftItem, *, language: str) -> bool:
    """Same kind, like words; two action items with different owners are two."""
    if left.kind != right.kind:
        return False
    if left.kind == "action" and _owner(left) and _owner(right) and _owner(left) != _owner(right):
        return False
    a, b = (get_stems(item.text, language=language) for item in (left, right))
    shared = set(left.segment_ids) & set(right.segment_ids)
    return are_alike(a, b, share=SHARE_SAME_SOURCE if shared else SHARE_ELSEWHERE)


def _owner(item: DraftItem) -> str:
    return item.owner_name or (str(item.owner_speaker_id) if item.owner_speaker_id else "")


def _join(left: DraftItem, right: DraftItem) -> DraftItem:
    kept, other = (right, left) if right.strength > left.strength else (left, right)
    return replace(
        kept,
        segment_ids=tuple(dict.fromkeys([*left.segment_ids, *right.segment_ids])),
        position_ms=min(left.position_ms, right.position_ms),
        owner_speaker_id=kept.owner_speaker_id or other.owner_speaker_id,
        owner_name=kept.owner_name or other.owner_name,
        due_on=kept.due_on or other.due_on,
        due_text=kept.due_text or other.due_text,
        own_note_id=kept.own_note_id or other.own_note_id,
        slide_ids=tuple(dict.fromkeys([*kept.slide_ids, *other.slide_ids])),
    )
