"""What a slide shows, by a chat model that sees: its title, tables as rows, charts as series with values, what it claims.

    slide that is read ─▶ has the model server a model that sees? ─no─▶ the text is all there is
                               └yes─▶ /v1/chat/completions with the picture and a schema ─▶ cleaned ─▶ Slide.description

It comes after the text and never before somebody's notes: a large model takes long to look at a deck. Letters that were read, or that stand in the file, stay what
notes are checked against; what a model says that a picture shows proves nothing.
"""

import base64
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from ..celery import send_quietly
from ..errors import MinutebookError
from ..hints import send_hint
from ..inference_client import InferenceClient
from ..models import Job, Slide
from ..notes.model import Writer, choose_model
from ..notes.prompts import get_prompt
from ..notes.shown import keep_harmless
from ..schemas import SlideTable, WrittenSlide
from ..storage import local_path
from .place import place_slides

logger = logging.getLogger(__name__)

PROMPTS = ("slide",)
ANSWER_TOKENS = 1500
BUDGET_S = 20.0
MOST_CHARACTERS = 300
MOST_TEXT = 4000


def send_describing() -> None:
    """Let a worker look at what was read."""
    send_quietly("describe_slides")


def describe_slides(
    *,
    client: InferenceClient | None = None,
    budget_s: float = BUDGET_S,
    again: Callable[[], None] = send_describing,
) -> int:
    """How many were described, the newest first; more than `budget_s` seconds are left to another task. Nothing while a recording is worked on, while the server
    is away, or where its model does not see."""
    if (
        not Slide.objects.undescribed().exists()
        or Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists()
    ):
        return 0
    end, count = time.monotonic() + budget_s, 0
    with nullcontext(client) if client else InferenceClient() as opened:
        try:
            writer = Writer(client=opened, model=choose_model(opened))
            if not writer.model.can_see:
                return 0
            for slide in Slide.objects.undescribed().order_by("-pk"):
                if time.monotonic() > end:
                    again()
                    break
                count += slide.take() and _describe(slide, writer=writer)
        except MinutebookError as error:
            logger.info("slides are not described: %s", error.code)
    return count


def _describe(slide: Slide, *, writer: Writer) -> bool:
    """Raises InferenceUnavailable (retryable)."""
    try:
        with local_path(slide.image_key) as path:
            messages = build_messages(path)
        written = writer.ask(messages, WrittenSlide, max_tokens=ANSWER_TOKENS)
    except FileNotFoundError:
        written = None
    except MinutebookError:
        slide.put_down()
        raise
    by = f"{writer.model.name}, prompt {get_prompt(PROMPTS[0]).version}"
    is_kept = slide.keep_description(tidy(written) if written else {}, by=by)
    if is_kept and not slide.text:
        place_slides(slide.meeting)  # it may have got words just now
    send_hint(slide.meeting, "slides")
    return is_kept and written is not None


def build_messages(picture: Path) -> list[dict]:
    """`picture`: one of our own PNGs."""
    data = base64.b64encode(picture.read_bytes()).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    question = {"type": "text", "text": "Describe this picture."}
    return [
        {"role": "system", "content": get_prompt(PROMPTS[0]).text},
        {"role": "user", "content": [image, question]},
    ]


def tidy(written: WrittenSlide) -> dict:
    """In bounds, without signs that cannot be seen, without orders to a machine and what is empty; rows of a table equally long. {} when nothing is left."""
    tables = [_tidy_table(table) for table in written.tables]
    charts = [
        {
            "title": _clean(chart.title),
            "series": [
                {
                    "name": _clean(series.name),
                    "points": [
                        {"label": _clean(p.label), "value": _clean(p.value)} for p in series.points if p.value
                    ],
                }
                for series in chart.series
            ],
        }
        for chart in written.charts
    ]
    kept = {
        "title": _clean(written.title),
        "text": _clean(written.text, most=MOST_TEXT),
        "tables": [table for table in tables if len(table["rows"]) > 1],
        "charts": [chart for chart in charts if any(series["points"] for series in chart["series"])],
        "claim": _clean(written.claim),
    }
    return kept if any(kept.values()) else {}


def _tidy_table(table: SlideTable) -> dict:
    rows = [[_clean(cell) for cell in row] for row in table.rows]
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    return {"title": _clean(table.title), "rows": [row + [""] * (width - len(row)) for row in rows]}


def _clean(text: str, *, most: int = MOST_CHARACTERS) -> str:
    """On one line, unless there is room for more than one."""
    kept = keep_harmless("".join(ch for ch in text if ch.isprintable() or ch in "\n\t"))
    return (kept if most > MOST_CHARACTERS else " ".join(kept.split()))[:most]
