"""From one meeting of a series to the next: what is still open, and what was said about it."""

import re

from django.db.models import Prefetch, Q

from .language.dates import find_due_date
from .language.words import are_alike, get_stems
from .models import ActionItem, Meeting, Mention
from .models.action_item import ActionItemQuerySet
from .reading import Line, make_line, sources

MOST = 50
# Of the shorter one's stems: above this a stretch of speech is taken to be about the item.
SHARE = 0.6
FEWEST_STEMS = 2
_DONE = re.compile(
    r"\b(?:done|finished|completed|sent|(?:have|has|did) already|erledigt|fertig|abgeschlossen|fait|terminé|envoyé)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|n't|never|nicht|noch nicht|pas|jamais)\b|n't\b", re.IGNORECASE)


def _find_earlier(meeting: Meeting) -> ActionItemQuerySet:
    earlier = Q(meeting__held_on__lt=meeting.held_on) | Q(
        meeting__held_on=meeting.held_on, meeting__created_at__lt=meeting.created_at
    )
    items = ActionItem.objects.filter(earlier, meeting__series=meeting.series_id, meeting__deleted_at=None)
    return items.exclude(meeting=meeting.pk)


def list_carried(meeting: Meeting, *, user) -> list[Line]:
    """Items of earlier meetings of the series that this person may see: those still open, and those that were spoken of here."""
    if meeting.series_id is None:
        return []
    spoken = Mention.objects.filter(segment__meeting=meeting)
    items = _find_earlier(meeting).visible_to(user)
    items = items.filter(Q(state=ActionItem.State.OPEN) | Q(pk__in=spoken.values("action_item")))
    mentions = Prefetch("mentions", queryset=spoken.select_related("segment"), to_attr="said_here")
    items = (
        items.by_due_date().select_related("meeting", "owner_speaker").prefetch_related(*sources(), mentions)
    )
    lines = [make_line(item) for item in items[:MOST]]
    for line in lines:
        line.mentions = line.item.said_here
    return lines


def link_mentions(meeting: Meeting) -> int:
    """Find where open items of earlier meetings are spoken of, by their words; replaces what an earlier run found. Returns how many."""
    Mention.objects.filter(segment__meeting=meeting).delete()
    if meeting.series_id is None:
        return 0
    language = meeting.language or "en"
    segments = [(s, get_stems(s.text, language=language)) for s in meeting.segments.in_order().defer("words")]
    found = []
    for item in _find_earlier(meeting).filter(state=ActionItem.State.OPEN)[:MOST]:
        stems = get_stems(item.text, language=language)
        for segment, said in segments:
            if (
                len(said) >= FEWEST_STEMS
                and len(stems) >= FEWEST_STEMS
                and are_alike(stems, said, share=SHARE)
            ):
                found.append(_make_mention(item, segment, meeting=meeting, language=language))
    return len(Mention.objects.bulk_create(found))


def _make_mention(item: ActionItem, segment, *, meeting: Meeting, language: str) -> Mention:
    due = find_due_date(segment.text, held_on=meeting.held_on, language=language)
    # "Who pays for the second server?" names no day; a question moves nothing.
    if due is not None and due.on != item.due_on and "?" not in segment.text:
        return Mention(action_item=item, segment=segment, said="moved", due_on=due.on)
    is_done = _DONE.search(segment.text) and not _NOT.search(segment.text) and "?" not in segment.text
    return Mention(action_item=item, segment=segment, said="done" if is_done else "")
