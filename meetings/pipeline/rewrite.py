"""The words of one line of the notes, from what it cites: the prompt of its kind, then the check of all notes."""

from typing import Any

from ..models import ActionItem, NoteItem
from ..schemas import WrittenChapter, WrittenLine, WrittenLines
from .draft import make_task
from .notes.check import Checker
from .notes.items import KINDS, Candidate, DraftItem, Task
from .notes.lines import load_lines
from .notes.model import Writer
from .notes.phrasing import tidy
from .notes.prompts import build_messages, get_prompt, wrap_said, write_lines
from .notes.small import CHAPTER_TOKENS, ITEM_TOKENS, build_item_messages, shape


def write_line(item: NoteItem | ActionItem, *, writer: Writer) -> str:
    """Empty: it cites nothing any more, or nothing that holds could be written. Raises InferenceUnavailable (retryable)."""
    lines = load_lines(item.meeting)
    cited = set(item.list_cited())
    numbers = tuple(line.number for line in lines if cited & set(line.segment_ids))
    if not numbers:
        return ""
    kind = "action" if isinstance(item, ActionItem) else item.kind
    owner = item.owner_display if isinstance(item, ActionItem) else ""
    candidate = Candidate(kind=kind, lines=numbers, clause="", owner_name=owner)
    task = make_task(item.meeting, lines)
    draft = DraftItem(
        kind=kind,
        text=_ask(task, candidate, writer=writer),
        segment_ids=tuple(cited),
        position_ms=lines[numbers[0]].start_ms,
        owner_name=owner,
    )
    segments = {s.pk: s for s in item.meeting.segments.select_related("speaker").in_order()}
    checked = Checker(task=task, segments=segments, writer=writer, store=_NoStore()).check(draft)
    return checked.text if checked else ""


def _ask(task: Task, candidate: Candidate, *, writer: Writer) -> str:
    if candidate.kind in KINDS:
        messages = build_item_messages(task, candidate)
        if candidate.kind == "decision":
            several = writer.ask(messages, WrittenLines, max_tokens=2 * ITEM_TOKENS)
            return shape(several.texts[0], candidate) if several else ""
        one = writer.ask(messages, WrittenLine, max_tokens=ITEM_TOKENS)
        return shape(one.text, candidate) if one else ""
    # A point, and a sentence of the summary: what mattered most in these lines.
    prompt = get_prompt("chapter")
    said = wrap_said(write_lines([task.lines[number] for number in candidate.lines]))
    chapter = writer.ask(
        build_messages(prompt.text, said, more=task.more), WrittenChapter, max_tokens=CHAPTER_TOKENS
    )
    return tidy(chapter.sentence) if chapter else ""


class _NoStore:
    """A repair that is asked for once needs no keeping."""

    def get(self, key: str) -> Any:
        return None

    def put(self, key: str, value: Any) -> None:
        pass
