"""Captions as rows of the database, so that a reload shows the same text; asked from the event loop."""

from channels.db import database_sync_to_async
from django.db.models import Max

from ..models import Segment, Take


@database_sync_to_async
def find_end(take: Take) -> tuple[int, int]:
    """Up to where there are captions, in ms, and the highest number of a voice."""
    rows = take.meeting.segments.filter(engine=Segment.Engine.LIVE)
    found = rows.aggregate(end=Max("end_ms"), voice=Max("live_voice"))
    return found["end"] or 0, found["voice"] or 0


@database_sync_to_async
def save_caption(take: Take, message: dict, *, speaker: int | None, changed: dict[int, int]) -> None:
    """One row, and the voices of earlier ones; the offline transcript takes its place later (see `pipeline/captions.py`)."""
    rows = take.meeting.segments.filter(engine=Segment.Engine.LIVE)
    for number in set(changed.values()):
        starts = [at_ms for at_ms, new in changed.items() if new == number]
        rows.filter(start_ms__in=starts).update(live_voice=number)
    text = message["text"].strip()
    start_ms, end_ms = int(message["start_ms"]), int(message["end_ms"])
    if not text or end_ms <= start_ms:
        return
    words = [
        {
            "s": int(word["start_ms"]),
            "e": int(word["end_ms"]),
            "w": word["word"].strip(),
            "p": word["probability"],
        }
        for word in message.get("words") or []
    ]
    confidence = sum(word["p"] for word in words) / len(words) if words else 0.0
    Segment.objects.create(
        meeting_id=take.meeting_id,
        start_ms=start_ms,
        end_ms=end_ms,
        text=text,
        words=words,
        engine=Segment.Engine.LIVE,
        confidence=min(1.0, max(0.0, confidence)),
        live_voice=speaker,
    )
