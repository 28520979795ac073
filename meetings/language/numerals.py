"""Number words as digits, so that "twenty sixth", "26th" and "26" are one word. English, German and French up to 99, with scales."""

import functools
import re
from collections.abc import Iterator, Sequence


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EN_SMALL = _list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_EN_TENS = _list("twenty thirty forty fifty sixty seventy eighty ninety")
_EN_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
_DE_SMALL = _list(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn"
)
_DE_TENS = _list("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_DE_ORDINALS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
_FR_SMALL = _list(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf"
)
_FR_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
_SCALES = {
    "en": {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000},
    "de": {"hundert": 100, "tausend": 1_000, "million": 1_000_000, "millionen": 1_000_000, "milliarden": 1_000_000_000},
    "fr": {"cent": 100, "cents": 100, "mille": 1_000, "million": 1_000_000, "millions": 1_000_000},
}  # fmt: skip
_DIGITS = re.compile(r"^(\d+)(?:st|nd|rd|th|er|ère|e|ème|\.)?$")


def _spell_en(value: int) -> tuple[str, str]:
    """Cardinal and ordinal of 0..99, words parted by spaces."""
    if value >= 20 and value % 10:
        tens = _EN_TENS[value // 10 - 2]
        unit, unit_ordinal = _spell_en(value % 10)
        return f"{tens} {unit}", f"{tens} {unit_ordinal}"
    word = _EN_SMALL[value] if value < 20 else _EN_TENS[value // 10 - 2]
    ordinal = _EN_ORDINALS.get(value) or (f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th")
    return word, ordinal


def _spell_de(value: int) -> str:
    if value < 20:
        return _DE_SMALL[value]
    tens = _DE_TENS[value // 10 - 2]
    return f"{_DE_SMALL[value % 10].removesuffix('s') if value % 10 == 1 else _DE_SMALL[value % 10]}und{tens}" if value % 10 else tens  # fmt: skip


def _spell_fr(value: int) -> str:
    if value < 20:
        return _FR_SMALL[value]
    base = value - value % 10 if value < 70 or 80 <= value < 90 else (60 if value < 80 else 80)
    rest = value - base
    joint = "-et-" if rest in (1, 11) and base != 80 else "-"
    return f"{_FR_TENS[base]}{joint}{_FR_SMALL[rest]}" if rest else _FR_TENS[base]


@functools.cache
def _get_phrases(language: str) -> dict[tuple[str, ...], int]:
    """Every way to say 0..99, as words → value."""
    phrases: dict[tuple[str, ...], int] = {}
    for value in range(100):
        if language == "en":
            forms = list(_spell_en(value))
        elif language == "de":
            word = _spell_de(value)
            stem = _DE_ORDINALS.get(value) or (f"{word}t" if value < 20 else f"{word}st")
            forms = [word, *(stem + ending for ending in ("e", "en", "er", "es", "em"))]
        elif language == "fr":
            word = _spell_fr(value)
            forms = [word, f"{word.removesuffix('e')}ième", "premier" if value == 1 else word]
        else:
            return {}
        for form in forms:
            phrases[tuple(re.split(r"[ -]", form))] = value
    return phrases


def replace_number_words(words: Sequence[str], *, language: str) -> list[str]:
    """Lower-case words with their numbers as digits: `["twenty", "sixth"]` → `["26"]`, `["15th"]` → `["15"]`, `["two", "hundred"]` → `["200"]`.

    Hyphens must have been split before. Where a word is a number only sometimes ("second", "one"), it is treated as one.
    """
    return list(_replace(list(words), language=language[:2]))


def _replace(words: list[str], *, language: str) -> Iterator[str]:
    phrases = _get_phrases(language)
    scales = _SCALES.get(language, {})
    i = 0
    while i < len(words):
        value, used = _read_small(words, i, phrases)
        if used == 0:
            yield words[i]
            i += 1
            continue
        i += used
        total = 0
        while i < len(words) and words[i] in scales:
            scale = scales[words[i]]
            i += 1
            if scale == 100:
                value *= 100
                j = i + 1 if i < len(words) and words[i] == "and" else i
                rest, used = _read_small(words, j, phrases)
                if used and rest < 100:
                    value, i = value + rest, j + used
            else:
                total, value = total + value * scale, 0
        yield str(total + value)


def _read_small(words: list[str], i: int, phrases: dict[tuple[str, ...], int]) -> tuple[int, int]:
    """The number at `i` and how many words it takes; (0, 0) where there is none. The longest phrase wins."""
    if i < len(words) and (match := _DIGITS.match(words[i])):
        return int(match[1]), 1
    for size in (5, 4, 3, 2, 1):
        if i + size <= len(words) and (value := phrases.get(tuple(words[i : i + size]))) is not None:
            return value, size
    return 0, 0
