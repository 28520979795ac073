"""Two ways of writing the same words made one, before they are compared.

Case, punctuation and fillers do not count. Unless told otherwise, digits and number words are the same and signs are read out ("$29" is
"29 dollars", "42%" is "42 percent"). All of it is done to both sides. Number words are English only; other languages keep theirs.
"""

import re
import unicodedata

from .numbers import replace_number_words

# Sounds that are written down or not as the transcriber likes.
FILLERS = frozenset(
    [
        "uh",
        "um",
        "uhm",
        "uhh",
        "umm",
        "er",
        "erm",
        "eh",
        "ah",
        "hm",
        "hmm",
        "hmmm",
        "mm",
        "mmm",
        "mhm",
        "huh",
        "uhhuh",
        "mmhmm",
        "mhmm",
    ]
)
_SPELLINGS = {
    "ok": "okay", "alright": "all right", "gonna": "going to", "wanna": "want to", "gotta": "got to", "kinda": "kind of",
    "cause": "because", "mr": "mister", "mrs": "missus", "vs": "versus", "etc": "et cetera",
}  # fmt: skip
_CURRENCY = {"$": "dollars", "€": "euros", "£": "pounds"}
_MONEY = re.compile(r"([$€£])\s?(\d[\d.,]*\d|\d)(?:\s+(thousand|million|billion))?")
_THOUSANDS = re.compile(r"(?<=\d)[,\u202f'](?=\d{3}\b)")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_SOUNDS_WITH_HYPHEN = re.compile(r"\b(uh|mm|m)-(huh|hmm|hm|mm)\b")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_NOT_A_WORD = re.compile(r"[^\w\s.]|_")
_FULL_STOP = re.compile(r"(?<!\d)\.|\.(?!\d)")


def list_words(text: str, *, language: str = "en", alike: bool = True) -> list[str]:
    """The words that are compared, in order. `alike=False`: only case, punctuation and fillers go, numbers and spellings stay as written."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if alike:
        text = _read_out_signs(text)
    text = _SOUNDS_WITH_HYPHEN.sub(r"\1\2", text)
    text = _NOT_A_WORD.sub(" ", _APOSTROPHE.sub("", text))
    words = [word for word in _FULL_STOP.sub(" ", text).split() if word not in FILLERS]
    if not alike or not language.startswith("en"):
        return words
    spelled = " ".join(_SPELLINGS.get(word, word) for word in words).split()
    return replace_number_words(spelled)


def _read_out_signs(text: str) -> str:
    text = _THOUSANDS.sub("", text)
    text = _MONEY.sub(lambda m: " ".join(filter(None, (m[2], m[3], _CURRENCY[m[1]]))), text)
    text = text.replace("%", " percent ").replace("&", " and ")
    return _ORDINAL.sub(r"\1", text)


def normalise(text: str, *, language: str = "en", alike: bool = True) -> str:
    """The words of `list_words` with single spaces between them."""
    return " ".join(list_words(text, language=language, alike=alike))
