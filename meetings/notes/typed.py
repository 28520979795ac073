"""What people wrote down during the meeting, as evidence: a typed line that is a task, a decision, a question or a risk becomes one of the notes in
its own words, and what was said around a line or a mark counts for more.

A person's own words need no proof by the transcript; the lines of it that hold the same words are cited beside them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..language.dates import find_dates
from ..models import Meeting, OwnNote
from .acts import list_acts
from .cues import Cues, find_cues
from .grounding import choose_sources
from .items import Candidate, DraftItem, Task, Written
from .lines import Line
from .phrasing import tidy, tidy_question

# People write after they have heard, and some write what is about to be settled.
HEARD_BEFORE_MS, HEARD_AFTER_MS = 45_000, 15_000
# Of candidates near a mark or a typed line; more than half of what lies between a weak one and one that is shown.
MARK_STRENGTH = 0.5
# Above all that rules give: of two like lines the person's words stay.
TYPED_STRENGTH = 9.0
_LABELS = {
    "action": r"todo|to do|task|action(?: item| point)?|ai|aufgabe|t[aâ]che|à faire|\[ ?\]|[-*] \[ ?\]",
    "decision": r"decision|decided|agreed|beschluss|entscheidung|entschieden|d[eé]cision|d[eé]cid[eé]",
    "question": r"question|open(?: question)?|frage|offen|\?",
    "risk": r"risk|risiko|risque",
}
_LABELLED = {
    kind: re.compile(rf"^(?:{words})(?:\s*[:–-]\s*|(?<=\])\s*)(?=\S)", re.IGNORECASE)
    for kind, words in _LABELS.items()
}
# "@Tom send it", "Tom: send it", "Tom to send it", "Tom will send it"
_ASSIGNED = re.compile(
    r"^(?:@(?P<at>[^\W\d_][\w'-]*)[:,]?|(?P<name>[A-ZÀ-Þ][\w'-]+(?: [A-ZÀ-Þ][\w'-]+)?)(?::|,? (?:to|will|should|must|needs to|has to|soll|muss|wird|doit)))\s+(?=\S)"
)


def load_written(meeting: Meeting) -> list[Written]:
    """Typed lines and marks in order of time; one query."""
    return [
        Written(id=str(row.pk), at_ms=row.at_ms, text=" ".join(row.text.split()))
        for row in OwnNote.objects.filter(meeting=meeting)
    ]


def draft_typed(task: Task) -> list[DraftItem]:
    """The typed lines that are an item by themselves. Costs nothing: no model is asked."""
    found = (_draft_line(written, task) for written in task.written if written.text)
    return [draft for draft in found if draft is not None]


def _draft_line(written: Written, task: Task) -> DraftItem | None:
    cues = find_cues(task.language)
    kind, text = _tell_kind(written.text, cues)
    if kind is None:
        return None
    near = list_near(written.at_ms, task.lines)
    chosen = choose_sources(text, [line.text for line in near], language=task.language) if near else []
    draft = DraftItem(
        kind=kind,
        text=tidy_question(text) if kind == "question" else tidy(text),
        segment_ids=tuple(dict.fromkeys(pk for i in chosen for pk in near[i].segment_ids)),
        position_ms=written.at_ms,
        strength=TYPED_STRENGTH,
        own_note_id=written.id,
    )
    return _assign(draft, text, task=task, cues=cues) if kind == "action" else draft


def _tell_kind(text: str, cues: Cues | None) -> tuple[str | None, str]:
    """What the line is, and its words without the label. None: a line like any other."""
    for kind, pattern in _LABELLED.items():
        if label := pattern.match(text):
            return kind, text[label.end() :]
    if text.endswith("?"):
        return "question", text
    if _is_task(text, cues):
        return "action", text
    if cues and cues.decide.search(text):
        return "decision", text
    return None, text


def _is_task(text: str, cues: Cues | None) -> bool:
    """It begins with a verb of work, with somebody who is to do it, or takes something on as one does when speaking."""
    if text.startswith("@"):
        return True
    if cues is None:
        return False
    name = _ASSIGNED.match(text)
    if cues.task.search(text[name.end() :].lower() if name else text.lower()):
        return True
    line = Line(number=0, segment_ids=(), speaker_id=None, name="", text=text, start_ms=0, end_ms=0)
    return any(act.is_work and not act.is_hedged and not act.is_pronoun for act in list_acts([line], cues))


def _assign(draft: DraftItem, text: str, *, task: Task, cues: Cues | None) -> DraftItem:
    """Owner and date, as they were written; any date in a task is until when."""
    if named := _ASSIGNED.match(text):
        said = named["at"] or named["name"]
        if cues is None or said.casefold() not in cues.not_names:
            name = task.people.resolve_name(said)
            rest = tidy(text[named.end() :])
            speaker = task.people.find_speaker(name)
            draft = replace(draft, text=rest, owner_name=name, owner_speaker_id=speaker)
    if dates := find_dates(text, held_on=task.held_on, language=task.language):
        draft = replace(draft, due_on=dates[-1].on.isoformat(), due_text=dates[-1].text[:100])
    return draft


def list_near(at_ms: int, lines: Sequence[Line]) -> list[Line]:
    """What was said around the moment something was written."""
    first_ms, last_ms = at_ms - HEARD_BEFORE_MS, at_ms + HEARD_AFTER_MS
    return [line for line in lines if line.end_ms >= first_ms and line.start_ms <= last_ms]


def weigh_written(candidates: Sequence[Candidate], task: Task) -> list[Candidate]:
    """Candidates near a mark or a typed line become stronger: somebody thought that the moment matters."""
    near = {line.number for written in task.written for line in list_near(written.at_ms, task.lines)}
    return [
        replace(each, strength=round(each.strength + MARK_STRENGTH, 2)) if near & set(each.lines) else each
        for each in candidates
    ]
