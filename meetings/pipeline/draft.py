"""Draft: windows of what was said → lines of the notes with the rows they rest on, not yet believed.

    lines ─▶ strategy by the chat model's size ─▶ pieces in Notes.draft, saved one by one ─▶ `ground` checks them

Nothing is cut: every line is in a chapter or a window, and what the chat model was shown is kept as `read` for the coverage.
"""

import logging
from collections.abc import Callable

from django.conf.locale import LANG_INFO

from ..models import Meeting, NotesTemplate
from ..notes.items import Task
from ..notes.large import PROMPTS as LARGE_PROMPTS
from ..notes.large import draft_large
from ..notes.lines import Line, load_lines
from ..notes.model import ChatModel, Writer, choose_model
from ..notes.people import People
from ..notes.prompts import get_prompt, list_versions, neutralise
from ..notes.shown import load_slides
from ..notes.small import PROMPTS as SMALL_PROMPTS
from ..notes.small import draft_small
from ..notes.store import DraftStore, make_fingerprint
from ..notes.typed import draft_typed, load_written
from ..notes_templates import Template, find_template
from .context import StepContext
from .names import find_spellings

logger = logging.getLogger(__name__)

DEFAULT_LANGUAGE = "en"
# How many lines, of what is usual.
SHARES = {NotesTemplate.Length.SHORT: 0.5, NotesTemplate.Length.NORMAL: 1.0, NotesTemplate.Length.LONG: 1.6}


def draft(meeting: Meeting, ctx: StepContext) -> None:
    """Write the draft, or go on with it. Raises InferenceUnavailable (retryable), InferenceRefused, NoChatModel."""
    lines = load_lines(meeting)
    total_ms = lines[-1].end_ms if lines else 0
    if not lines:
        _open_store(meeting, ctx, [], None)
        return
    model = choose_model(ctx.client)
    task = make_task(meeting, lines)
    store = _open_store(meeting, ctx, lines, model)
    writer = Writer(client=ctx.client, model=model)

    def report(done_ms: int) -> None:
        ctx.report(done_ms, total_ms)

    report(0)
    write_draft(task, writer=writer, store=store, report=report)
    store.put("typed", [item.dump() for item in draft_typed(task)])
    earlier = store.get("asked") or {"asked": 0, "unusable": 0}
    counts = {"asked": earlier["asked"] + writer.asked, "unusable": earlier["unusable"] + writer.unusable}
    store.put("asked", counts)
    logger.info("notes drafted: %d prompts, %d without a usable answer", counts["asked"], counts["unusable"])


def write_draft(task: Task, *, writer: Writer, store: DraftStore, report: Callable[[int], None]) -> None:
    """Fill the store by the strategy that fits the model. Raises InferenceUnavailable (retryable), InferenceRefused."""
    if writer.model.strategy == "small":
        draft_small(task, writer=writer, store=store, report=report, embed=writer.client.embed)
    else:
        draft_large(task, writer=writer, store=store, report=report)


def _open_store(meeting: Meeting, ctx: StepContext, lines: list[Line], model: ChatModel | None) -> DraftStore:
    made_with = describe_writing(meeting, model)
    fingerprint = make_fingerprint(
        lines,
        held_on=meeting.held_on,
        attendees=list_attendees(meeting),
        written=load_written(meeting),
        slides=load_slides(meeting),
        **made_with,
    )
    store = DraftStore(meeting, ctx, fingerprint=fingerprint)
    store.put("made_with", made_with)
    return store


def describe_writing(meeting: Meeting, model: ChatModel | None) -> dict:
    """Which model, prompts and language write; for the fingerprint and the provenance."""
    prompts = SMALL_PROMPTS if model is None or model.strategy == "small" else LARGE_PROMPTS
    return {
        "model": model.name if model else "",
        "sha256": model.sha256 if model else None,
        "strategy": model.strategy if model else "small",
        "window_tokens": model.window_tokens if model else 0,
        "prompts": list_versions(prompts),
        "language": choose_language(meeting),
        "template": describe_template(find_template(meeting)),
    }


def describe_template(template: Template) -> dict:
    """What of it goes into the notes; for the fingerprint and the provenance."""
    return {
        "name": template.name,
        "sections": ", ".join(template.sections),
        "length": str(template.length),
        "instructions": template.instructions,
    }


def make_task(meeting: Meeting, lines: list[Line]) -> Task:
    """What the strategies and the checks work on."""
    spoken = meeting.language or DEFAULT_LANGUAGE
    written, template = choose_language(meeting), find_template(meeting)
    return Task(
        lines=lines,
        people=load_people(meeting, lines),
        held_on=meeting.held_on,
        language=spoken,
        write_in=_name_language(written) if written[:2] != spoken[:2] else "",
        written=load_written(meeting),
        slides=load_slides(meeting),
        sections=frozenset(template.sections),
        share=SHARES[template.length],
        wishes=write_wishes(template.instructions),
    )


def write_wishes(instructions: str) -> str:
    """The owner's own words as the end of a prompt; they cannot open or close its marks."""
    text = " ".join(neutralise(instructions).split())
    return " ".join(get_prompt("wishes").text.split()).format(text=text) if text else ""


def choose_language(meeting: Meeting) -> str:
    """Of the notes: chosen, else the template's, else the meeting's."""
    chosen = meeting.notes_language or find_template(meeting).language
    return chosen or meeting.language or DEFAULT_LANGUAGE


def _name_language(code: str) -> str:
    name = LANG_INFO.get(code, LANG_INFO.get(code[:2], {})).get("name", code)
    return f"Write in {name}."


def load_people(meeting: Meeting, lines: list[Line]) -> People:
    """Voices, names and attendees; two queries."""
    speakers, attendees = list(meeting.speakers.all()), list_attendees(meeting)
    return People(
        names={speaker.pk: speaker.name for speaker in speakers if speaker.name},
        heard={speaker.pk: speaker.suggested_name for speaker in speakers if speaker.suggested_name},
        attendees=attendees,
        spellings=find_spellings(lines, language=meeting.language or DEFAULT_LANGUAGE, attendees=attendees),
    )


def list_attendees(meeting: Meeting) -> list[str]:
    """Names given for this meeting."""
    return list(meeting.attendees.values_list("name", flat=True))
