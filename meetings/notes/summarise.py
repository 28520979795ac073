"""The summary: a few sentences over the points of all chapters, the decisions and the risks, each citing what they cite."""

import re
from collections.abc import Sequence

from ..language.words import get_stems
from ..schemas import WrittenSummary
from .items import DraftItem
from .model import Writer
from .phrasing import tidy
from .prompts import build_messages, get_prompt, wrap_said

SUMMARY_TOKENS = 220
# One prompt; of a longer list every n-th point is left to its chapter.
MOST_POINTS = 24
FEWEST = 3
_COMMENT = re.compile(
    r",? \b(?:which|making|indicating|highlighting|showing|suggesting|leading|resulting)\b.*$"
)
# Kinds of lines a summary rests on.
SUMMED = frozenset({"point", "decision", "risk"})


def draft_summary(
    points: Sequence[DraftItem], *, writer: Writer, language: str, write_in: str = ""
) -> list[DraftItem]:
    """Sentences with the rows of their points. Filled up with decisions and points when the model gives little. Raises InferenceUnavailable."""
    if not points:
        return []
    step = -(-len(points) // MOST_POINTS)
    shown = list(points)[::step]
    numbered = "\n".join(f"{number}. {point.text}" for number, point in enumerate(shown, start=1))
    messages = build_messages(get_prompt("summary").text, wrap_said(numbered, mark="points"), more=write_in)
    answer = writer.ask(
        messages, WrittenSummary, max_tokens=SUMMARY_TOKENS, points=list(range(1, len(shown) + 1))
    )
    drafts = []
    for sentence in answer.sentences if answer else []:
        rested = [shown[n - 1] for n in dict.fromkeys(sentence.points) if 1 <= n <= len(shown)]
        ids = tuple(dict.fromkeys(pk for point in rested for pk in point.segment_ids))
        if sentence.text and rested:
            drafts.append(
                DraftItem(
                    kind="summary",
                    text=cut_comment(tidy(sentence.text), rested, language=language),
                    segment_ids=ids,
                    position_ms=rested[0].position_ms,
                    fallback=rested[0].text,
                )
            )
    return _fill_up(drafts, points)


def cut_comment(text: str, points: Sequence[DraftItem], *, language: str) -> str:
    """Without a ", which is critical for success" that the points do not say."""
    tail = _COMMENT.search(text)
    if tail is None:
        return text
    said = set().union(*(get_stems(point.text, language=language) for point in points))
    return text if get_stems(tail[0], language=language) <= said else tidy(text[: tail.start()])


def _fill_up(drafts: Sequence[DraftItem], points: Sequence[DraftItem]) -> list[DraftItem]:
    """A summary of fewer than `FEWEST` sentences gets the decisions it left out, then other points, as they stand."""
    filled = list(drafts)
    for point in sorted(points, key=lambda point: point.kind != "decision"):
        cited = {pk for draft in filled for pk in draft.segment_ids}
        if len(filled) < FEWEST and not cited & set(point.segment_ids):
            filled.append(
                DraftItem(
                    kind="summary",
                    text=point.text,
                    segment_ids=point.segment_ids,
                    position_ms=point.position_ms,
                )
            )
    return sorted(filled, key=lambda draft: draft.position_ms)
