"""Speech acts about work: every place in the lines where somebody takes a task on, hands one out, or wishes that somebody would."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .cues import Cues
from .lines import Line

MIN_CLAUSE_WORDS = 3


@dataclass(frozen=True, kw_only=True)
class Act:
    """`kind`: commit, request, assign or need; `name` is who was called, or a role; `clause` the words from the cue on; `task` from the verb on.

    `is_role`: `name` is one ("the marketing manager"); `is_work`: the verb is one of work, not an unknown one; `is_pronoun`: the task is only "it"; `is_hedged`: "if I …", "you could …".
    """

    kind: str
    line: int
    name: str
    clause: str
    task: str
    is_work: bool
    is_pronoun: bool
    is_role: bool = False
    is_hedged: bool = False


def list_acts(lines: Sequence[Line], cues: Cues) -> list[Act]:
    """All acts in order; talk about the talk itself ("I'll share my screen") is left out."""
    return [act for line in lines for act in _list_line_acts(line, cues)]


def _list_line_acts(line: Line, cues: Cues) -> Iterator[Act]:
    found = sorted(_find_matches(line.text, cues), key=lambda hit: hit[1].start())
    for position, (kind, match) in enumerate(found):
        end = found[position + 1][1].start() if position + 1 < len(found) else len(line.text)
        task_start = _get_verb_start(match)
        task = _cut_clause(line.text[task_start:end])
        said, role = _get_group(match, "name"), _get_group(match, "role")
        name = clean_name(said, cues)
        if said and not name and kind == "assign":
            continue
        is_pronoun = cues.pronoun_task.search(task) is not None
        is_work = cues.task.search(task.lower()) is not None
        if not is_work and cues.floor.search(task.lower()):
            continue
        if len(task.split()) < MIN_CLAUSE_WORDS - (kind != "commit") and not is_pronoun:
            continue
        yield Act(
            kind=kind, line=line.number, name=name or role, clause=_cut_clause(line.text[match.start() : end]),
            task=task, is_work=is_work, is_pronoun=is_pronoun, is_role=bool(role and not name), is_hedged=cues.hedge.search(line.text[: match.start()]) is not None,
        )  # fmt: skip


def _find_matches(text: str, cues: Cues) -> Iterator[tuple[str, re.Match[str]]]:
    """Matches that do not overlap; a request wins over a commitment, that over a wish, that over an assignment."""
    taken: list[tuple[int, int]] = []
    for kind in ("request", "commit", "need", "assign"):
        for match in getattr(cues, kind).finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield kind, match


def _get_verb_start(match: re.Match[str]) -> int:
    starts = [
        match.start(key)
        for key in match.groupdict()
        if key.startswith(("verb", "bare", "own")) and match[key]
    ]
    return starts[0] if starts else match.end()


def _get_group(match: re.Match[str], prefix: str) -> str:
    return next((value for key, value in match.groupdict().items() if key.startswith(prefix) and value), "")


def _cut_clause(text: str) -> str:
    """Up to the end of the sentence, without the joint to what follows."""
    text = re.split(r"[.?!](?:\s|$)", text, maxsplit=1)[0]
    return re.sub(r"[,;:\s]+(?:and|so|but|then|und|et|or|because)?[,\s]*$", "", text).strip()


def clean_name(said: str, cues: Cues) -> str:
    """The person's name in these capitalised words ("Right Marcus" is Marcus), or empty: sentence openers, weekdays and the like are none."""
    words = [word.removesuffix("'s").removesuffix("’s") for word in said.split()]
    while words and words[0].casefold().replace("’", "'") in cues.not_names:
        words.pop(0)
    is_clean = all(word.casefold() not in cues.not_names for word in words)
    return " ".join(words) if is_clean else ""
