"""A search and its moments. Only what this person may see is asked for in the index, and the rows are asked for again through `visible_to`."""

import datetime as dt
import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Max, Min

from ..inference_client import InferenceClient
from ..models import Meeting, SearchEntry, SearchState
from .fulltext import find_by_words
from .index import catch_up
from .meaning import MeaningAway, find_by_meaning
from .scope import list_range_words, make_person_word, make_tag_word
from .terms import Query, list_index_words, parse_query

MOST = 100
CONTEXT_CHARS = 220
CATCH_UP_S = 0.1
# How little the place in a list counts further down; the paper's constant.
FUSION = 60
_SPACED = re.compile(r"(\s+)")


@dataclass(frozen=True)
class Hit:
    """`parts`: the line of context as (text, is it a word that was searched for). `is_by_meaning`: its words alone would not have found it."""

    entry: SearchEntry
    parts: list[tuple[str, bool]]
    start_ms: int | None
    segment_id: int | None
    is_by_meaning: bool = False


@dataclass(frozen=True)
class Found:
    """`behind`: meetings this person may see that changed and are not indexed yet; `without_meaning`: those found by their words alone.
    `away`: why this search was one for words alone."""

    query: Query
    hits: list[Hit]
    behind: int
    without_meaning: int = 0
    away: MeaningAway | None = None


def search(user, text: str, *, client: InferenceClient | None = None) -> Found:
    """At most `MOST` moments, the best first. Only `tag:`, `before:` and `after:`: the titles of those meetings, the newest first."""
    query = parse_query(text)
    states = SearchState.objects.visible_to(user)
    behind = catch_up(states, budget_s=CATCH_UP_S)
    if query.is_empty:
        return Found(query, [], behind)
    entries = SearchEntry.objects.visible_to(user)
    meetings = _narrow(Meeting.objects.visible_to(user), query)
    if not query.has_words:
        titles = entries.filter(meeting__in=meetings, kind=SearchEntry.Kind.TITLE)
        hits = [_make_hit(entry, query) for entry in titles.order_by("-meeting__held_on", "-pk")[:MOST]]
        return Found(query, hits, behind)
    by_words, by_meaning, away = _find_ids(query, user=user), [], None
    if query.meant:
        try:
            by_meaning = find_by_meaning(query.meant, meetings=meetings, client=client)
        except MeaningAway as error:
            away = error
    ids = fuse(by_words, by_meaning)[:MOST]
    rows, worded = entries.in_bulk(ids), frozenset(by_words)
    hits = [_make_hit(rows[pk], query, is_by_meaning=pk not in worded) for pk in ids if pk in rows]
    return Found(query, hits, behind, states.without_vectors().count(), away)


def fuse(*rankings: Sequence[int]) -> list[int]:
    """Reciprocal rank fusion (https://doi.org/10.1145/1571941.1572114): what stands high in one list, or in both, comes first."""
    scores: Counter = Counter()
    for ranking in rankings:
        scores.update({pk: 1 / (FUSION + place) for place, pk in enumerate(ranking, start=1)})
    return [pk for pk, _ in scores.most_common()]


def _narrow(meetings, query: Query):
    for name in query.tags:
        meetings = meetings.filter(tags__name=name)
    if query.before:
        meetings = meetings.filter(held_on__lt=query.before)
    if query.after:
        meetings = meetings.filter(held_on__gte=query.after)
    return meetings


def _find_ids(query: Query, *, user) -> list[int]:
    scope = [[make_person_word(user.pk)], *([make_tag_word(name)] for name in query.tags)]
    if query.before or query.after:
        # Between the first and the last meeting there are few years, however far away the day that was typed.
        days = Meeting.objects.visible_to(user).aggregate(first=Min("held_on"), last=Max("held_on"))
        first, last = days["first"], days["last"]
        if first is None or (query.before and query.before <= first):
            return []
        first = max(query.after or first, first)
        last = min(query.before - dt.timedelta(days=1), last) if query.before else last
        if first > last:
            return []
        scope.append(list_range_words(first, last))
    return find_by_words(query, scope=scope)


def _make_hit(entry: SearchEntry, query: Query, *, is_by_meaning: bool = False) -> Hit:
    """The context is cut around the first word that was searched for, and played from the segment that holds it."""
    wanted = {word for term in query.terms for row in term.variants for word in row}
    language = entry.meeting.language or "en"
    parts, first, offset = [], None, 0
    for piece in _SPACED.split(entry.text):
        is_wanted = not wanted.isdisjoint(_get_words(piece, language))
        if is_wanted and first is None:
            first = offset
        parts.append((piece, is_wanted, offset))
        offset += len(piece)
    start = max(0, (first or 0) - CONTEXT_CHARS // 3)
    shown = [(text, mark) for text, mark, at in parts if start <= at <= start + CONTEXT_CHARS]
    joined = [
        ("".join(text for text, _ in row), mark) for mark, row in groupby(shown, key=lambda part: part[1])
    ]
    before = [("… ", False)] if start else []
    after = [(" …", False)] if offset > start + CONTEXT_CHARS else []
    place = next((p for p in reversed(entry.places) if p[0] <= (first or 0)), None)
    return Hit(
        entry,
        before + joined + after,
        place[1] if place else None,
        place[2] if place else None,
        is_by_meaning,
    )


@functools.lru_cache(maxsize=20_000)
def _get_words(piece: str, language: str) -> frozenset[str]:
    return frozenset(list_index_words(piece, language=language))
