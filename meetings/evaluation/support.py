"""Does what a line cites say what the line says? A second opinion, written apart from the pipeline's own check.

It is word based and strict where words can be: every number of the line, and every name in it, must stand in the cited segments and slides (or be
the name of somebody who speaks there), and at least half of its content words must, allowing for other endings and small spelling
differences. It cannot see that a line turns a meaning round; the pipeline's check may know more.
"""

import dataclasses
import functools
import re
from collections.abc import Collection, Sequence

from rapidfuzz import fuzz

from .normalise import list_words
from .outcome import WrittenItem
from .stems import list_stems

# Half of the content words: a line is written in other words than it was said in, but not wholly other ones.
MIN_SHARED_WORDS = 0.5
# Of 100; "rescheduled" and "reschedule", "Elena" and "Elaena" are the same word.
SAME_WORD = 80.0
# Words of the line that may come from the day of the meeting instead of from what was said.
_CALENDAR = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "today",
        "tomorrow",
        "week",
        "month",
        "year",
    ]
)
_NAME = re.compile(r"(?<=[\w,;:)] )[A-Z][a-z]+")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """`reason` is empty when the sources hold: else no_citation, dangling_citation, number, name or words."""

    item: WrittenItem
    reason: str

    @property
    def is_supported(self) -> bool:
        return not self.reason


def check_support(
    item: WrittenItem, *, speakers: dict[str, str], people: Collection[str] = (), language: str = "en"
) -> Verdict:
    """`speakers`: id → name shown; `people`: further names that may be meant by a line without being said there (owner, attendees)."""
    if not item.cited and not item.shown:
        return Verdict(item, "no_citation")
    if item.dangling_citations:
        return Verdict(item, "dangling_citation")
    said = " ".join([*(segment.text for segment in item.cited), *item.shown])
    present = {speakers.get(segment.speaker or "", "") for segment in item.cited} | {item.owner} | set(people)
    known = list_words(" ".join(present), language="xx")
    # "Speaker 3" is a name, and its 3 no number of the line.
    unnamed = functools.reduce(lambda text, name: text.replace(name, " "), filter(None, present), item.text)
    if _list_missing_numbers(unnamed, said, language=language):
        return Verdict(item, "number")
    if _has_unknown_name(item.text, said, known=known, language=language):
        return Verdict(item, "name")
    if _share_of_words(item.text, said, known=known, language=language) < MIN_SHARED_WORDS:
        return Verdict(item, "words")
    return Verdict(item, "")


def _list_missing_numbers(text: str, said: str, *, language: str) -> list[str]:
    heard = set(list_words(said, language=language))
    numbers = (word for word in list_words(text, language=language) if word[0].isdigit())
    # "1" is left out: "one" is mostly no number ("the other one").
    return [number for number in numbers if number != "1" and number not in heard]


def _has_unknown_name(text: str, said: str, *, known: Sequence[str], language: str) -> bool:
    """A capital letter inside the sentence. German writes every noun so; there this test says nothing and is left out."""
    if language.startswith("de"):
        return False
    heard = [*list_words(said, language="xx"), *known]
    names = (name.casefold() for name in _NAME.findall(text))
    return any(name not in _CALENDAR and not _is_among(name, heard) for name in names)


def _share_of_words(text: str, said: str, *, known: Sequence[str], language: str) -> float:
    heard = [*list_stems(said, language=language), *list_stems(" ".join(known), language=language)]
    wanted = [word for word in list_stems(text, language=language) if not word[0].isdigit()]
    if not wanted:
        return 1.0
    return sum(_is_among(word, heard) for word in wanted) / len(wanted)


def _is_among(word: str, words: Sequence[str]) -> bool:
    return any(word == other or fuzz.ratio(word, other) >= SAME_WORD for other in words)
