"""A chapter of the notes: its title and what mattered in it, by one prompt over all of it and one for each line that ranks high."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..schemas import WrittenChapter, WrittenTitle
from .candidates import list_barred
from .chapters import cut_chapters
from .grounding import choose_sources
from .item_writing import write_candidate
from .items import DraftItem, Task
from .lines import Line, split_sentences
from .model import Writer
from .phrasing import tidy
from .points import find_points
from .prompts import build_messages, get_prompt, wrap_said, write_lines
from .ranking import Ranks
from .store import DraftStore
from .title_words import title_by_words

CHAPTER_TOKENS = 90
MOST_SENTENCES = 2


def find_chapters(task: Task, vectors: np.ndarray, *, max_tokens: int, store: DraftStore) -> list[range]:
    """Ranges of line numbers; cut once."""
    saved = store.get("chapters")
    if saved is None:
        found = cut_chapters(task.lines, vectors, max_tokens=max_tokens)
        saved = [[chapter.start, chapter.stop] for chapter in found]
        store.put("chapters", saved)
    return [range(start, stop) for start, stop in saved]


def write_chapter(
    task: Task, chapter: range, *, number: int, ranks: Ranks | None, writer: Writer, store: DraftStore
) -> None:
    """Fill `chapter:N`: `title`, `fallback`, `start_ms`, `segment_ids`, `points`, and `read`, the rows that stood in a prompt that was answered. `asked`
    counts the points that were written. Raises InferenceUnavailable (retryable)."""
    key = f"chapter:{number}"
    piece = store.get(key)
    if piece is None:
        head = _write_head(task, chapter, number=number, is_ranked=ranks is not None, writer=writer)
        piece = {**head, "asked": 0}
        store.put(key, piece)
    for point in find_points(task, chapter, ranks["point"])[piece["asked"] :] if ranks is not None else []:
        drafts = write_candidate(task, point, writer=writer)
        written = [dataclasses.replace(draft, chapter=number).dump() for draft in drafts]
        piece = {**piece, "points": [*piece["points"], *written], "asked": piece["asked"] + 1}
        store.put(key, piece)


def _write_head(
    task: Task, chapter: range, *, number: int, is_ranked: bool, writer: Writer
) -> dict[str, Any]:
    """Where lines are ranked a title is enough; else the model is asked for the one sentence as well."""
    lines = [task.lines[i] for i in chapter]
    prompt = get_prompt("chapter_title" if is_ranked else "chapter")
    messages = build_messages(
        prompt.text, wrap_said(write_lines(lines)), task=dataclasses.replace(prompt, text=""), more=task.more
    )
    answer = writer.ask(messages, WrittenTitle if is_ranked else WrittenChapter, max_tokens=CHAPTER_TOKENS)
    barred = list_barred(task.lines)
    citable = [line for line in lines if line.number not in barred]
    # A small model may put a whole paragraph where one sentence was asked for; each sentence has to stand for itself.
    sentence = answer.sentence if isinstance(answer, WrittenChapter) and citable else ""
    points = _cite_sentences(split_sentences(sentence)[:MOST_SENTENCES], citable, task=task, number=number)
    return {
        "title": tidy(answer.title)[:120] if answer else "",
        "fallback": title_by_words(citable, task.lines, language=task.language, people=task.people.known),
        "start_ms": lines[0].start_ms,
        "segment_ids": list(dict.fromkeys(pk for line in citable for pk in line.segment_ids)),
        "points": [point.dump() for point in points],
        # Only what was answered counts as read.
        "read": list(dict.fromkeys(pk for line in lines for pk in line.segment_ids)) if answer else [],
    }


def _cite_sentences(
    sentences: Sequence[str], lines: Sequence[Line], *, task: Task, number: int
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
                chapter=number,
            )
        )
    return points
