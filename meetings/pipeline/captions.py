"""Live captions give way to the offline transcript, piece by piece; what a person corrected stays, and what cites a caption cites what was
heard in its place."""

from itertools import groupby

from django.db.models import Q

from ..models import Citation, Meeting, Segment


def drop_captions(meeting: Meeting, *, before_ms: int | None = None) -> None:
    """Delete the captions that begin before `before_ms` (None: all) and that nobody corrected. Call it in a transaction, when what takes their
    place is saved."""
    rows = meeting.segments.filter(engine=Segment.Engine.LIVE, edited_at=None)
    if before_ms is not None:
        rows = rows.filter(start_ms__lt=before_ms)
    _carry_citations(meeting, rows)
    rows.delete()


def _carry_citations(meeting: Meeting, captions) -> None:
    """To the segment of the transcript that shares most time with the caption. Where nothing was heard, the citation goes with it."""
    heard = meeting.segments.exclude(engine=Segment.Engine.LIVE, edited_at=None)
    for caption in captions.filter(citations__isnull=False).distinct():
        shared = heard.filter(start_ms__lt=caption.end_ms, end_ms__gt=caption.start_ms)
        best = max(shared, key=lambda segment: _measure_overlap(segment, caption), default=None)
        if best is None:
            continue
        for citation in caption.citations.all():
            line = Q(note_item=citation.note_item_id, action_item=citation.action_item_id)
            if not Citation.objects.filter(line, segment=best).exists():
                Citation.objects.filter(pk=citation.pk).update(segment=best)


def _measure_overlap(left: Segment, right: Segment) -> int:
    return min(left.end_ms, right.end_ms) - max(left.start_ms, right.start_ms)


def cut_corrected(segment: Segment) -> list[Segment]:
    """What of this new segment lies outside the captions that a person corrected; their words stay in place of the rest.

    Without word times it is kept or left out as a whole, by its middle. One query.
    """
    spans = list(
        Segment.objects.filter(
            meeting_id=segment.meeting_id,
            engine=Segment.Engine.LIVE,
            edited_at__isnull=False,
            start_ms__lt=segment.end_ms,
            end_ms__gt=segment.start_ms,
        ).values_list("start_ms", "end_ms")
    )

    def is_corrected(start_ms: int, end_ms: int) -> bool:
        return any(first <= (start_ms + end_ms) // 2 <= last for first, last in spans)

    if not spans:
        return [segment]
    runs = [
        (key, list(group)) for key, group in groupby(segment.words, lambda w: is_corrected(w["s"], w["e"]))
    ]
    if len(runs) < 2:
        whole = runs[0][0] if runs else is_corrected(segment.start_ms, segment.end_ms)
        return [] if whole else [segment]
    parts = segment.split([words for _, words in runs])
    if len(parts) != len(runs):
        return [] if is_corrected(segment.start_ms, segment.end_ms) else [segment]
    return [part for part, (corrected, _) in zip(parts, runs, strict=True) if not corrected]
