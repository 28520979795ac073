"""Slides whose time nobody knows → times, by what was said."""

import datetime as dt
from itertools import pairwise

from django.db import transaction

from ..hints import send_hint
from ..models import Meeting, Slide
from .align import align_pages

# Pages that came at once, from one person, are one deck.
SAME_DECK = dt.timedelta(seconds=5)


def place_slides(meeting: Meeting) -> int:
    """How many have a time by the words now. What was seen, or set by a person, is left alone and guides the others."""
    segments = list(meeting.segments.in_order().only("start_ms", "text"))
    if not segments:
        return 0
    rows = meeting.slides.filter(deleted_at=None, state=Slide.State.READ).exclude(text="").order_by("number")
    count = 0
    for deck in _split_decks(list(rows.exclude(placed_by=Slide.PlacedBy.FILM))):
        count += _place_deck(deck, segments, language=meeting.language or "en")
    if count:
        send_hint(meeting, "slides")
    return count


def move_slide(slide: Slide, at_ms: int | None) -> None:
    """A person says when it was shown (None: the words may say); the other pages of its deck follow."""
    slide.place(at_ms)
    place_slides(slide.meeting)
    send_hint(slide.meeting, "slides")


def _split_decks(slides: list[Slide]) -> list[list[Slide]]:
    decks = [slides[:1]] if slides else []
    for before, slide in pairwise(slides):
        is_same = slide.added_by_id == before.added_by_id and slide.created_at - before.created_at < SAME_DECK
        if is_same and slide.source == Slide.Source.DECK:
            decks[-1].append(slide)
        else:
            decks.append([slide])
    return decks


def _place_deck(deck: list[Slide], segments: list, *, language: str) -> int:
    fixed = {
        number: _find_segment(segments, slide.shown_ms)
        for number, slide in enumerate(deck)
        if slide.placed_by == Slide.PlacedBy.PERSON
    }
    texts = [slide.text for slide in deck]
    places = align_pages(texts, [row.text for row in segments], language=language, fixed=fixed)
    with transaction.atomic():
        for number, slide in enumerate(deck):
            if number not in fixed:
                place = places.get(number)
                slide.place_by_words(
                    segments[place.segment].start_ms if place else None,
                    confidence=place.confidence if place else None,
                )
    return len(places.keys() - fixed.keys())


def _find_segment(segments: list, at_ms: int) -> int:
    return max((number for number, row in enumerate(segments) if row.start_ms <= at_ms), default=0)
