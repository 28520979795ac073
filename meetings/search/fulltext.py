"""What holds the words of a search, by FTS5 or by PostgreSQL, and which of it comes first.

The database only says which entries hold the words, the last indexed first, and stops at `RANKED`: what it would take to rank all that holds
a common word grows with the installation. Those few are ranked here, so that both databases give the same order.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from .terms import Query, Term, list_plain_words

RANKED = 1_000
# On PostgreSQL.
LOOKED_AT = 5_000
NEWEST = 20_000
# For this transaction alone.
_PLAN = "SELECT set_config('enable_seqscan', %s, true), set_config('enable_indexscan', %s, true)"
# Of BM25, with its usual constants (https://doi.org/10.1561/1500000019); all candidates hold all words, so there is no weight for rarity.
K1, B = 1.2, 0.75
# A word of the voice's or owner's name counts so much of one that was said.
NAME = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that holds the words; `words` and `who` as the index has them, `text` only where a phrase is looked for."""

    pk: int
    words: list[str]
    who: list[str]
    text: str = ""


def find_by_words(query: Query, *, scope: Sequence[Sequence[str]]) -> list[int]:
    """Ids of entries, the best first, at most `RANKED`. `scope`: of each row one word must stand in the entry's scope. One query, on PostgreSQL
    up to five."""
    text = "text" if query.phrases else "''"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            ids = _find_sqlite(cursor, query, scope)
        else:
            ids = _find_postgres(cursor, query, scope)
        places = ",".join(map(str, ids)) or "NULL"
        cursor.execute(
            f"SELECT id, words, who, {text} FROM meetings_searchentry WHERE id IN ({places}) ORDER BY id DESC"  # noqa: S608
        )
        found = [Candidate(pk, words.split(), who.split(), text) for pk, words, who, text in cursor]
    return rank([one for one in found if _has_phrases(one, query)], query.terms)


def rank(candidates: Sequence[Candidate], terms: Sequence[Term]) -> list[int]:
    """By how often the words stand there for its length; what is equal stays in order."""
    usual = sum(len(one.words) for one in candidates) / len(candidates) if candidates else 1.0
    scored = [(-_score(one, terms, usual=usual or 1.0), place) for place, one in enumerate(candidates)]
    return [candidates[place].pk for _, place in sorted(scored)]


def _score(one: Candidate, terms: Sequence[Term], *, usual: float) -> float:
    said, named = Counter(one.words), Counter(one.who)
    fit = 0.0
    for term in terms:
        often = _count(term, one.words, said) + NAME * _count(term, one.who, named)
        fit += often * (K1 + 1) / (often + K1 * (1 - B + B * len(one.words) / usual))
    return fit


def _count(term: Term, words: Sequence[str], counts: Counter) -> int:
    """Variants that are one word are looked up; rows of words are compared place by place."""
    return sum(
        counts[row[0]]
        if len(row) == 1
        else sum(tuple(words[i : i + len(row)]) == row for i in range(len(words) - len(row) + 1))
        for row in term.variants
    )


def _has_phrases(one: Candidate, query: Query) -> bool:
    """Letter by letter; the index only knows stems."""
    if not query.phrases:
        return True
    text = f" {' '.join(list_plain_words(one.text))} "
    return all(f" {phrase} " in text for phrase in query.phrases)


def _find_sqlite(cursor, query: Query, scope: Sequence[Sequence[str]]) -> list[int]:
    """Every word is letters and digits alone, so quotes are enough."""

    def write(term: Term, column: str) -> str:
        return "(" + " OR ".join(f'{column} : "{" ".join(row)}"' for row in term.variants) + ")"

    rows = (" OR ".join(f'"{word}"' for word in row) for row in scope)
    match = [
        *(write(term, "{words who}") for term in query.terms),
        *(write(term, "who") for term in query.speakers),
        *(f"scope : ({row})" for row in rows),
    ]
    cursor.execute(
        f"SELECT rowid FROM meetings_searchtext WHERE meetings_searchtext MATCH %s ORDER BY rowid DESC LIMIT {RANKED}",  # noqa: S608
        [" AND ".join(match)],
    )
    return [pk for (pk,) in cursor]


def _find_postgres(cursor, query: Query, scope: Sequence[Sequence[str]]) -> list[int]:
    """The index knows neither the order of words nor whose they are, and gives rows in no order: so many are looked at, whatever it gives.
    Where there are more, the newest of all entries are looked at as well."""
    exact, loose = _write_postgres(query, scope), _write_postgres(query, scope, is_loose=True)
    entries = "FROM meetings_searchentry"
    with transaction.atomic():
        # The planner takes dates and words for independent, and would go through the whole table for the first rows.
        cursor.execute(_PLAN, ["off", "off"])
        cursor.execute(
            f"SELECT count(*), array_agg(id) FILTER (WHERE searched @@ to_tsquery('simple', %s))"  # noqa: S608
            f" FROM (SELECT id, searched {entries} WHERE searched @@ to_tsquery('simple', %s) LIMIT {LOOKED_AT}) looked_at",
            [exact, loose],
        )
        count, ids = cursor.fetchone()
        cursor.execute(_PLAN, ["on", "on"])
    ids = set(ids or ())
    if count == LOOKED_AT:
        cursor.execute(
            f"SELECT id FROM (SELECT id, searched {entries} ORDER BY id DESC LIMIT {NEWEST}) newest"  # noqa: S608
            f" WHERE searched @@ to_tsquery('simple', %s) LIMIT {RANKED}",
            [exact],
        )
        ids |= {pk for (pk,) in cursor}
    return sorted(ids, reverse=True)[:RANKED]


def _write_postgres(query: Query, scope: Sequence[Sequence[str]], *, is_loose: bool = False) -> str:
    """`is_loose`: what the index can answer without looking at the row."""
    near, weight = (" & ", "") if is_loose else (" <-> ", ":B")

    def write(term: Term, weight: str) -> str:
        rows = (near.join(f"'{word}'{weight}" for word in row) for row in term.variants)
        return "(" + " | ".join(f"({row})" for row in rows) + ")"

    return " & ".join(
        [
            *(write(term, "") for term in query.terms),
            *(write(term, weight) for term in query.speakers),
            *("(" + " | ".join(f"'{word}'" for word in row) + ")" for row in scope),
        ]
    )
