"""Open questions and risks: a question that got no answer, a worry that was spoken."""

from collections.abc import Sequence

from ..language.words import are_alike, get_stems
from .cues import Cues
from .items import Candidate
from .lines import Line

# An answer, or "I don't know", comes within these lines.
ANSWER_LINES = 3
MIN_STEMS = 2
SAME_SHARE = 0.6


def find_questions(lines: Sequence[Line], *, cues: Cues, language: str) -> list[Candidate]:
    """Questions whose answer was "not known", and sentences that name something as open."""
    found: list[Candidate] = []
    for line in lines:
        if cues.question.search(line.text) and len(get_stems(line.text, language=language)) >= MIN_STEMS:
            answers = [
                other
                for other in lines[line.number + 1 : line.number + 1 + ANSWER_LINES]
                if cues.unanswered.search(other.text) and other.turn != line.turn
            ]
            if answers:
                strength = 1.5 + 0.5 * len(answers) + 0.4 * (answers[0].turn == line.turn + 1)
                found.append(
                    _make("question", [line.number, *(a.number for a in answers)], line.text, strength)
                )
        elif cues.open_point.search(line.text):
            context = range(max(0, line.number - 2), line.number)
            found.append(_make("question", [*context, line.number], line.text, 1.8))
    return merge_near(found, language=language)


def is_asked(text: str, said: Sequence[str], *, cues: Cues, language: str) -> bool:
    """Is this line of the writer a question? "Sofia is not here?" is a statement with a question mark behind it: it begins like none, and
    nobody asked it."""
    if cues.question.search(text.rstrip("? ")):
        return True
    stems = get_stems(text, language=language)
    questions = (sentence for sentence in said if sentence.rstrip().endswith("?"))
    return any(are_alike(stems, get_stems(each, language=language), share=SAME_SHARE) for each in questions)


def find_risks(lines: Sequence[Line], *, cues: Cues, language: str) -> list[Candidate]:
    """Sentences that warn; one that only says "that is a risk" takes the sentence before it along."""
    found: list[Candidate] = []
    for line in lines:
        hits = [match[0].lower() for match in cues.risk.finditer(line.text)]
        if not hits or line.text.rstrip().endswith("?"):
            continue
        numbers = [line.number]
        if len(get_stems(line.text, language=language)) <= 2 and line.number > 0:
            numbers.insert(0, line.number - 1)
        clause = max((lines[n].text for n in numbers), key=len)
        strength = (
            1.2
            + 0.5 * len(set(hits))
            + 0.6 * any(hit.startswith(("risk", "worr", "concern", "danger", "down to")) for hit in hits)
        )
        found.append(_make("risk", numbers, clause, strength))
    return merge_near(found, language=language)


def _make(kind: str, numbers: Sequence[int], clause: str, strength: float) -> Candidate:
    return Candidate(kind=kind, lines=tuple(sorted(set(numbers))), clause=clause, strength=round(strength, 2))


def merge_near(candidates: Sequence[Candidate], *, language: str) -> list[Candidate]:
    """Neighbours whose lines overlap or touch, or that say the same, become one; the clause of the stronger stays."""
    merged: list[Candidate] = []
    for candidate in candidates:
        last = merged[-1] if merged else None
        if last is not None and _belong_together(last, candidate, language=language):
            stronger = max(last, candidate, key=lambda c: c.strength)
            lines = tuple(sorted({*last.lines, *candidate.lines}))
            merged[-1] = Candidate(
                kind=last.kind,
                lines=lines,
                clause=stronger.clause,
                strength=round(stronger.strength + 0.3, 2),
            )
        else:
            merged.append(candidate)
    return merged


def _belong_together(left: Candidate, right: Candidate, *, language: str) -> bool:
    near = right.lines[0] - left.lines[-1] <= (1 if left.kind == "question" else 2)
    a, b = (get_stems(c.clause, language=language) for c in (left, right))
    return near or (right.lines[0] - left.lines[-1] <= 8 and are_alike(a, b, share=SAME_SHARE))
