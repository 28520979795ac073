"""Words as the index holds them: lower case, without accents, without endings; the same for SQLite and PostgreSQL."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field

from ..labelling import parse_tags
from ..language.words import stem_word

# A search box is typed into by hand; what is longer is a paste, and its beginning says what is meant.
MAX_CHARS = 300
MAX_TERMS = 12
# Endings are cut by these languages' rules; a query does not say its language, so each is tried.
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r'(?:(speaker|before|after|tag):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE)


def fold(text: str) -> str:
    """Lower case, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def list_plain_words(text: str) -> list[str]:
    """Folded, with their endings: for comparing letter by letter."""
    return _WORD.findall(fold(text))


def list_index_words(text: str, *, language: str) -> list[str]:
    """One stem for each word of the text, in order, so that a phrase is a row of neighbours."""
    words = _WORD.findall(unicodedata.normalize("NFC", text.casefold()))
    if language[:2] in LANGUAGES:
        words = [stem_word(word, language=language) for word in words]
    return [folded for word in words if (folded := "".join(_WORD.findall(fold(word))))]


@dataclass(frozen=True)
class Term:
    """`variants`: rows of neighbouring index words, any of which will do."""

    variants: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Query:
    """`phrases`: what must stand there letter by letter, folded. `said`: the words as they were typed. `faults`: sentences about what was left out."""

    terms: tuple[Term, ...] = ()
    speakers: tuple[Term, ...] = ()
    tags: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    said: str = ""
    before: dt.date | None = None
    after: dt.date | None = None
    faults: tuple[str, ...] = field(default=())

    @property
    def meant(self) -> str:
        """What to look for by meaning; nothing where exact words or a voice are asked for."""
        return "" if self.phrases or self.speakers else self.said

    @property
    def has_words(self) -> bool:
        """Something to look for, not only something to narrow by."""
        return bool(self.terms or self.speakers)

    @property
    def is_empty(self) -> bool:
        return not (self.has_words or self.tags or self.before or self.after)


def parse_query(text: str) -> Query:
    """Words, "exact phrases", speaker:Tom, tag:pricing, before:2026-11-20, after:2026-11. Anything else is words; nothing here can fail."""
    faults = ["Only the beginning of this long search was used."] if len(text) > MAX_CHARS else []
    terms, speakers, phrases, tags, said, dates = [], [], [], [], [], {}
    for key, quoted, bare in _PART.findall(text[:MAX_CHARS].replace("\0", " ")):
        value, key = quoted or bare, key.lower()
        if key in ("before", "after"):
            dates[key] = _parse_date(value)
            if dates[key] is None:
                faults.append(f"{key}: needs a date such as 2026-11-20 or 2026-11, so it was left out.")
        elif key == "tag":
            tags += parse_tags(value)
        elif (term := make_term(value)) and len(terms) + len(speakers) < MAX_TERMS:
            (speakers if key == "speaker" else terms).append(term)
            if key != "speaker":
                said.append(value)
            if quoted and key != "speaker":
                phrases.append(" ".join(list_plain_words(quoted)))
    return Query(
        terms=tuple(terms),
        speakers=tuple(speakers),
        tags=tuple(dict.fromkeys(tags))[:MAX_TERMS],
        phrases=tuple(phrases),
        said=" ".join(said),
        before=dates.get("before"),
        after=dates.get("after"),
        faults=tuple(faults),
    )


def make_term(value: str) -> Term | None:
    """None where there is no letter and no digit."""
    rows = dict.fromkeys(tuple(list_index_words(value, language=language)) for language in (*LANGUAGES, ""))
    variants = tuple(row for row in rows if row)
    return Term(variants) if variants else None


def _parse_date(value: str) -> dt.date | None:
    parts = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", value, re.ASCII)
    if parts is None:
        return None
    try:
        return dt.date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        return None
