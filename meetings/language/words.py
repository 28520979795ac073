"""Words of a sentence: numbers as digits, names, and stems of what carries the meaning."""

import functools
import re
from collections.abc import Callable

import snowballstemmer

from .lexicon import FUNCTION_WORDS, REPORTING_WORDS
from .numerals import replace_number_words

# Snowball's names of the languages whose endings it knows; another language is compared by whole words.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_WORD = re.compile(
    r"\d+(?:[.,]\d{3})+(?!\d)|\d+[.,]\d+|\d+(?:st|nd|rd|th)?\b|[^\W\d_]+(?:'[^\W\d_]+)*", re.UNICODE
)
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu)'(?=\w)")


def list_words(text: str, *, language: str) -> list[str]:
    """Lower-case words, "twenty-sixth" and "26th" as "26", "1,200" as "1200", apostrophes straight."""
    text = text.casefold().replace("’", "'").replace("-", " ")
    words = [_clean_word(word, language=language) for word in _WORD.findall(text)]
    return replace_number_words(words, language=language)


def _clean_word(word: str, *, language: str) -> str:
    if word[0].isdigit():
        return re.sub(r"[.,](?=\d{3}(?!\d))", "", word)
    return _ELISION.sub("", word) if language.startswith("fr") else word


@functools.cache
def _get_stemmer(language: str) -> Callable[[str], str]:
    name = _STEMMERS.get(language[:2])
    if name is None:
        return lambda word: word
    return functools.lru_cache(maxsize=20_000)(snowballstemmer.stemmer(name).stemWord)


def stem_word(word: str, *, language: str) -> str:
    """The word without its ending; possessive 's removed."""
    return _get_stemmer(language)(word.removesuffix("'s").replace("'", ""))


def list_stems(text: str, *, language: str) -> list[str]:
    """Stems of all words that carry meaning, digits included, in order."""
    function_words = FUNCTION_WORDS.get(language[:2], frozenset())
    words = list_words(text, language=language)
    return [stem_word(word, language=language) for word in words if (word not in function_words and len(word) > 1) or word.isdigit()]  # fmt: skip


@functools.lru_cache(maxsize=20_000)
def get_stems(text: str, *, language: str) -> frozenset[str]:
    """`list_stems` as a set."""
    return frozenset(list_stems(text, language=language))


def list_content_stems(text: str, *, language: str) -> list[str]:
    """`list_stems` without numbers and without words that only report ("discussed", "the team"): what must have been said."""
    reporting = _get_reporting_stems(language[:2])
    return [
        stem
        for stem in list_stems(text, language=language)
        if not stem[0].isdigit() and stem not in reporting
    ]


@functools.cache
def _get_reporting_stems(language: str) -> frozenset[str]:
    return frozenset(stem_word(word, language=language) for word in REPORTING_WORDS.get(language, ()))


def list_numbers(text: str, *, language: str) -> list[str]:
    """Numbers as digits, without "1": "one" is mostly no number ("the other one")."""
    return [word for word in list_words(text, language=language) if word[0].isdigit() and word != "1"]


def are_alike(left: frozenset[str], right: frozenset[str], *, share: float) -> bool:
    """Does the smaller set of stems lie in the larger one to at least this share?"""
    smaller = min(len(left), len(right))
    return smaller > 0 and len(left & right) / smaller >= share
