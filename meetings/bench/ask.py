"""Questions about the demo meeting, one after the other: how long a person waits for the first words and for the checked answer."""

import statistics
import time
from collections.abc import Sequence

from meetings.ask.answer import answer_question
from meetings.demo.load import load_demo
from meetings.inference_client import InferenceClient
from meetings.notes.lines import Line, load_lines
from meetings.notes.model import Writer, choose_model

from .figures import Figure
from .web import make_user

LIMIT_MS = 3_000
# The first only warms; each of the others goes on from the one before it.
QUESTIONS = (
    "When does Atlas launch?",
    "Why does Atlas launch later?",
    "Who fixes the export timeout?",
    "When is the timeout fixed?",
    "How long is the free trial?",
    "What does the starter tier cost?",
    "What is wrong with the status page?",
    "Who opens a ticket for the status page?",
)


def measure_ask(*, client: InferenceClient, questions: Sequence[str] = QUESTIONS) -> list[Figure]:
    """Without the page, which looks twice a second. Raises InferenceUnavailable (retryable)."""
    lines = load_lines(load_demo(make_user(), send=lambda job_id: None))
    writer = Writer(client=client, model=choose_model(client))
    times = [measure_one(question, lines, client=client, writer=writer) for question in questions][1:]
    firsts, wholes = [first for first, _ in times if first is not None], [whole for _, whole in times]
    return [
        Figure("follow-up questions", len(times), ""),
        Figure("of these written by the model", len(firsts), ""),
        Figure("first words, median", statistics.median(firsts), "ms", limit=LIMIT_MS),
        Figure("first words, slowest", max(firsts), "ms", limit=LIMIT_MS),
        Figure("checked answer, median", statistics.median(wholes), "ms"),
        Figure("checked answer, slowest", max(wholes), "ms"),
    ]


def measure_one(
    question: str, lines: Sequence[Line], *, client: InferenceClient, writer: Writer
) -> tuple[float | None, float]:
    """Milliseconds to the first words of the draft (None: nothing was written) and to the answer."""
    began = time.perf_counter()
    firsts: list[float] = []

    def watch(text: str) -> None:
        if text and not firsts:
            firsts.append((time.perf_counter() - began) * 1000)

    answer_question(question, lines, client=client, writer=writer, language="en", watch=watch)
    return (firsts[0] if firsts else None), (time.perf_counter() - began) * 1000
