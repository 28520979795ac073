"""Take back a change of speakers: what still is as that change left it becomes what it was; what was changed again since stays."""

from collections.abc import Iterable

from ..models import ActionItem, Citation, Meeting, Segment, Speaker, SpeakerChange, User
from .change import changing, in_parts
from .errors import NothingToUndo
from .texts import restore_in_notes


def undo_change(change: SpeakerChange, *, by: User) -> None:
    """Once, by one person. Raises NothingToUndo."""
    with changing(change.meeting):
        if not change.mark_undone(by=by):
            raise NothingToUndo
        kept = change.kept
        if "names" in kept and not _restore_names(kept["names"]):
            raise NothingToUndo
        if "split" in kept and not _join(kept["split"]):
            raise NothingToUndo
        if "moved" in kept and not _move_back(change.meeting, kept):
            raise NothingToUndo
        restore_in_notes(change.meeting, kept.get("texts", []))
        made = change.meeting.speakers.filter(pk__in=kept.get("made", []))
        made.filter(segments=None, action_items=None).delete()


def _restore_names(names: Iterable[list]) -> bool:
    rows = [Speaker.objects.filter(pk=pk, name=after).update(name=before) for pk, before, after in names]
    return any(rows)


def _move_back(meeting: Meeting, kept: dict) -> bool:
    """False: none of the lines is where the change put it."""
    places = _bring_back(meeting, kept.get("gone", []))
    to, fresh = kept["to"], set(kept["fresh"])
    moved = sum(
        _move_part(part, to=to, back=places.get(int(voice), int(voice)) if voice else None, fresh=fresh)
        for voice, lines in kept["moved"].items()
        for part in in_parts(lines)
    )
    for pk, owner in kept["owners"]:
        ActionItem.objects.filter(pk=pk, owner_speaker=to).update(owner_speaker=places.get(owner, owner))
    return bool(moved) or not kept["moved"]


def _move_part(lines: list[int], *, to: int, back: int | None, fresh: set[int]) -> int:
    if back is not None and not Speaker.objects.filter(pk=back).exists():
        # A later change has done away with the voice they came from.
        return 0
    rows = Segment.objects.filter(speaker=to)
    count = rows.filter(pk__in=[pk for pk in lines if pk in fresh]).update(
        speaker_id=back, speaker_given_at=None
    )
    return count + rows.filter(pk__in=[pk for pk in lines if pk not in fresh]).update(speaker_id=back)


def _bring_back(meeting: Meeting, gone: list[dict]) -> dict[int, int]:
    """Voices under their old ids, so that earlier changes can still be taken back; id then → id now."""
    places = {}
    for row in gone:
        row = dict(row)
        pk, label = row.pop("pk"), row.pop("label")
        found, _ = Speaker.objects.get_or_create(meeting=meeting, label=label, defaults=row | {"pk": pk})
        places[pk] = found.pk
    return places


def _join(split: dict) -> bool:
    """The two parts of a line, when both still say what they said."""
    first = Segment.objects.filter(pk=split["first"], text=split["first_text"]).first()
    second = Segment.objects.filter(pk=split["second"], text=split["second_text"]).first()
    if first is None or second is None:
        return False
    for name in ("text", "words", "end_ms"):
        setattr(first, name, split[name])
    if split["is_fresh"]:
        first.speaker_given_at = None
    first.save(update_fields=["text", "words", "end_ms", "speaker_given_at"])
    _cite_first(first, second)
    second.delete()
    return True


def _cite_first(first: Segment, second: Segment) -> None:
    """What was written on the second part meanwhile rests on the whole line."""
    held = set(first.citations.values_list("note_item_id", "action_item_id"))
    rows = [row for row in second.citations.all() if (row.note_item_id, row.action_item_id) not in held]
    Citation.objects.bulk_create(
        Citation(note_item_id=row.note_item_id, action_item_id=row.action_item_id, segment=first)
        for row in rows
    )
