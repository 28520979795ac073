"""The words of one line of the notes, from what it cites: the prompt of its kind, then the check of all notes."""

from typing import Any

from ..models import ActionItem, NoteItem
from ..notes.check import Checker
from ..notes.item_writing import ask_for_texts, shape
from ..notes.items import Candidate, DraftItem
from ..notes.lines import load_lines
from ..notes.model import Writer
from .draft import make_task


def write_line(item: NoteItem | ActionItem, *, writer: Writer) -> str:
    """Empty: it cites nothing any more, or nothing that holds could be written. Raises InferenceUnavailable (retryable)."""
    lines = load_lines(item.meeting)
    cited = set(item.list_cited())
    numbers = tuple(line.number for line in lines if cited & set(line.segment_ids))
    if not numbers:
        return ""
    kind = "action" if isinstance(item, ActionItem) else item.kind
    owner = item.owner_display if isinstance(item, ActionItem) else ""
    # A sentence of the summary is asked for as a point is.
    asked_as = "point" if kind == "summary" else kind
    candidate = Candidate(kind=asked_as, lines=numbers, clause="", owner_name=owner)
    task = make_task(item.meeting, lines)
    texts = ask_for_texts(task, candidate, writer=writer)
    said = [lines[number].text for number in numbers]
    draft = DraftItem(
        kind=kind,
        text=shape(texts[0], candidate, task=task, said=said) if texts else "",
        segment_ids=tuple(cited),
        position_ms=lines[numbers[0]].start_ms,
        owner_name=owner,
    )
    segments = {s.pk: s for s in item.meeting.segments.select_related("speaker").in_order()}
    checked = Checker(task=task, segments=segments, writer=writer, store=_NoStore()).check(draft)
    return checked.text if checked else ""


class _NoStore:
    """A repair that is asked for once needs no keeping."""

    def get(self, key: str) -> Any:
        return None

    def put(self, key: str, value: Any) -> None:
        pass
