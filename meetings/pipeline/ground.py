"""Ground: every drafted line is checked against the rows it cites; repaired once, else replaced by what was said, else dropped and counted.

draft ─▶ holds? ──yes──────────────────────────────▶ merged with the like ─▶ rows, beside what a person wrote
           └no─▶ one repair by the model ─▶ holds? ─┤
                                            └no─▶ the words that were said ─▶ hold? ─▶ …
                                                                                └no─▶ dropped, counted by reason
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ..language.words import get_stems
from ..models import Meeting, Notes, Segment
from ..notes.check import Checker
from ..notes.coverage import measure_coverage
from ..notes.items import DraftItem
from ..notes.lines import build_lines
from ..notes.merge import drop_overtaken, merge_items
from ..notes.model import Writer, choose_model
from ..notes.rows import Chapter, save_notes
from ..notes.runs import keep_run
from ..notes.shown import find_disagreements
from ..notes.store import DraftStore, list_pieces
from ..notes.summarise import SUMMED, draft_summary
from .context import StepContext
from .draft import choose_language, make_task

logger = logging.getLogger(__name__)


def ground(
    meeting: Meeting,
    ctx: StepContext,
    *,
    writer: Writer | None = None,
    said: Iterable[Segment] | None = None,
) -> None:
    """Turn the draft into rows. Running it again gives the same rows. `writer`: one with a limit of its own; `said`: the segments in order, where
    somebody has them already. Raises InferenceUnavailable (retryable), InferenceRefused."""
    notes = Notes.objects.filter(meeting=meeting).first()
    if notes is None or not notes.draft:
        return
    store = DraftStore(meeting, ctx, fingerprint=notes.draft["fingerprint"])
    said = meeting.segments.select_related("speaker").in_order() if said is None else said
    segments = {segment.pk: segment for segment in said}
    lines = build_lines(segments.values())
    if not lines:
        _save(meeting, ctx, store, [], [], Counter(), segments)
        return
    task = make_task(meeting, lines)
    writer = writer or Writer(client=ctx.client, model=choose_model(ctx.client))
    checker = Checker(task=task, segments=segments, writer=writer, store=store)
    total_ms = lines[-1].end_ms
    items = list(_check_all(list_drafts(store), checker, ctx, total_ms=total_ms))
    chapters = _make_chapters(list_pieces(store, "chapter"), checker, language=choose_language(meeting))
    items = drop_overtaken(items, language=choose_language(meeting))
    summary = store.get("summary")
    if summary is None:
        points = [item for item in items if item.kind in SUMMED] if "summary" in task.sections else []
        summary = [
            draft.dump()
            for draft in draft_summary(
                points, writer=writer, language=choose_language(meeting), write_in=task.more
            )
        ]
        store.put("summary", summary)
    items += _check_all([DraftItem.load(item) for item in summary], checker, ctx, total_ms=total_ms)
    # A person's own words stay, whatever sections there are.
    items = [item for item in items if item.kind in task.sections or item.own_note_id]
    kept = merge_items(items, language=choose_language(meeting))
    kept += find_disagreements(kept, task, language=choose_language(meeting))
    _save(meeting, ctx, store, kept, chapters, checker.dropped, segments)


def list_drafts(store: DraftStore) -> list[DraftItem]:
    """Everything drafted but the summary, in order of time."""
    drafts = [DraftItem.load(item) for piece in list_pieces(store, "item") for item in piece]
    points = [
        DraftItem.load(point) for chapter in list_pieces(store, "chapter") for point in chapter["points"]
    ]
    typed = [DraftItem.load(item) for item in store.get("typed") or []]
    return sorted([*drafts, *points, *typed], key=lambda draft: draft.position_ms)


def _check_all(
    drafts: Sequence[DraftItem], checker: Checker, ctx: StepContext, *, total_ms: int
) -> Iterator[DraftItem]:
    for draft in drafts:
        ctx.report(draft.position_ms, total_ms)
        item = checker.check(draft)
        if item is not None:
            yield item


def _make_chapters(pieces: Sequence[dict], checker: Checker, *, language: str) -> list[Chapter]:
    """A title with no word that earlier ones have not ("Launch planning" again) tells nothing: there the chapter's own words stand."""
    chapters: list[Chapter] = []
    used: set[str] = set()
    for piece in pieces:
        title = checker.choose_title(piece)
        stems = get_stems(title, language=language)
        if stems <= used and piece["fallback"]:
            title = piece["fallback"]
        used |= stems
        chapters.append(Chapter(title=title, start_ms=piece["start_ms"]))
    return chapters


def _save(
    meeting: Meeting,
    ctx: StepContext,
    store: DraftStore,
    items: Sequence[DraftItem],
    chapters: Sequence[Chapter],
    dropped: Counter,
    segments: dict[int, Segment],
) -> None:
    notes = store.notes
    read = {pk for chapter in list_pieces(store, "chapter") for pk in chapter.get("read", [])}
    notes.coverage, notes.covered = measure_coverage(list(segments.values()), read)
    notes.language = choose_language(meeting)
    notes.dropped_items, notes.dropped_reasons = sum(dropped.values()), dict(dropped)
    made_with = store.get("made_with") or {}
    notes.provenance = {
        "chat": {"model": made_with.get("model", ""), "sha256": made_with.get("sha256"), "prompts": made_with.get("prompts", {})},
        "strategy": made_with.get("strategy", ""),
        "made_from": made_with.get("made_from", "transcript"),
        "prompts_sent": store.get("asked") or {},
        "template": made_with.get("template") or {},
    }  # fmt: skip
    with ctx.saving():
        save_notes(meeting, notes, items=items, chapters=chapters)
        keep_run(meeting, store, notes=notes, kept_lines=len(items))
    ctx.hint("notes")
    logger.info("notes checked: %d lines kept, %d dropped", len(items), notes.dropped_items)
