"""What a sentence does, told by its words: takes a task on, hands one out, proposes, agrees, asks, warns.

Each language has its own page of patterns (`cues_en`, `cues_de`, `cues_fr`). A language without a page has no cues; there the chat model is
asked line by line instead (`scores`).
"""

import re
from dataclasses import dataclass
from importlib import import_module

LANGUAGES = ("en", "de", "fr")
NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, kw_only=True)
class Cues:
    """Compiled patterns over a line's text. Groups: `name` the person called, `verb` the first word of what is to be done.

    `commit` I will …; `request` you please …; `assign` X will …; `need` somebody should …; `accept`, `refuse` answers to a request;
    `pronoun_task` a task that is only "it" or "that"; `floor` verbs that are about the talk itself ("share my screen"), `task` verbs of work;
    `shared_deadline` a deadline for what was said before ("both by Friday"); `hedge` words before an act that make it a supposition; `later` a
    time after the meeting that is no date; `bound` words of duty or of what will be, `loose` such that leave it open; `willing` an answer that is more than a "yeah"; `lead_in` what a clause may begin with and a line of
    the notes may not.
    """

    commit: re.Pattern[str]
    request: re.Pattern[str]
    assign: re.Pattern[str]
    need: re.Pattern[str]
    accept: re.Pattern[str]
    refuse: re.Pattern[str]
    pronoun_task: re.Pattern[str]
    backward: re.Pattern[str]
    shared_deadline: re.Pattern[str]
    floor: re.Pattern[str]
    task: re.Pattern[str]
    decide: re.Pattern[str]
    propose: re.Pattern[str]
    agree: re.Pattern[str]
    counter: re.Pattern[str]
    question: re.Pattern[str]
    unanswered: re.Pattern[str]
    open_point: re.Pattern[str]
    risk: re.Pattern[str]
    recap: re.Pattern[str]
    called: re.Pattern[str]
    introduced: re.Pattern[str]
    thanked: re.Pattern[str]
    hedge: re.Pattern[str]
    later: re.Pattern[str]
    willing: re.Pattern[str]
    lead_in: re.Pattern[str]
    not_names: frozenset[str]
    # Only where lines are ranked (`ranking`).
    bound: re.Pattern[str] = NOTHING
    loose: re.Pattern[str] = NOTHING


def list_words(text: str) -> frozenset[str]:
    """A set from words parted by white space."""
    return frozenset(text.split())


def find_cues(language: str) -> Cues | None:
    """The page of a language, or None."""
    code = language[:2]
    return import_module(f".cues_{code}", __package__).CUES if code in LANGUAGES else None


# Sentences that give orders to a machine. They are talk like any other, but no source for a line of the notes.
_MACHINE_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.?!]{0,30}\b(?:previous|prior|earlier|above|your|preceding|system)\b[^.?!]{0,20}\b(?:instruction|prompt|rule|command|direction)s?\b"
    r"|\b(?:ignorier|vergiss|missacht)\w*\b[^.?!]{0,40}\b(?:anweisung|instruktion|befehl|vorgabe)\w*"
    r"|\b(?:ignor|oubli)\w+\b[^.?!]{0,40}\b(?:instruction|consigne|ordre)s?\b"
    r"|\b(?:ignora|olvida|dimentica|negeer|ignoruj)\w*\b[^.?!]{0,40}\b(?:instruc|istruz|instruct|polece)\w*"
    r"|\bsystem prompt\b|<\|?/?(?:im_start|im_end|system|transcript|turn)\b",
    re.IGNORECASE,
)


def is_machine_order(text: str) -> bool:
    """Does the sentence tell the program to drop its instructions? Such a line may be read but not be cited."""
    return _MACHINE_ORDER.search(text) is not None
