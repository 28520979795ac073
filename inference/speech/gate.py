"""Does a text that a chat model wrote for a piece of sound stand up? Pure functions over the text, its length and its score.

The score is whisper's (printed by `python -m inference bench gate --recording … --reference …`): the geometric mean of the words' probabilities when it aligns the text to the sound. With whisper base, on
segments with human references, 5 % / 50 % / 95 % of them:

    ================  =====================  =====================  =====================
    text              demo meeting           re-voiced AMI meeting  AMI clips (real, far)
    ================  =====================  =====================  =====================
    the right one     0.485  0.844  0.977    0.078  0.632  0.931    0.012  0.217  0.630
    another's         0.001  0.004  0.013    0.001  0.007  0.024    0.002  0.006  0.039
    a description     0.005  0.007  0.011    0.005  0.008  0.009    0.007  0.008  0.012
    the right, twice  0.636  0.847  0.975    0.171  0.649  0.917    0.031  0.277  0.678
    its first half    0.521  0.876  0.987    0.066  0.599  0.927    0.023  0.243  0.756
    ================  =====================  =====================  =====================

So MIN_SCORE finds what was not said, at the price of a quarter of right text where whisper itself hears badly; it finds neither repetition nor
omission: other rules do.
"""

from __future__ import annotations

import re
import unicodedata

MIN_SCORE = 0.05
# Of speech: people say 10 to 20 characters a second, fewer in scripts that write words in one sign.
MIN_CHARS_PER_S = 2.0
MIN_SIGNS_PER_S = 0.7
MAX_CHARS_PER_S = 32.0
# Short calls ("yes") are slow; nothing is said about them.
MIN_RATED_S = 2.0
MAX_STRANGE_SHARE = 0.3
MIN_LOOP_WORDS = 3
MIN_LOOPS = 3

_SCRIPTS = {
    "CYRILLIC": {"ru", "uk", "bg", "sr", "mk", "be", "kk", "mn", "ky", "tg", "tt", "ba"},
    "GREEK": {"el"},
    "ARABIC": {"ar", "fa", "ur", "ps", "sd"},
    "HEBREW": {"he", "yi"},
    "CJK": {"zh", "yue", "ja"},
    "HIRAGANA": {"ja"},
    "KATAKANA": {"ja"},
    "HANGUL": {"ko"},
    "DEVANAGARI": {"hi", "mr", "ne", "sa"},
    "BENGALI": {"bn", "as"},
    "THAI": {"th"},
    "TAMIL": {"ta"},
    "TELUGU": {"te"},
    "GEORGIAN": {"ka"},
    "ARMENIAN": {"hy"},
}
_OWN_SCRIPT = set().union(*_SCRIPTS.values()) - {"sr", "kk", "ky", "mn", "tt"}
_REASONING = re.compile(
    r"<\|?(?:channel|think|turn|start_of)|</?think>|\bthought\n|<channel\|>", re.IGNORECASE
)
_ANSWER = re.compile(
    r"^\W*(?:sure|certainly|of course|okay|here)?[,!.\s]*(?:here(?:'s| is| are)|this is|below is) (?:the|a|your) (?:word-for-word |verbatim |full )?"
    r"(?:transcri|text of)|\b(?:as an? (?:ai|language model)|i(?:'m| am) (?:sorry|unable)[^.]{0,40}(?:transcri|audio|hear|listen)"
    r"|i (?:cannot|can't|can not) (?:hear|listen|transcribe|process)|the (?:audio|recording|speaker|clip) (?:contains|says|is (?:about|silent)|describes)"
    r"|please provide (?:the|an) (?:audio|recording)|no (?:speech|audio) (?:was |is )?(?:detected|provided))",
    re.IGNORECASE,
)


def find_fault(text: str, *, speech_s: float, language: str, score: float | None) -> str | None:
    """The first of: empty, leaked_reasoning, answered, looping, too_few_characters, too_many_characters, wrong_script, improbable.
    None: it holds. `score` None: not measured."""
    if not text.strip():
        return "empty"
    if _REASONING.search(text):
        return "leaked_reasoning"
    if _ANSWER.search(text):
        return "answered"
    if is_looping(text):
        return "looping"
    rate = len("".join(text.split())) / max(speech_s, 0.1)
    least = MIN_SIGNS_PER_S if language in _SCRIPTS["CJK"] | _SCRIPTS["HANGUL"] else MIN_CHARS_PER_S
    if speech_s >= MIN_RATED_S and rate < least:
        return "too_few_characters"
    if rate > MAX_CHARS_PER_S and speech_s > 0.5:
        return "too_many_characters"
    if has_wrong_script(text, language=language):
        return "wrong_script"
    return "improbable" if score is not None and score < MIN_SCORE else None


def is_looping(text: str) -> bool:
    """A run of at least three words said three times on end, or the whole said twice."""
    words = re.findall(r"\w+", text.casefold())
    for size in range(MIN_LOOP_WORDS, len(words) // 2 + 1):
        for start in range(len(words) - size):
            run = words[start : start + size]
            times = 1
            while words[start + times * size : start + (times + 1) * size] == run:
                times += 1
            if times >= MIN_LOOPS or (times == 2 and times * size == len(words) and size > MIN_LOOP_WORDS):
                return True
    return len(words) >= 8 and len(set(words)) <= 2


def has_wrong_script(text: str, *, language: str) -> bool:
    """Whether many letters are of a script in which this language is not written. Latin words stand in every language."""
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return False
    scripts = [unicodedata.name(letter, "LATIN").split()[0] for letter in letters]
    allowed = {script for script, languages in _SCRIPTS.items() if language in languages}
    strange = sum(script in _SCRIPTS and script not in allowed for script in scripts)
    if language in _OWN_SCRIPT and all(script not in allowed for script in scripts):
        return True
    return strange > MAX_STRANGE_SHARE * len(letters)
