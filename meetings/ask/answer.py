"""A question about one meeting → an answer whose every word was said, with the moments it rests on.

lines ─▶ passage ─▶ too little of the question was said ─▶ unsaid
            └─▶ chat model, lines as a closed list ─▶ checked as notes are ─▶ answered
                                                  └─▶ does not hold, or "not said" ─▶ quoted: the lines themselves
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic_core import from_json

from ..inference_client import InferenceClient
from ..notes.candidates import list_barred
from ..notes.grounding import FREE_SHARE_RETOLD, choose_sources, find_asked, find_fault, list_phrases
from ..notes.lines import Line
from ..notes.model import Writer
from ..notes.phrasing import drop_labels, tidy
from ..notes.prompts import build_messages, get_prompt, wrap_said, write_lines
from ..schemas import WrittenReply
from .find import Passage, find_passage

PROMPTS = ("ask",)
ANSWER_TOKENS = 90
MOST_QUOTED = 3


@dataclass(frozen=True, kw_only=True)
class Reply:
    """`kind`: "answered" (a sentence that was checked), "quoted" (the lines that come nearest; `text` is empty) or "unsaid". `lines`:
    what it rests on, in order of time."""

    kind: Literal["answered", "quoted", "unsaid"]
    text: str = ""
    lines: tuple[Line, ...] = ()

    @property
    def segment_ids(self) -> list[int]:
        return list(dict.fromkeys(pk for line in self.lines for pk in line.segment_ids))


def answer_question(
    question: str,
    lines: Sequence[Line],
    *,
    client: InferenceClient,
    writer: Writer,
    language: str,
    watch: Callable[[str], None] | None = None,
) -> Reply:
    """Orders to a machine are no source. `watch`: called with the sentence so far, before it is checked. Raises InferenceUnavailable
    (retryable)."""
    barred = list_barred(lines)
    open_lines = [line for line in lines if line.number not in barred]
    if not open_lines:
        return Reply(kind="unsaid")
    passage = find_passage(question, open_lines, embed=client.embed, language=language)
    if not passage.is_enough:
        return Reply(kind="unsaid")
    # Numbered anew: a small model copies short numbers better.
    shown = [replace(line, number=number) for number, line in enumerate(passage.lines, start=1)]
    written = writer.ask(
        build_question(question, shown),
        WrittenReply,
        max_tokens=ANSWER_TOKENS,
        watch=(lambda text: watch(read_so_far(text))) if watch else None,
        lines=[line.number for line in shown],
    )
    cited = [line for line in shown if written and line.number in written.lines]
    if written and written.said and cited:
        text = tidy(drop_labels(written.answer, {line.name for line in cited}))
        cited = choose_cited(text, cited, shown, language=language)
        if text and holds(text, cited, lines=lines, language=language):
            return Reply(kind="answered", text=text, lines=tuple(cited))
    return Reply(kind="quoted", lines=quote(passage, cited))


def read_so_far(text: str) -> str:
    """The sentence in an answer that is still being written."""
    try:
        written = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return ""
    return str(written.get("answer", "")) if isinstance(written, dict) else ""


def build_question(question: str, lines: Sequence[Line]) -> list[dict[str, str]]:
    """The question stands among the material: it is data as well."""
    prompt = get_prompt(PROMPTS[0])
    said = wrap_said(f"{write_lines(lines, numbered=True)}\nQuestion: {' '.join(question.split())}")
    return build_messages(prompt.text, said, task=replace(prompt, text=""))


def choose_cited(text: str, cited: Sequence[Line], shown: Sequence[Line], *, language: str) -> list[Line]:
    """What the answer rests on: of the lines the model named and their direct neighbours the fewest that hold its words. "Until when?" is
    answered a line further, and a small model names lines it does not use."""
    near = {line.number + step for line in cited for step in (-1, 0, 1)}
    places = [line for line in shown if line.number in near]
    chosen = choose_sources(text, _quote(places), language=language)
    return [places[index] for index in chosen] or list(cited)


def holds(text: str, cited: Sequence[Line], *, lines: Sequence[Line], language: str) -> bool:
    """As lines of the notes are checked: words, numbers and names stand in what is cited, and nothing that is only asked is stated."""
    sources = _quote(cited)
    phrases = {phrase for line in lines for phrase in list_phrases(line.text, language=language)}
    fault = find_fault(
        text, sources, language=language, people=[line.name for line in lines], free_share=FREE_SHARE_RETOLD, phrases=phrases,
        asked=find_asked(sources, language=language),
    )  # fmt: skip
    return fault is None


def quote(passage: Passage, cited: Sequence[Line]) -> tuple[Line, ...]:
    """The best lines, and one that the model pointed at."""
    numbers = {id(line) for line in passage.best[:MOST_QUOTED]}
    starts = {line.start_ms for line in cited[:1]}
    return tuple(line for line in passage.lines if id(line) in numbers or line.start_ms in starts)


def _quote(lines: Sequence[Line]) -> list[str]:
    return [f"{line.name}: {line.text}" for line in lines]
