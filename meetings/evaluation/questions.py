"""Questions with known answers, asked of a meeting as it came out of the pipeline.

A file is a list of `{"id", "meeting", "question", "answer_has": [["15 december", "december 15"], …], "answer_has_not": ["december 8"],
"answerable": false, "refuse_or_joke": true}`: an answer is right when it holds one of each list and none of the last; what is not
answerable, or only a joke, is right when nothing is claimed.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from meetings.ask.answer import Reply, answer_question
from meetings.inference_client import InferenceClient
from meetings.models import Meeting
from meetings.notes.lines import load_lines
from meetings.notes.model import Writer, choose_model

VERDICTS = ("right", "refused", "wrong lines", "wrong")


@dataclasses.dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    id: str
    meeting: str
    text: str
    has: tuple[tuple[str, ...], ...]
    has_not: tuple[str, ...]
    is_answerable: bool

    @classmethod
    def parse(cls, row: dict[str, Any]) -> "AskedQuestion":
        """Raises KeyError when a field is missing."""
        return cls(
            id=row["id"],
            meeting=row["meeting"],
            text=row["question"],
            has=tuple(tuple(group) for group in row.get("answer_has", [])),
            has_not=tuple(row.get("answer_has_not", [])),
            is_answerable=row.get("answerable", True) and not row.get("refuse_or_joke", False),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class AskedResult:
    question: AskedQuestion
    reply: Reply

    @property
    def shown(self) -> str:
        """What a person reads: the sentence, or the lines in its place."""
        quoted = " / ".join(f"{line.name}: {line.text}" for line in self.reply.lines)
        return self.reply.text if self.reply.kind == "answered" else quoted

    @property
    def verdict(self) -> str:
        """One of VERDICTS. `refused`: it could have been answered; `wrong lines`: no claim, but lines that do not hold the answer; `wrong`: a
        sentence that is not right."""
        if self.reply.kind == "unsaid":
            return "refused" if self.question.is_answerable else "right"
        is_right = self.question.is_answerable and holds_answer(self.shown, self.question)
        return "right" if is_right else "wrong" if self.reply.kind == "answered" else "wrong lines"


def holds_answer(text: str, question: AskedQuestion) -> bool:
    folded = text.casefold()
    return all(any(one in folded for one in group) for group in question.has) and not any(
        one in folded for one in question.has_not
    )


def read_questions(path: Path) -> list[AskedQuestion]:
    """Raises ValueError for a file that is no list of questions."""
    try:
        return [AskedQuestion.parse(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is no list of questions") from error


def ask_all(
    questions: Sequence[AskedQuestion], meeting: Meeting, *, client: InferenceClient
) -> list[AskedResult]:
    """Raises InferenceUnavailable (retryable)."""
    lines = load_lines(meeting, by_ear=True)
    writer = Writer(client=client, model=choose_model(client))
    return [
        AskedResult(
            question=question,
            reply=answer_question(
                question.text, lines, client=client, writer=writer, language=meeting.language or "en"
            ),
        )
        for question in questions
    ]


def render_results(results: Sequence[AskedResult]) -> Iterator[str]:
    """A line for each question, and the counts."""
    for result in results:
        yield f"{result.question.id}  {result.verdict:<11}  {result.reply.kind:<8}  {result.question.text}  →  {result.shown[:160]}"
    counts = Counter(result.verdict for result in results)
    yield ""
    yield ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS) + f", of {len(results)}"
