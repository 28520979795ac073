"""Notes from the captions: finished windows are drafted while a meeting is recorded, the rest at its end, so that notes are there when it stops.

    recording ──every finished window──▶ drafted and repaired, on time that nobody needs ──▶ wait for more
    stopped   ──▶ the last window ──▶ windows joined ──▶ `ground` ──▶ notes, shown as "from the captions" ──▶ the other steps write them anew

The same drafting and checking as over a transcript, with the voices that captions seem to be of: who answers whom makes a promise of a request. They
own nothing in the notes, for their numbers are not those of the transcript. Nothing waits for it that matters: when it fails, the notes come with the other steps.
People wait for it at the end, so the time it may take then is bounded: past it the chat model is asked no more, and lines are what was said.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from ..errors import MinutebookError
from ..inference_client import InferenceClient
from ..models import Meeting, Segment, Speaker, Take
from ..notes.check import Checker
from ..notes.items import DraftItem
from ..notes.lines import build_lines
from ..notes.live_windows import WindowStore, cut_live_windows, join_windows
from ..notes.model import Writer, choose_model
from ..notes.store import DraftStore, make_fingerprint
from ..notes.typed import draft_typed
from .context import StepContext
from .draft import describe_writing, make_task, write_draft
from .ground import ground, list_drafts

logger = logging.getLogger(__name__)

# From the stop to complete notes it may take 60 s, also on a busy machine that did not keep up, where one prompt takes ten.
DRAFT_UNTIL_S = 30.0
SUM_UP_UNTIL_S = 42.0


class Patience:
    """Of the people who look at the page since they pressed stop. `limit_s`: how much of it there is."""

    def __init__(self, meeting: Meeting, client: InferenceClient) -> None:
        self.meeting, self.client = meeting, client
        self.limit_s = DRAFT_UNTIL_S

    def left_s(self) -> float | None:
        """None while the meeting runs. Asked before every prompt, for the stop may come in the middle of a window. One query."""
        takes = Take.objects.filter(meeting=self.meeting)
        stopped_at = takes.values_list("stopped_at", flat=True).first()
        if stopped_at is None:
            return None
        # Somebody waits; captions still come first.
        self.client.set_priority("interactive")
        return self.limit_s - (timezone.now() - stopped_at).total_seconds()


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
    patience = Patience(meeting, ctx.client)
    # Already the first request of a meeting that is over is a hurried one.
    patience.left_s()
    writer = Writer(client=ctx.client, model=model, left_s=patience.left_s)
    captions = meeting.segments.filter(engine=Segment.Engine.LIVE).select_related("speaker").in_order()
    until_ms = store.get("until_ms")
    rest = lend_voices(captions if until_ms is None else captions.filter(start_ms__gt=until_ms))
    total_ms = rest[-1].end_ms if rest else 0
    for window in cut_live_windows(rest, is_over=is_over):
        _draft_window(meeting, window, store=store, writer=writer, total_ms=total_ms)
    if not is_over:
        return
    store.put("made_with", made_with)
    store.put("asked", {"asked": writer.asked, "unusable": writer.unusable})
    said = lend_voices(captions)
    store.put("typed", [item.dump() for item in draft_typed(make_task(meeting, build_lines(said)))])
    join_windows(store, spoken_ms=sum(segment.end_ms - segment.start_ms for segment in said))
    patience.limit_s = SUM_UP_UNTIL_S
    ground(meeting, ctx, writer=writer, said=said)


def lend_voices(captions: Iterable[Segment]) -> list[Segment]:
    """The captions with speakers that are in no table; do not save them. Their ids are the numbers of the voices."""
    lent: list[Segment] = []
    for caption in captions:
        if caption.live_voice is not None and caption.speaker_id is None:
            caption.speaker = Speaker(pk=caption.live_voice, label=f"S{caption.live_voice}")
        lent.append(caption)
    return lent


def _name_owner(item: DraftItem) -> DraftItem:
    """As people see the voice beside the captions."""
    if item.owner_speaker_id is None or item.owner_name:
        return item
    return replace(item, owner_name=Speaker(label=f"S{item.owner_speaker_id}").display_name)


def _draft_window(
    meeting: Meeting, window: list[Segment], *, store: DraftStore, writer: Writer, total_ms: int
) -> None:
    """Drafted, and what does not hold is repaired now: repairs are kept, and at the end there is no time for them. What holds is shown."""
    own = WindowStore(store, len(store.notes.draft.get("windows", {})))
    task = make_task(meeting, build_lines(window))
    if task.lines:
        write_draft(
            task, writer=writer, store=own, report=lambda done_ms: store.ctx.report(done_ms, total_ms)
        )
        checker = Checker(task=task, segments={s.pk: s for s in window}, writer=writer, store=store)
        checked = [checker.check(draft) for draft in list_drafts(own)]
        own.show([_name_owner(item) for item in checked if item is not None])
    with store.ctx.saving(done_ms=window[-1].end_ms):
        store.put("until_ms", window[-1].start_ms)
