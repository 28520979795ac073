"""Keeping the search true: whoever changes a meeting marks it, and it is indexed again before the next search, or by a task."""

import time
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from ..models import Meeting, SearchEntry, SearchState, Segment
from .scope import make_day_words, make_person_word, make_tag_word
from .terms import list_index_words

# A voice's segments in a row are one entry up to this many words; a pause of this length also ends it.
RUN_WORDS = 60
RUN_GAP_MS = 10_000
# Meetings that one look takes up.
AT_ONCE = 200
_FIELDS = ("kind", "start_ms", "speaker_name", "text", "places", "words", "who", "scope")


def catch_up(states=None, *, budget_s: float) -> int:
    """Index what is behind, newest change first, for at most `budget_s` seconds; returns how many meetings are still behind."""
    states = (SearchState.objects.all() if states is None else states).behind()
    end = time.monotonic() + budget_s
    waiting = list(states.select_related("meeting").order_by("-pk")[:AT_ONCE])
    for state in waiting:
        if time.monotonic() > end:
            break
        index_meeting(state.meeting)
    return states.count() if waiting else 0


def index_meeting(meeting: Meeting) -> None:
    """Make the entries of a meeting what they should be; rows that are right already are not touched."""
    with transaction.atomic():
        # The mark goes first: a change from here on marks again.
        marks = {"is_stale": False, "indexed_at": timezone.now()}
        states = SearchState.objects.filter(meeting=meeting)
        if not states.update(**marks):
            if not Meeting.objects.filter(pk=meeting.pk).exists():
                return
            SearchState.objects.get_or_create(meeting=meeting, defaults=marks)
        wanted = {_key(entry): entry for entry in build_entries(meeting)}
        old = list(meeting.search_entries.all())
        gone = [entry.pk for entry in old if wanted.pop(_key(entry), None) is None]
        for i in range(0, len(gone), 500):
            SearchEntry.objects.filter(pk__in=gone[i : i + 500]).delete()
        SearchEntry.objects.bulk_create(wanted.values(), batch_size=500)
        if gone or wanted:
            states.update(lacks_vectors=True)


def _key(entry: SearchEntry) -> tuple:
    return tuple(str(getattr(entry, name)) for name in _FIELDS)


def build_entries(meeting: Meeting) -> Iterator[SearchEntry]:
    """Everything findable in a meeting; a fixed number of queries."""
    make = _Maker(meeting)
    yield make(SearchEntry.Kind.TITLE, meeting.title)
    for speaker in meeting.speakers.exclude(name=""):
        yield make(SearchEntry.Kind.SPEAKER, speaker.name, who=speaker.name)
    segments = meeting.segments.select_related("speaker").defer("words").in_order()
    for run in _list_runs(segments):
        places, text = [], ""
        for segment in run:
            places.append([len(text) + 1 if text else 0, segment.start_ms, segment.pk])
            text = f"{text} {segment.text.strip()}".strip()
        name = run[0].speaker.display_name if run[0].speaker else ""
        yield make(SearchEntry.Kind.SPOKEN, text, who=name, places=places)
    for kind, items in (
        ("note", meeting.note_items),
        ("action", meeting.action_items.exclude(state="dropped")),
    ):
        for item in items.prefetch_related("citations__segment"):
            cited = [c.segment for c in item.citations.all() if c.segment_id]
            first = min(cited, key=lambda segment: segment.start_ms, default=None)
            places = [[0, first.start_ms, first.pk]] if first else []
            owner = item.owner_display if kind == "action" else ""
            yield make(kind, item.text, who=owner, places=places)
    for slide in meeting.slides.shown():
        places = [[0, slide.shown_ms, None]] if slide.shown_ms is not None else []
        if text := f"{slide.text}\n{slide.described_text}".strip():
            yield make(SearchEntry.Kind.SLIDE, text, places=places)


class _Maker:
    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        people = {meeting.owner_id, *meeting.members.values_list("user_id", flat=True)}
        tags = meeting.tags.values_list("name", flat=True)
        self.scope = " ".join(
            [
                *(make_person_word(user_id) for user_id in sorted(people)),
                *make_day_words(meeting.held_on),
                *(make_tag_word(name) for name in sorted(tags)),
            ]
        )

    def __call__(self, kind: str, text: str, *, who: str = "", places: list | None = None) -> SearchEntry:
        return SearchEntry(
            meeting=self.meeting,
            kind=str(kind),
            start_ms=places[0][1] if places else None,
            speaker_name=who[:100],
            text=text,
            places=places or [],
            words=" ".join(list_index_words(text, language=self.meeting.language or "en")),
            who=" ".join(list_index_words(who, language="")),
            scope=self.scope,
        )


def _list_runs(segments) -> Iterator[list[Segment]]:
    run: list[Segment] = []
    count = 0
    for segment in segments:
        if not segment.text.strip():
            continue
        words = len(segment.text.split())
        if run and (
            segment.speaker_id != run[-1].speaker_id
            or count + words > RUN_WORDS
            or segment.start_ms - run[-1].end_ms > RUN_GAP_MS
        ):
            yield run
            run, count = [], 0
        run.append(segment)
        count += words
    if run:
        yield run
