"""A search and its moments. Only what this person may see is asked for in the index, and the rows are asked for again through `visible_to`."""

import re
from dataclasses import dataclass

from django.db import connection

from ..models import Meeting, SearchEntry, SearchState
from .index import catch_up, make_scope_word
from .terms import Query, Term, list_index_words, list_plain_words, parse_query

# Of more hits than this only the last indexed are ranked; ranking all of a common word would take a second.
RANKED = 5_000
MOST = 100
CONTEXT_CHARS = 220
CATCH_UP_S = 0.3
_SPACED = re.compile(r"(\s+)")


@dataclass(frozen=True)
class Hit:
    """`parts`: the line of context as (text, is it a word that was searched for)."""

    entry: SearchEntry
    parts: list[tuple[str, bool]]
    start_ms: int | None
    segment_id: int | None


@dataclass(frozen=True)
class Found:
    query: Query
    hits: list[Hit]
    behind: int
    """Meetings this person may see that changed and are not indexed yet."""


def search(user, text: str) -> Found:
    """At most `MOST` moments, the best first."""
    query = parse_query(text)
    behind = catch_up(SearchState.objects.visible_to(user), budget_s=CATCH_UP_S)
    if query.is_empty:
        return Found(query, [], behind)
    ids = _find_ids(query, user_id=user.pk)
    entries = SearchEntry.objects.filter(meeting__in=Meeting.objects.visible_to(user)).select_related(
        "meeting"
    )
    rows = entries.in_bulk(ids)
    hits = [_make_hit(rows[pk], query) for pk in ids if pk in rows and _has_phrases(rows[pk], query)]
    return Found(query, hits, behind)


def _has_phrases(entry: SearchEntry, query: Query) -> bool:
    if not query.phrases:
        return True
    text = f" {' '.join(list_plain_words(entry.text))} "
    return all(f" {phrase} " in text for phrase in query.phrases)


def _find_ids(query: Query, *, user_id: int) -> list[int]:
    find = _find_sqlite if connection.vendor == "sqlite" else _find_postgres
    where, values = "", []
    for sign, day in (("<", query.before), (">=", query.after)):
        if day:
            where += f" AND m.held_on {sign} %s"
            values.append(day.isoformat())
    with connection.cursor() as cursor:
        find(cursor, query, make_scope_word(user_id), where, values)
        return [row[0] for row in cursor.fetchall()]


def _find_sqlite(cursor, query: Query, scope: str, where: str, values: list) -> None:
    def write(term: Term, column: str) -> str:
        return "(" + " OR ".join(f'{column} : "{" ".join(row)}"' for row in term.variants) + ")"

    match = " AND ".join(
        [
            f'scope : "{scope}"',
            *(write(t, "{words who}") for t in query.terms),
            *(write(t, "who") for t in query.speakers),
        ]
    )
    join = (
        "JOIN meetings_searchentry e ON e.id = f.rowid JOIN meetings_meeting m ON m.id = e.meeting_id"
        if where
        else ""
    )
    source = f"FROM meetings_searchtext f {join} WHERE meetings_searchtext MATCH %s{where}"
    cursor.execute(f"SELECT f.rowid {source} ORDER BY f.rowid DESC LIMIT 1 OFFSET {RANKED}", [match, *values])
    oldest = (cursor.fetchone() or [0])[0]
    order = "bm25(meetings_searchtext, 1.0, 0.5, 0.0), f.rowid DESC"
    cursor.execute(
        f"SELECT f.rowid {source} AND f.rowid >= %s ORDER BY {order} LIMIT {MOST}", [match, *values, oldest]
    )


def _find_postgres(cursor, query: Query, scope: str, where: str, values: list) -> None:
    def write(term: Term, weights: str) -> str:
        rows = (" <-> ".join(f"'{word}':{weights}" for word in row) for row in term.variants)
        return "(" + " | ".join(f"({row})" for row in rows) + ")"

    match = " & ".join(
        [f"'{scope}':D", *(write(t, "AB") for t in query.terms), *(write(t, "B") for t in query.speakers)]
    )
    cursor.execute(
        f"""SELECT id FROM (
            SELECT e.id, e.searched FROM meetings_searchentry e JOIN meetings_meeting m ON m.id = e.meeting_id
            WHERE e.searched @@ to_tsquery('simple', %s){where} ORDER BY e.id DESC LIMIT {RANKED}
        ) newest ORDER BY ts_rank('{{0,0,0.5,1}}', searched, to_tsquery('simple', %s)) DESC, id DESC LIMIT {MOST}""",  # noqa: S608
        [match, *values, match],
    )


def _make_hit(entry: SearchEntry, query: Query) -> Hit:
    """The context is cut around the first word that was searched for, and played from the segment that holds it."""
    wanted = {word for term in query.terms for row in term.variants for word in row}
    language = entry.meeting.language or "en"
    parts, first, offset = [], None, 0
    for piece in _SPACED.split(entry.text):
        is_wanted = bool(wanted & set(list_index_words(piece, language=language)))
        if is_wanted and first is None:
            first = offset
        parts.append((piece, is_wanted, offset))
        offset += len(piece)
    start = max(0, (first or 0) - CONTEXT_CHARS // 3)
    shown = [(text, mark) for text, mark, at in parts if start <= at <= start + CONTEXT_CHARS]
    shown = (
        ([("… ", False)] if start else [])
        + shown
        + ([(" …", False)] if offset > start + CONTEXT_CHARS else [])
    )
    place = next((p for p in reversed(entry.places) if p[0] <= (first or 0)), None)
    return Hit(entry, shown, place[1] if place else None, place[2] if place else None)
