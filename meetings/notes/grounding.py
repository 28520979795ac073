"""Does a line of the notes stand in what it cites? Pure functions over words; no model is asked.

Checked: it cites something; the source is no order to a machine; every number (and so every date), every name and nearly every content
word occurs in the cited segments, with number words as digits and endings ignored; no words that are not there stand together as they do
in a segment it does not cite; nothing is stated that was only asked; it does not deny what the source affirms.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz

from ..language.date_words import DATE_WORDS
from ..language.lexicon import NEGATIONS
from ..language.words import list_content_stems, list_numbers, list_stems, list_words, stem_word
from .cues import find_cues, is_machine_order
from .lines import split_sentences

# Of the content words, at most this share may be the writer's own; none of one, two or three. More where a sentence says in other words what somebody said at length.
FREE_SHARE = 0.25
FREE_SHARE_RETOLD = 0.34
# Of 100: another ending or a small slip of the recogniser ("Elena", "Alena").
SAME_WORD = 84.0
MAX_CHARS = 300
_CAPITAL = re.compile(r"(?<!^)(?<![.!?] )\b[A-ZÄÖÜÉÀ][\w'’-]+")

Phrase = tuple[str, str]

REASONS = {
    "no_citation": "it names no source",
    "empty": "it says nothing",
    "too_long": "it is not one short sentence",
    "order_to_machine": "it repeats an order to a computer",
    "number_not_in_source": "these numbers are not in the lines: {}",
    "name_not_in_source": "these names are not in the lines: {}",
    "words_not_in_source": "these words are not in the lines: {}",
    "from_another_place": "these words were said, but not in the lines: {}",
    "only_asked": "the lines only ask about these words: {}",
    "denies_source": "it says no where the lines do not",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`reason` is a key of `REASONS`; `words` are those that were not found."""

    reason: str
    words: tuple[str, ...] = ()

    def explain(self) -> str:
        """For the prompt of the repair."""
        return REASONS[self.reason].format(", ".join(self.words))


def find_fault(
    text: str,
    sources: Sequence[str],
    *,
    language: str,
    people: Collection[str] = (),
    free_share: float = FREE_SHARE,
    phrases: Collection[Phrase] = (),
    asked: Collection[Phrase] = (),
    shown: Sequence[str] = (),
) -> Fault | None:
    """None: the line holds. `sources`: texts of the cited segments, "name: text"; `free_share` of the words may be the writer's own; `people`: names that need not be said there (the owner);
    `phrases`: of the whole meeting, by `list_phrases`; `asked`: those that stand only in questions, by `find_asked`;
    `shown`: texts of slides, where numbers and names may stand as well."""
    said = "\n".join(sources)
    if not sources:
        return Fault(reason="no_citation")
    if not _says_something(text, people=people, language=language):
        return Fault(reason="empty")
    if len(text) > MAX_CHARS:
        return Fault(reason="too_long")
    if is_machine_order(text):
        return Fault(reason="order_to_machine")
    heard_words = set(list_words(said, language=language)) | set(
        list_words(" ".join(people), language=language)
    )
    heard_words |= set(list_words("\n".join(shown), language=language))
    if missing := [n for n in list_numbers(text, language=language) if n not in heard_words]:
        return Fault(reason="number_not_in_source", words=tuple(dict.fromkeys(missing)))
    if missing := _list_missing_names(text, heard_words, language=language):
        return Fault(reason="name_not_in_source", words=tuple(missing))
    known = [*people, *_list_shown_names(text, shown, language=language)]
    missing, wanted = _list_missing_words(text, said, people=known, language=language)
    free = int(wanted * free_share)
    if len(missing) > free or (wanted and len(missing) == wanted):
        return Fault(reason="words_not_in_source", words=tuple(missing[:6]))
    for phrase in list_phrases(text, language=language):
        # The writer's own words are its own; what was said elsewhere is another claim, and often an open one ("existing customers?").
        if phrase in phrases and set(phrase) <= set(missing):
            return Fault(reason="from_another_place", words=phrase)
        if phrase in asked:
            return Fault(reason="only_asked", words=phrase)
    if _denies(text, sources, language=language):
        return Fault(reason="denies_source")
    return None


def list_phrases(text: str, *, language: str) -> list[Phrase]:
    """Pairs of neighbouring content stems, in order."""
    return list(pairwise(list_content_stems(text, language=language)))


def find_asked(sources: Sequence[str], *, language: str) -> frozenset[Phrase]:
    """Phrases that the sources ask about and nobody states: "do we offer it to existing customers?" is not an offer to them. A request
    ("can you update the mock?") asks for something to be done and counts as said."""
    cues = find_cues(language)
    sentences = [sentence for source in sources for sentence in split_sentences(source)]
    is_open = [
        sentence.rstrip().endswith("?") and not (cues and cues.request.search(sentence))
        for sentence in sentences
    ]
    open_ones, stated = (
        {
            phrase
            for sentence, is_asked in zip(sentences, is_open, strict=True)
            if is_asked is wanted
            for phrase in list_phrases(sentence, language=language)
        }
        for wanted in (True, False)
    )
    said = {stem for phrase in stated for stem in phrase}
    return frozenset(phrase for phrase in open_ones - stated if not set(phrase) <= said)


def _says_something(text: str, *, people: Collection[str], language: str) -> bool:
    """ "Marcus agreed" and "the 15th is chosen" do not: beside names and numbers there must be a word of content."""
    names = set(list_stems(" ".join(people), language=language))
    return bool(set(list_content_stems(text, language=language)) - names)


def _list_missing_names(text: str, heard: Collection[str], *, language: str) -> list[str]:
    """Capitalised words inside a sentence, and names of days and months. German nouns are all capitalised: there content words decide."""
    calendar = DATE_WORDS.get(language[:2])
    dates = (
        {*calendar.weekdays, *calendar.months} - {"may", "mar", "sat", "sun", "mai"} if calendar else set()
    )
    words = list_words(text, language=language)
    missing = [word for word in words if word in dates and word not in heard]
    if not language.startswith("de"):
        names = [name.casefold().replace("’", "'").removesuffix("'s") for name in _CAPITAL.findall(text)]
        parts = [part for name in names for part in name.split("-") if part]
        missing += [part for part in parts if part not in dates and not _is_heard(part, heard)]
    return list(dict.fromkeys(missing))


def _list_shown_names(text: str, shown: Sequence[str], *, language: str) -> list[str]:
    """Names of the line that stand on a slide. German nouns all look like names: there none counts."""
    if language.startswith("de"):
        return []
    words = set(list_words("\n".join(shown), language=language))
    return [name for name in _CAPITAL.findall(text) if set(list_words(name, language=language)) <= words]


def _list_missing_words(
    text: str, said: str, *, people: Collection[str], language: str
) -> tuple[list[str], int]:
    """Content stems that were not said, and how many content stems there are."""
    heard = set(list_stems(said, language=language)) | set(list_stems(" ".join(people), language=language))
    wanted = list(dict.fromkeys(list_content_stems(text, language=language)))
    return [stem for stem in wanted if not _is_heard(stem, heard)], len(wanted)


def _is_heard(word: str, heard: Collection[str]) -> bool:
    if word in heard:
        return True
    return any(abs(len(word) - len(other)) <= 2 and fuzz.ratio(word, other) >= SAME_WORD for other in heard)


def _denies(text: str, sources: Sequence[str], *, language: str) -> bool:
    """A line that says no needs a source that says no about the same thing: "the starter tier is dropped" does not drop the trial."""
    signs = NEGATIONS.get(language[:2], frozenset())
    if not signs & set(list_words(text, language=language)):
        return False
    sign_stems = {stem_word(sign, language=language) for sign in signs}
    matter = {stem for stem in list_content_stems(text, language=language) if stem not in sign_stems}
    for source in sources:
        if signs & set(list_words(source, language=language)):
            shared = matter & set(list_stems(source, language=language))
            if len(shared) * 2 >= len(matter):
                return False
    return True


def choose_sources(
    text: str, lines: Sequence[str], *, language: str, most: int = 4, reach: int = 6
) -> list[int]:
    """Which lines a sentence rests on: of `reach` lines in a row, where most of its words are, the fewest that hold them, greedily.

    Positions in order; empty when nothing fits. Words gathered from all over a chapter make a sentence that nobody said, so only one place counts.
    """
    wanted = set(list_stems(text, language=language))
    stems = [wanted & set(list_stems(line, language=language)) for line in lines]
    starts = range(max(1, len(lines) - reach + 1))
    start = max(starts, key=lambda i: (len(set().union(*stems[i : i + reach])), -i))
    place = range(start, min(len(lines), start + reach))
    chosen: list[int] = []
    while wanted and len(chosen) < most:
        best = max(place, key=lambda i: (len(wanted & stems[i]), -i), default=None)
        if best is None or not wanted & stems[best]:
            break
        chosen.append(best)
        wanted = wanted - stems[best]
    return sorted(chosen)
