"""English number words as digits, so that "twenty sixth", "26th" and "26" are the same word."""

from collections.abc import Iterator, Sequence

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
}  # fmt: skip
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}


def _build_values() -> dict[str, int]:
    values = {word: number for number, word in enumerate(_SMALL)}
    values |= {word: 20 + 10 * i for i, word in enumerate(_TENS)}
    regular = {f"{word}th": number for word, number in values.items()}
    regular |= {f"{word[:-1]}ieth": number for word, number in values.items() if word.endswith("y")}
    return values | regular | _ORDINALS


_VALUES = _build_values()


def replace_number_words(words: Sequence[str]) -> list[str]:
    """Runs of number words become digits: `["twenty", "sixth"]` → `["26"]`, `["two", "hundred", "and", "five"]` → `["205"]`.

    Digits said one by one stay apart ("two nine" → "2", "9"), a year in pairs becomes one number ("twenty twenty six" → "2026").
    Ordinals and cardinals are the same, "50 million" is 50000000. "second" is always 2: both sides of a comparison are treated alike.
    """
    return list(_replace(list(words)))


def _replace(words: list[str]) -> Iterator[str]:
    i = 0
    while i < len(words):
        if words[i].isdecimal() and words[i + 1 : i + 2] and words[i + 1] in _SCALES:
            yield str(int(words[i]) * _SCALES[words[i + 1]])
            i += 2
            continue
        if words[i] not in _VALUES:
            yield words[i]
            i += 1
            continue
        value, i = _read_number(words, i)
        yield str(value)


def _read_number(words: list[str], i: int) -> tuple[int, int]:
    """The number that begins at `i`, and where it ends."""
    total, (part, i) = 0, _read_below_hundred(words, i)
    while i < len(words):
        if words[i] in ("hundred", "hundredth"):
            part, i = part * 100, i + 1
            part, i = _add_rest(words, i, part)
        elif words[i] in _SCALES:
            total, part, i = total + part * _SCALES[words[i]], 0, i + 1
            part, i = _add_rest(words, i, part)
        elif total == 0 and 10 <= part < 100 and _is_pair(words, i):
            rest, i = _read_below_hundred(words, i)
            return part * 100 + rest, i
        else:
            break
    return total + part, i


def _add_rest(words: list[str], i: int, part: int) -> tuple[int, int]:
    """What follows "hundred" or "thousand", with or without an "and"."""
    j = i + 1 if i < len(words) and words[i] == "and" else i
    if j < len(words) and words[j] in _VALUES:
        rest, j = _read_below_hundred(words, j)
        return part + rest, j
    return part, i


def _is_pair(words: list[str], i: int) -> bool:
    """Is this the second half of a year, as in "nineteen eighty four"?"""
    return _VALUES.get(words[i], 0) >= 10 and not words[i].endswith("th")


def _read_below_hundred(words: list[str], i: int) -> tuple[int, int]:
    value = _VALUES[words[i]]
    if value >= 20 and not words[i].endswith("th") and i + 1 < len(words):
        unit = _VALUES.get(words[i + 1], 0)
        if 1 <= unit <= 9:
            return value + unit, i + 2
    return value, i + 1
