"""The strategy for a small chat model: rules find the lines, the model writes one line of the notes at a time from a few of them.

    lines ──cues (or a yes/no score per line), ranked──▶ candidates ──one prompt each──▶ items
      └────chapters ──one prompt each, and one for each line that ranks high──▶ title and points ──one prompt──▶ summary

Measured with Qwen2.5-Coder-1.5B: asked for a whole window at once it finds three of six action items and invents others; asked for
one sentence about two to five lines it mostly says what they say.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from .candidates import choose_candidates, find_candidates, find_uncued
from .chapter_writing import find_chapters, write_chapter
from .cues import find_cues
from .item_writing import write_candidate
from .items import Candidate, Task
from .model import Writer
from .ranking import Ranks, rank_lines
from .scores import find_by_score
from .store import DraftStore
from .summarise import SUMMED
from .typed import weigh_written

PROMPTS = ("item_system", "item_action", "item_decision", "item_question", "item_risk", "item_point", "item_repair", "chapter", "chapter_title", "summary", "line_score", "wishes")  # fmt: skip


def draft_small(
    task: Task,
    *,
    writer: Writer,
    store: DraftStore,
    report: Callable[[int], None],
    embed: Callable[[Sequence[str]], np.ndarray],
) -> None:
    """Fill the store: `candidates`, `chapters`, `chapter:N`, `item:N`. `report(ms)` after every chapter. Raises InferenceUnavailable (retryable)."""
    vectors = embed([line.text for line in task.lines])
    ranks = rank_lines(task.lines, vectors, language=task.language)
    candidates = _find_candidates(task, ranks=ranks, writer=writer, store=store)
    chapters = find_chapters(task, vectors, max_tokens=writer.model.window_tokens, store=store)
    for number, chapter in enumerate(chapters):
        write_chapter(task, chapter, number=number, ranks=ranks, writer=writer, store=store)
        # Kind by kind: prompts of one kind begin alike, and the server keeps what it has read.
        for position, candidate in sorted(enumerate(candidates), key=lambda pair: pair[1].kind):
            if candidate.lines[0] in chapter and store.get(f"item:{position}") is None:
                drafts = write_candidate(task, candidate, writer=writer)
                store.put(f"item:{position}", [draft.dump() for draft in drafts])
        report(task.lines[chapter[-1]].end_ms)


def _find_candidates(
    task: Task, *, ranks: Ranks | None, writer: Writer, store: DraftStore
) -> list[Candidate]:
    saved = store.get("candidates")
    if saved is None:
        found = (
            find_candidates(task)
            if find_cues(task.language)
            else find_by_score(task.lines, writer=writer, store=store)
        )
        found = weigh_written(found, task)
        chosen = choose_candidates(found, task.lines, ranks=ranks, share=task.share)
        chosen += find_uncued(task, ranks, chosen=chosen)
        wanted = task.sections | SUMMED if "summary" in task.sections else task.sections
        saved = [dataclasses.asdict(candidate) for candidate in chosen if candidate.kind in wanted]
        store.put("candidates", saved)
    return [Candidate(**{**candidate, "lines": tuple(candidate["lines"])}) for candidate in saved]
