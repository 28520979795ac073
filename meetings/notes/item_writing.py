"""One candidate → one line of the notes: as it was said where that is clear, else by the model, from the few lines that it may cite."""

import dataclasses
from collections.abc import Sequence

from ..schemas import WrittenLine, WrittenLines
from .cues import Cues, find_cues
from .items import Candidate, DraftItem, Task, make_draft
from .model import Writer
from .open_points import is_asked
from .phrasing import (
    keeps_words,
    name_the_one,
    opens_with_verb,
    phrase_clause,
    stands_alone,
    tidy,
    tidy_action,
    tidy_question,
)
from .prompts import build_messages, get_prompt, wrap_said, write_lines
from .settled import complete_decision, states

ITEM_TOKENS = 64
MATTER_LINES = 4


def write_candidate(task: Task, candidate: Candidate, *, writer: Writer) -> list[DraftItem]:
    """The line, or the lines, of the notes for one candidate, each with the words that were said to fall back on. Raises InferenceUnavailable (retryable)."""
    cues = find_cues(task.language)
    said = [task.lines[number].text for number in candidate.lines]
    fallback = _quote_clause(task, candidate, cues, said=said)
    if fallback and cues and _needs_no_writer(candidate, cues, language=task.language):
        # What is clear as it was said needs no writer who might turn it round.
        texts = [fallback]
    else:
        texts = ask_for_texts(task, candidate, writer=writer)
    if cues and not task.write_in and candidate.kind == "decision":
        texts = complete_decision(texts, said, cues=cues, language=task.language)
    texts = [shape(text, candidate, task=task, said=said) for text in texts]
    if candidate.kind == "point" and fallback:
        # A small model likes to say that something "was discussed"; then people's own words say more.
        texts = [text if keeps_words(text, fallback, language=task.language) else fallback for text in texts]
    if candidate.kind == "action" and task.language.startswith("en") and not task.write_in:
        candidate, texts, fallback = _name_matter(task, candidate, texts=texts, fallback=fallback)
    texts = list(dict.fromkeys(text for text in texts if text)) or [""]
    return [make_draft(candidate, task.lines, text=text, fallback=fallback) for text in texts]


def _quote_clause(task: Task, candidate: Candidate, cues: Cues | None, *, said: Sequence[str]) -> str:
    """The words that were said, as a line; empty when they cannot be one, or the notes are in another language."""
    if task.write_in:
        return ""
    if candidate.kind == "point" and cues and not states(candidate.clause, cues, language=task.language):
        return ""
    clause = phrase_clause(
        candidate.clause, candidate.kind, cues, owner=candidate.owner_name, due_text=candidate.due_text
    )
    return shape(clause, candidate, task=task, said=said)


def _name_matter(
    task: Task, candidate: Candidate, *, texts: Sequence[str], fallback: str
) -> tuple[Candidate, list[str], str]:
    """Things counted just before ("two blockers, who owns them?") give the task its noun; the line that has it is cited as well."""
    first = candidate.lines[0]
    around = range(max(0, first - MATTER_LINES), first + 1)
    before = " ".join(task.lines[number].text for number in around)
    named = {text: name_the_one(text, before) for text in [*texts, fallback]}
    nouns = {new.split()[-1] for text, new in named.items() if new != text}
    holding = [number for number in around if any(noun in task.lines[number].text for noun in nouns)]
    candidate = dataclasses.replace(candidate, lines=tuple(sorted({*holding, *candidate.lines})))
    return candidate, [named[text] for text in texts], named[fallback]


def _needs_no_writer(candidate: Candidate, cues: Cues, *, language: str) -> bool:
    """A short task with its object, or a sentence that settles something rather than proposing or asking it."""
    if candidate.kind == "action":
        return stands_alone(candidate.clause, cues, language=language)
    # A point is written anew: people say it with "um" and "I think".
    return candidate.kind == "decision" and states(candidate.clause, cues, language=language)


def ask_for_texts(task: Task, candidate: Candidate, *, writer: Writer) -> list[str]:
    """The model's own words for a candidate, one text or up to three for decisions; none without a usable answer. Raises InferenceUnavailable (retryable)."""
    messages = build_item_messages(task, candidate)
    if candidate.kind == "decision":
        several = writer.ask(messages, WrittenLines, max_tokens=2 * ITEM_TOKENS)
        return several.texts if several else []
    one = writer.ask(messages, WrittenLine, max_tokens=ITEM_TOKENS)
    return [one.text] if one else []


def build_item_messages(task: Task, candidate: Candidate) -> list[dict[str, str]]:
    """The lines that may be cited and, where a line holds more than one thing, the words that matter."""
    chosen = [task.lines[number] for number in candidate.lines]
    # A point says what was said, not who said it.
    quoted = "\n".join(line.text for line in chosen) if candidate.kind == "point" else write_lines(chosen)
    said = wrap_said(quoted)
    hint = ""
    if candidate.clause and len(chosen) > 1 and candidate.kind != "decision":
        hint = f"It is about these words: {wrap_said(' '.join(candidate.clause.split()[:40]), mark='words')}"
    prompt = get_prompt(f"item_{candidate.kind}")
    return build_messages(
        get_prompt("item_system").text,
        said,
        task=prompt,
        hint=hint,
        more=task.more if candidate.kind == "point" else task.write_in,
    )


def shape(text: str, item: Candidate | DraftItem, *, task: Task, said: Sequence[str]) -> str:
    """A sentence in the form of its kind; empty when it cannot be one: a task begins with a verb, an open question was asked in `said`."""
    cues = None if task.write_in else find_cues(task.language)
    if item.kind == "action":
        text = tidy_action(text, owner=item.owner_name, due_text=item.due_text)
        is_checked = cues is not None and task.language.startswith("en")
        return text if not is_checked or opens_with_verb(text) else ""
    if item.kind != "question":
        return tidy(text)
    is_open = cues is None or is_asked(text, said, cues=cues, language=task.language)
    return tidy_question(text) if is_open else ""
