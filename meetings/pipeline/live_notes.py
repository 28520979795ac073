"""Notes from the captions: finished windows are drafted while a meeting is recorded, the rest at its end, so that notes are there when it stops.

    recording ──every finished window──▶ drafted and repaired, on time that nobody needs ──▶ wait for more
    stopped   ──▶ the last window ──▶ windows joined ──▶ `ground` ──▶ notes, shown as "from the captions" ──▶ the other steps write them anew

The same drafting and checking as over a transcript. Nothing waits for it that matters: when it fails, the notes come with the other steps.
"""

import logging

from ..errors import MinutebookError
from ..models import Meeting, Segment, Take
from .context import StepContext
from .draft import describe_writing, make_task, write_draft
from .ground import ground, list_drafts
from .notes.check import Checker
from .notes.lines import build_lines
from .notes.live_windows import WindowStore, cut_live_windows, join_windows
from .notes.model import Writer, choose_model
from .notes.store import DraftStore, make_fingerprint
from .notes.typed import draft_typed

logger = logging.getLogger(__name__)


def live_notes(meeting: Meeting, ctx: StepContext) -> bool:
    """Draft what is finished. False: the meeting still runs, more will come. Raises StepCancelled only."""
    # Asked first: what is said after the answer belongs to the next time.
    is_over = not Take.objects.filter(meeting=meeting, state=Take.State.RECORDING).exists()
    try:
        _write(meeting, ctx, is_over=is_over)
    except MinutebookError as error:
        logger.warning("no notes from the captions: %s", error.code)
    return is_over


def _write(meeting: Meeting, ctx: StepContext, *, is_over: bool) -> None:
    model = choose_model(ctx.client)
    made_with = describe_writing(meeting, model) | {"made_from": "captions"}
    # Captions only grow, so what was drafted of them stays good; corrected words are met by the check.
    store = DraftStore(meeting, ctx, fingerprint=make_fingerprint([], **made_with))
    writer = Writer(client=ctx.client, model=model)
    captions = meeting.segments.filter(engine=Segment.Engine.LIVE).select_related("speaker").in_order()
    until_ms = store.get("until_ms")
    rest = list(captions if until_ms is None else captions.filter(start_ms__gt=until_ms))
    total_ms = rest[-1].end_ms if rest else 0
    for window in cut_live_windows(rest, is_over=is_over):
        _draft_window(meeting, window, store=store, writer=writer, total_ms=total_ms)
    if not is_over:
        return
    store.put("made_with", made_with)
    store.put("asked", {"asked": writer.asked, "unusable": writer.unusable})
    store.put("typed", [item.dump() for item in draft_typed(make_task(meeting, build_lines(captions)))])
    join_windows(store, spoken_ms=sum(segment.end_ms - segment.start_ms for segment in captions))
    ground(meeting, ctx)


def _draft_window(
    meeting: Meeting, window: list[Segment], *, store: DraftStore, writer: Writer, total_ms: int
) -> None:
    """Drafted, and what does not hold is repaired now: repairs are kept, and at the end there is no time for them."""
    own = WindowStore(store, len(store.notes.draft.get("windows", {})))
    task = make_task(meeting, build_lines(window))
    if task.lines:
        write_draft(
            task, writer=writer, store=own, report=lambda done_ms: store.ctx.report(done_ms, total_ms)
        )
        checker = Checker(task=task, segments={s.pk: s for s in window}, writer=writer, store=store)
        for draft in list_drafts(own):
            checker.check(draft)
    with store.ctx.saving(done_ms=window[-1].end_ms):
        store.put("until_ms", window[-1].start_ms)
