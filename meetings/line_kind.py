"""Lines made by hand, and lines that change between the notes and the action items; both keep what was, so that nothing is lost."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from .models import ActionItem, Meeting, NoteItem, SlideCitation, User


def add_line(
    meeting: Meeting, kind: str, text: str, *, cites: Iterable[int] = (), by: User, **more
) -> NoteItem | ActionItem:
    """A line of a person, at the end of its kind. `kind`: of NoteItem.Kind, or "action", which is open at once; `more`: other fields. Raises ValueError for a point
    where there is no topic."""
    with transaction.atomic():
        if kind == "action":
            item = ActionItem(
                meeting=meeting, state=ActionItem.State.OPEN, position=_find_end(meeting.action_items)
            )
            place = {}
        else:
            item = NoteItem(meeting=meeting, position=_find_end(meeting.note_items))
            place = item.place_as(kind, at_ms=_find_start_ms(meeting, cites))
            if not place:
                raise ValueError("a point needs a topic")
            item.kind, item.topic = place["kind"], place["topic"]
        item.save()
        item.edit(by=by, what="add", text=text, cites=cites, **more)
    return item


def turn_into_action(
    item: NoteItem, *, text: str, version: int | None, cites: list[int] | None, by: User
) -> ActionItem | None:
    """An open action item in the place of the line, which is taken out. None: somebody was faster."""
    with transaction.atomic():
        sources = item.list_cited() if cites is None else cites
        if not item.edit(by=by, version=version, what="to_action", removed_at=timezone.now()):
            return None
        made = add_line(item.meeting, "action", text, cites=sources, by=by)
        _copy_slides(item, action_item=made)
        return made


def turn_into_note(
    item: ActionItem, kind: str, *, text: str, version: int | None, cites: list[int] | None, by: User
) -> NoteItem | None:
    """A line of the notes in the place of the item, which is dropped, so that it is not suggested again. None: somebody was faster."""
    with transaction.atomic():
        sources = item.list_cited() if cites is None else cites
        if not item.edit(by=by, version=version, what="to_note"):
            return None
        for move in (ActionItem.Move.REOPEN, ActionItem.Move.REFUSE, ActionItem.Move.DROP):
            item.move(move, by=by)
        made = add_line(item.meeting, kind, text, cites=sources, by=by)
        _copy_slides(item, note_item=made)
        return made


def _copy_slides(item: NoteItem | ActionItem, **made: NoteItem | ActionItem) -> None:
    """The old line keeps its own, in case it is brought back."""
    slides = item.slide_citations.values_list("slide_id", flat=True)
    SlideCitation.objects.bulk_create(SlideCitation(slide_id=pk, **made) for pk in slides)


def _find_end(items) -> int:
    last = items.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _find_start_ms(meeting: Meeting, cites: Iterable[int]) -> int:
    first = meeting.segments.filter(pk__in=list(cites)).order_by("start_ms").first()
    return first.start_ms if first else 0
