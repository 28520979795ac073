"""Small corrections of form: what a line of the notes looks like, whoever wrote it."""

import re
from collections.abc import Collection

from ..language.words import get_stems, list_numbers
from .cues import Cues, list_words

MAX_CLAUSE_WORDS = 28
LONGEST_ALONE = 16
KEPT_SHARE = 0.6
_NO_VERBS = list_words(
    "that that's this there these those what which i it it's we you he she they the a an my your his her our their for from with if when so and but all here okay right yes no"
)
_FILLERS = re.compile(r"\b(?:u[hm]+|er+m?|hm+|mm+)\b[,.]?\s*", re.IGNORECASE)
_TWICE = re.compile(r"\b(\w+)(?:[,-]? \1\b)+", re.IGNORECASE)
_EDGES = " \t\n\"'“”„«».,;:-–"


def tidy(text: str) -> str:
    """One line, a capital at the start, no quotes around it and no full stop at the end."""
    text = " ".join(text.split()).strip(_EDGES)
    return text[:1].upper() + text[1:]


def drop_labels(text: str, names: Collection[str]) -> str:
    """What stands behind the first "Marcus: " of a transcript that was copied, up to the next; the text as it is without one."""
    labels = "|".join(re.escape(name) for name in names if name)
    if not labels or not re.match(rf"(?:{labels}): ", text):
        return text
    parts = re.split(rf"(?:^|(?<=[.!?] ))(?:{labels}): ", text)
    return tidy(next((part for part in parts if part.strip()), ""))


def tidy_question(text: str) -> str:
    """As `tidy`, with a question mark."""
    text = tidy(text).rstrip("?").rstrip()
    return f"{text}?" if text else ""


def tidy_action(text: str, *, owner: str, due_text: str) -> str:
    """As `tidy`; who and until when stand beside the text, not in it."""
    text = tidy(text)
    if owner:
        name = re.escape(owner)
        text = re.sub(
            rf"^{name}(?:,| will| to| should| needs to| has to| must| is going to)+\s+(?=[a-z])", "", text
        )
        if opens := re.match(rf"{name} (\w+?)(e?s)\s+(?=\w)", text):
            text = f"{_get_base(opens[1], opens[2])} {text[opens.end() :]}"
    if due_text and len(due_text.split()) > 1:
        text = re.sub(rf",?\s*\b{re.escape(due_text)}\b", "", text, flags=re.IGNORECASE)
    return tidy(re.sub(r"\s+(?:and|by|before|until|on)$", "", text.strip(_EDGES)))


def stands_alone(clause: str, cues: Cues, *, language: str) -> bool:
    """Is a task clear in the words it was said in? Short, with enough content, and nothing before its first noun points elsewhere."""
    if len(clause.split()) > LONGEST_ALONE or len(get_stems(clause, language=language)) < 3:
        return False
    pointer = cues.backward.search(clause)
    return pointer is None or len(get_stems(clause[: pointer.start()], language=language)) >= 2


def keeps_words(text: str, said: str, *, language: str) -> bool:
    """Does a sentence still hold most of what was said, and every number of it?"""
    wanted = get_stems(said, language=language)
    if set(list_numbers(said, language=language)) - set(list_numbers(text, language=language)):
        return False
    return not wanted or len(wanted & get_stems(text, language=language)) >= KEPT_SHARE * len(wanted)


def opens_with_verb(text: str) -> bool:
    """May it be a task, in English? Not one that begins with "that", "we" or "the"."""
    return text.split(" ", 1)[0].lower() not in _NO_VERBS


def name_the_one(text: str, before: str) -> str:
    """ "Take the CSV one" after "the two blockers, who owns them?" is "Take the CSV blocker", and "Take the timeout" then "Take the
    timeout blocker". English only; else the text as it is."""
    counted = re.search(
        r"\b(?:both|these|those|the \w+|two|three|four|five|six|\d+) ([a-z]{3,}[^s\W])s\b", before
    )
    if counted is None:
        return text
    if re.search(r"\bone$", text):
        return re.sub(r"\bone$", counted[1], text)
    is_handed_out = re.search(
        r"\bwho (?:owns|takes|fixes|handles|wants|does|has|can take|will take)\b", before
    )
    is_bare = re.fullmatch(r"(?:Take|Own|Handle) the (?:[\w-]+ ){0,2}[\w-]+", text)
    return f"{text} {counted[1]}" if is_handed_out and is_bare and not text.endswith(counted[1]) else text


def _get_base(stem: str, ending: str) -> str:
    """ "opens" → "open", "takes" → "take", "fixes" → "fix", "carries" → "carry"."""
    if ending == "es" and stem.endswith("i"):
        return f"{stem[:-1]}y"
    return stem if ending == "s" or stem.endswith(("x", "ch", "sh", "ss")) else f"{stem}e"


def _drop_fillers(text: str) -> str:
    """Without "um" and words said twice in a row."""
    return _TWICE.sub(r"\1", _FILLERS.sub("", text))


def phrase_clause(clause: str, kind: str, cues: Cues | None, *, owner: str = "", due_text: str = "") -> str:
    """The words that were said, as a line: for when the model's own do not hold. Empty when they are too few to stand alone."""
    words = clause.split()
    text = _drop_fillers(" ".join(words[:MAX_CLAUSE_WORDS]))
    if cues is not None:
        text = re.sub(
            r"^(?:(?:so|and|but|okay|ok|then|well|yes|yeah|understood|hmm|right)[,.]? )+",
            "",
            text,
            flags=re.IGNORECASE,
        )
    if kind == "action":
        if cues is not None:
            text = cues.lead_in.sub("", text, count=1) or text
        return tidy_action(text, owner=owner, due_text=due_text)
    return tidy_question(text) if kind == "question" else tidy(text)
