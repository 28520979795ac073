"""Checked lines → rows, without touching what a person wrote, ticked or refused."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from ..language.words import are_alike, get_stems
from ..models import ActionItem, Citation, Meeting, NoteItem, Notes, SlideCitation, Topic
from .items import DraftItem

# Of the shorter one's stems: a new line this like a person's is the same one, when both rest on a common row or anyway.
SHARE_SAME_SOURCE = 0.5
SHARE_ELSEWHERE = 0.8


@dataclass(frozen=True, kw_only=True)
class Chapter:
    title: str
    start_ms: int


def save_notes(
    meeting: Meeting, notes: Notes, *, items: Sequence[DraftItem], chapters: Sequence[Chapter]
) -> None:
    """Replace what an earlier run wrote. Call it in a transaction.

    Kept: lines a person edited, action items in any state but suggested. What is like a kept line, or like one that a person took out,
    is not written again, so a refused action item does not come back.
    """
    meeting.note_items.filter(edited_at=None).delete()
    meeting.action_items.filter(edited_at=None, state=ActionItem.State.SUGGESTED).delete()
    kept = _Kept(meeting, language=notes.language or "en")
    topics = _save_chapters(meeting, chapters)
    for position, item in enumerate(items):
        if kept.has_like(item):
            continue
        if item.kind == "action":
            _save_action(meeting, item, position=position)
        else:
            _save_note(meeting, item, position=position, topics=topics)
    notes.save()


class _Kept:
    """Lines of a person and the rows they rest on."""

    def __init__(self, meeting: Meeting, *, language: str) -> None:
        self.language = language
        rows = [
            *NoteItem.with_removed.filter(meeting=meeting).prefetch_related("citations"),
            *meeting.action_items.prefetch_related("citations"),
        ]
        self.lines = [
            (
                getattr(row, "kind", "action"),
                get_stems(row.text, language=language),
                {c.segment_id for c in row.citations.all()},
            )
            for row in rows
        ]

    def has_like(self, item: DraftItem) -> bool:
        stems = get_stems(item.text, language=self.language)
        for kind, own, rows in self.lines:
            share = SHARE_SAME_SOURCE if rows & set(item.segment_ids) else SHARE_ELSEWHERE
            if kind == item.kind and are_alike(stems, own, share=share):
                return True
        return False


def _save_chapters(meeting: Meeting, chapters: Sequence[Chapter]) -> list[Topic]:
    """A chapter with a person's points in it stays, and takes the place of the new one that begins next to it."""
    meeting.topics.filter(Q(items=None)).delete()
    held = list(meeting.topics.all())
    topics: list[Topic] = []
    for position, chapter in enumerate(chapters):
        end_ms = chapters[position + 1].start_ms if position + 1 < len(chapters) else None
        mine = [t for t in held if chapter.start_ms <= t.start_ms and (end_ms is None or t.start_ms < end_ms)]
        if mine:
            topics.append(mine[0])
        else:
            topics.append(meeting.topics.create(title=chapter.title, start_ms=chapter.start_ms))
    return topics


def _save_note(meeting: Meeting, item: DraftItem, *, position: int, topics: Sequence[Topic]) -> None:
    topic = topics[item.chapter] if item.kind == "point" and item.chapter is not None else None
    row = NoteItem.objects.create(
        meeting=meeting,
        kind=item.kind,
        text=item.text,
        position=position,
        topic=topic,
        own_note_id=item.own_note_id or None,
    )
    _cite(item, note_item=row)


def _save_action(meeting: Meeting, item: DraftItem, *, position: int) -> None:
    row = ActionItem.objects.create(
        meeting=meeting,
        text=item.text,
        position=position,
        owner_speaker_id=item.owner_speaker_id,
        owner_name=item.owner_name[:100],
        due_on=dt.date.fromisoformat(item.due_on) if item.due_on else None,
        due_text=item.due_text,
        own_note_id=item.own_note_id or None,
    )
    _cite(item, action_item=row)


def _cite(item: DraftItem, **line: NoteItem | ActionItem) -> None:
    Citation.objects.bulk_create(Citation(segment_id=pk, **line) for pk in item.segment_ids)
    SlideCitation.objects.bulk_create(SlideCitation(slide_id=pk, **line) for pk in item.slide_ids)
