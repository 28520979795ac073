"""The strategy for a small chat model: rules find the lines, the model writes one line of the notes at a time from a few of them.

    lines ──cues (or a yes/no score per line)──▶ candidates ──one prompt each──▶ items
      └────chapters────one prompt each────▶ title and points ────one prompt────▶ summary

Measured with Qwen2.5-Coder-1.5B: asked for a whole window at once it finds three of six action items and invents others; asked for
one sentence about two to five lines it mostly says what they say.
"""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ...schemas import WrittenChapter, WrittenLine, WrittenLines
from .candidates import choose_candidates, find_candidates, list_barred
from .chapters import cut_chapters
from .cues import Cues, find_cues
from .grounding import choose_sources
from .items import Candidate, DraftItem, Task, make_draft
from .lines import Line, split_sentences
from .model import Writer
from .open_points import is_asked
from .phrasing import name_the_one, phrase_clause, stands_alone, tidy, tidy_action, tidy_question
from .prompts import build_messages, get_prompt, wrap_said, write_lines
from .scores import find_by_score
from .settled import complete_decision, states
from .store import DraftStore
from .summarise import SUMMED
from .typed import weigh_written
from .words import get_stems

PROMPTS = ("item_system", "item_action", "item_decision", "item_question", "item_risk", "item_repair", "chapter", "summary", "line_score", "wishes")  # fmt: skip
ITEM_TOKENS = 64
MATTER_LINES = 4
CHAPTER_TOKENS = 90
MOST_SENTENCES = 2


def draft_small(
    task: Task,
    *,
    writer: Writer,
    store: DraftStore,
    report: Callable[[int], None],
    embed: Callable[[Sequence[str]], np.ndarray],
) -> None:
    """Fill the store: `candidates`, `chapter:N`, `item:N`. `report(ms)` after every chapter. Raises InferenceUnavailable (retryable)."""
    candidates = _find_candidates(task, writer=writer, store=store)
    chapters = _find_chapters(task, writer=writer, store=store, embed=embed)
    for number, chapter in enumerate(chapters):
        _write_chapter(task, chapter, number=number, writer=writer, store=store)
        # Kind by kind: prompts of one kind begin alike, and the server keeps what it has read.
        for position, candidate in sorted(enumerate(candidates), key=lambda pair: pair[1].kind):
            if candidate.lines[0] in chapter:
                _write_candidate(task, candidate, key=f"item:{position}", writer=writer, store=store)
        report(task.lines[chapter[-1]].end_ms)


# --- candidates -----------------------------------------------------------------------------------
def _find_candidates(task: Task, *, writer: Writer, store: DraftStore) -> list[Candidate]:
    saved = store.get("candidates")
    if saved is None:
        found = (
            find_candidates(task)
            if find_cues(task.language)
            else find_by_score(task.lines, writer=writer, store=store)
        )
        found = weigh_written(found, task)
        chosen = choose_candidates(found, task.lines, share=task.share)
        wanted = task.sections | SUMMED if "summary" in task.sections else task.sections
        saved = [dataclasses.asdict(candidate) for candidate in chosen if candidate.kind in wanted]
        store.put("candidates", saved)
    return [Candidate(**{**candidate, "lines": tuple(candidate["lines"])}) for candidate in saved]


# --- one item -------------------------------------------------------------------------------------
def _write_candidate(
    task: Task, candidate: Candidate, *, key: str, writer: Writer, store: DraftStore
) -> None:
    if store.get(key) is not None:
        return
    cues = find_cues(task.language)
    fallback = ""
    if not task.write_in:
        fallback = phrase_clause(
            candidate.clause, candidate.kind, cues, owner=candidate.owner_name, due_text=candidate.due_text
        )
    said = [task.lines[number].text for number in candidate.lines]
    if fallback and cues and _needs_no_writer(candidate, cues, language=task.language):
        # What is clear as it was said needs no writer who might turn it round.
        texts = [fallback]
    else:
        texts = _ask_for_texts(task, candidate, writer=writer)
    if cues and not task.write_in:
        if candidate.kind == "decision":
            texts = complete_decision(texts, said, cues=cues, language=task.language)
        elif candidate.kind == "question":
            keep = functools.partial(is_asked, said=said, cues=cues, language=task.language)
            texts, fallback = [text for text in texts if keep(text)], fallback if keep(fallback) else ""
    texts = [shape(text, candidate) for text in texts]
    if candidate.kind == "action" and task.language.startswith("en") and not task.write_in:
        candidate, texts, fallback = _name_matter(task, candidate, texts=texts, fallback=fallback)
    texts = list(dict.fromkeys(text for text in texts if text)) or [""]
    drafts = [make_draft(candidate, task.lines, text=text, fallback=fallback) for text in texts]
    store.put(key, [draft.dump() for draft in drafts])


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
    return candidate.kind == "decision" and states(candidate.clause, cues, language=language)


def _ask_for_texts(task: Task, candidate: Candidate, *, writer: Writer) -> list[str]:
    messages = build_item_messages(task, candidate)
    if candidate.kind == "decision":
        several = writer.ask(messages, WrittenLines, max_tokens=2 * ITEM_TOKENS)
        return several.texts if several else []
    one = writer.ask(messages, WrittenLine, max_tokens=ITEM_TOKENS)
    return [one.text] if one else []


def build_item_messages(task: Task, candidate: Candidate) -> list[dict[str, str]]:
    """The lines that may be cited and, where a line holds more than one thing, the words that matter."""
    chosen = [task.lines[number] for number in candidate.lines]
    said = wrap_said(write_lines(chosen))
    hint = ""
    if candidate.clause and len(chosen) > 1 and candidate.kind != "decision":
        hint = f"It is about these words: {wrap_said(' '.join(candidate.clause.split()[:40]), mark='words')}"
    prompt = get_prompt(f"item_{candidate.kind}")
    return build_messages(get_prompt("item_system").text, said, task=prompt, hint=hint, more=task.write_in)


def shape(text: str, candidate: Candidate) -> str:
    """The model's sentence in the form of its kind."""
    if candidate.kind == "action":
        return tidy_action(text, owner=candidate.owner_name, due_text=candidate.due_text)
    return tidy_question(text) if candidate.kind == "question" else tidy(text)


# --- chapters -------------------------------------------------------------------------------------
def _find_chapters(
    task: Task, *, writer: Writer, store: DraftStore, embed: Callable[[Sequence[str]], np.ndarray]
) -> list[range]:
    saved = store.get("chapters")
    if saved is None:
        vectors = embed([line.text for line in task.lines])
        found = cut_chapters(task.lines, vectors, max_tokens=writer.model.window_tokens)
        saved = [[chapter.start, chapter.stop] for chapter in found]
        store.put("chapters", saved)
    return [range(start, stop) for start, stop in saved]


def _write_chapter(task: Task, chapter: range, *, number: int, writer: Writer, store: DraftStore) -> None:
    key = f"chapter:{number}"
    if store.get(key) is not None:
        return
    lines = [task.lines[i] for i in chapter]
    barred = list_barred(task.lines)
    said = wrap_said(write_lines(lines))
    prompt = get_prompt("chapter")
    messages = build_messages(prompt.text, said, task=dataclasses.replace(prompt, text=""), more=task.more)
    answer = writer.ask(messages, WrittenChapter, max_tokens=CHAPTER_TOKENS)
    citable = [line for line in lines if line.number not in barred]
    # A small model may put a whole paragraph where one sentence was asked for; each sentence has to stand for itself.
    sentences = split_sentences(answer.sentence)[:MOST_SENTENCES] if answer and citable else []
    points = _cite_sentences(sentences, citable, task=task, chapter=number)
    store.put(
        key,
        {
            "title": tidy(answer.title)[:120] if answer else "",
            "fallback": title_by_words(lines, task.lines, language=task.language),
            "start_ms": lines[0].start_ms,
            "segment_ids": list(dict.fromkeys(pk for line in citable for pk in line.segment_ids)),
            "points": [point.dump() for point in points],
            # Only what was answered counts as read.
            "read": list(dict.fromkeys(pk for line in lines for pk in line.segment_ids)) if answer else [],
        },
    )


def _cite_sentences(
    sentences: Sequence[str], lines: Sequence[Line], *, task: Task, chapter: int
) -> list[DraftItem]:
    """Each sentence with the lines that hold its words. In another language than the meeting's the whole chapter is the source."""
    points = []
    for sentence in sentences:
        text = tidy(sentence)
        texts = [f"{line.name}: {line.text}" for line in lines]
        chosen = range(len(lines)) if task.write_in else choose_sources(text, texts, language=task.language)
        if not text:
            continue
        # A sentence that rests on nothing goes on to the check, which counts it.
        cited = [lines[i] for i in chosen]
        ids = tuple(dict.fromkeys(pk for line in cited for pk in line.segment_ids))
        points.append(
            DraftItem(
                kind="point",
                text=text,
                segment_ids=ids,
                position_ms=(cited or lines)[0].start_ms,
                chapter=chapter,
            )
        )
    return points


def title_by_words(chapter: Sequence[Line], lines: Sequence[Line], *, language: str) -> str:
    """The three words that are more at home here than elsewhere, for when the model's title does not hold."""

    here = Counter(stem for line in chapter for stem in get_stems(line.text, language=language))
    everywhere = Counter(stem for line in lines for stem in get_stems(line.text, language=language))
    surface: dict[str, str] = {}
    for line in chapter:
        for word in line.text.split():
            bare = word.strip(".,;:!?\"'()")
            stems = get_stems(bare, language=language)
            if len(stems) == 1 and len(bare) > 3 and not bare[0].isdigit():
                surface.setdefault(next(iter(stems)), bare)
    scored = sorted(surface, key=lambda stem: -(here[stem] ** 2) / (1 + everywhere[stem]))
    return tidy(
        ", ".join(
            surface[stem].lower() if not surface[stem][0].isupper() else surface[stem] for stem in scored[:3]
        )
    )
