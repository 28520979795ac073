"""Candidates without cues: the chat model is asked about every line whether a task is taken on in it.

For languages that have no page of cues. About a second a line on two cores, because the shared beginning of the prompt stays in the
server's cache; the scores order the lines, the best tenth becomes candidates.
"""

from collections.abc import Sequence
from dataclasses import replace

from .items import Candidate
from .lines import Line
from .model import Writer
from .prompts import build_messages, get_prompt, wrap_said, write_lines
from .store import DraftStore

CONTEXT_LINES = 2
SHORTEST_WORDS = 4
# Of the lines asked about; a meeting has fewer tasks than that.
BEST_SHARE = 0.1
SAVE_EVERY = 20


def find_by_score(lines: Sequence[Line], *, writer: Writer, store: DraftStore) -> list[Candidate]:
    """Candidates for action items, with the line before as context. Raises InferenceUnavailable (retryable); scores are kept."""
    scores: dict[str, float | None] = dict(store.get("scores") or {})
    asked = [line for line in lines if len(line.text.split()) >= SHORTEST_WORDS]
    for position, line in enumerate(asked):
        if str(line.number) in scores:
            continue
        scores[str(line.number)] = score_line(lines, line.number, writer=writer)
        if position % SAVE_EVERY == 0:
            store.put("scores", scores)
    store.put("scores", scores)
    ranked = sorted((s, int(n)) for n, s in scores.items() if s is not None and s > 0)[::-1]
    best = sorted(number for _, number in ranked[: max(1, round(BEST_SHARE * len(asked)))])
    return [_make_candidate(lines, number) for number in best] if ranked else []


def score_line(lines: Sequence[Line], number: int, *, writer: Writer) -> float | None:
    """ln p(yes) - ln p(no) for one line, or None."""
    shown = lines[max(0, number - CONTEXT_LINES) : number + 1]
    prompt = get_prompt("line_score")
    messages = build_messages(prompt.text, wrap_said(write_lines(shown)), task=replace(prompt, text=""))
    return writer.score_yes(messages, yes=("yes",), no=("no",))


def _make_candidate(lines: Sequence[Line], number: int) -> Candidate:
    """Who takes it on is not known without cues, so nobody is named."""
    return Candidate(
        kind="action",
        lines=tuple(range(max(0, number - 1), number + 1)),
        clause=lines[number].text,
        strength=2.0,
    )
