"""A meeting that still runs, cut into windows that are drafted one by one, and put together when it is over.

captions ─▶ window ─▶ pieces of its own ─┐
captions ─▶ window ─▶ pieces of its own ─┼─ over ─▶ one draft, as if it had been written at once ─▶ ground
…                                        ┘
"""

from collections.abc import Sequence
from typing import Any

from ..models import Meeting, Notes, Segment
from .candidates import MOST
from .chapters import choose_length
from .items import DraftItem
from .store import DraftStore, list_pieces

# Short enough that what is left at the end is drafted within half a minute on two cores; long enough to hold a question and its answer.
WINDOW_MS = 90_000
LONGEST_WINDOW_MS = 140_000
# Nobody speaks for so long: a good place to cut.
PAUSE_MS = 700
_SHOWN = "shown"


def cut_live_windows(segments: Sequence[Segment], *, is_over: bool) -> list[list[Segment]]:
    """Captions in order → windows that are finished: long enough, and ended by a pause, or as long as one may get. Is the meeting over, the
    rest is one as well."""
    windows: list[list[Segment]] = []
    held: list[Segment] = []
    for position, segment in enumerate(segments):
        held.append(segment)
        spoken_ms = segment.end_ms - held[0].start_ms
        following = segments[position + 1] if position + 1 < len(segments) else None
        pauses = following is not None and following.start_ms - segment.end_ms >= PAUSE_MS
        if spoken_ms >= LONGEST_WINDOW_MS or (spoken_ms >= WINDOW_MS and pauses):
            windows.append(held)
            held = []
    return [*windows, held] if held and is_over else windows


class WindowStore(DraftStore):
    """The pieces of one window, kept in the row of the whole draft."""

    def __init__(self, whole: DraftStore, number: int) -> None:
        self.ctx, self.notes, self._key = whole.ctx, whole.notes, str(number)

    @property
    def pieces(self) -> dict[str, Any]:
        return self.notes.draft.setdefault("windows", {}).setdefault(self._key, {})

    def show(self, items: Sequence[DraftItem]) -> None:
        """These held: people may read them while the meeting runs."""
        self.put(_SHOWN, [item.dump() for item in items])


def list_so_far(meeting: Meeting) -> list[DraftItem]:
    """What was drafted of a meeting that still runs, and held; in order of time. One query."""
    notes = Notes.objects.filter(meeting=meeting).first()
    windows = notes.draft.get("windows", {}) if notes is not None else {}
    return [
        DraftItem.load(item)
        for number in sorted(windows, key=int)
        for item in windows[number].get(_SHOWN, [])
    ]


def join_windows(store: DraftStore, *, spoken_ms: int) -> None:
    """The windows' pieces → `chapter:N` and `item:N` of the whole draft. Doing it again gives the same."""
    numbers = sorted(map(int, store.notes.draft.get("windows", {})))
    windows = [WindowStore(store, number) for number in numbers]
    chapters = _join_chapters([piece for window in windows for piece in list_pieces(window, "chapter")])
    items = [
        # The voices of captions are not those of the transcript.
        {**item, "owner_speaker_id": None}
        for window in windows
        for piece in list_pieces(window, "item")
        for item in piece
    ]
    for key in [key for key in store.pieces if key.startswith(("chapter:", "item:"))]:
        del store.pieces[key]
    store.pieces.update({f"chapter:{number}": piece for number, piece in enumerate(chapters)})
    store.pieces.update({f"item:{n}": [item] for n, item in enumerate(_choose(items, spoken_ms=spoken_ms))})
    store.put("windows_total", len(windows))


def _join_chapters(pieces: Sequence[dict]) -> list[dict]:
    """Neighbours become one until a chapter has about the length it has in other notes; it keeps the first one's title."""
    joined: list[dict] = []
    spoken_ms = pieces[-1]["start_ms"] - pieces[0]["start_ms"] if pieces else 0
    target_ms = choose_length(spoken_ms)
    for piece in pieces:
        if not joined or piece["start_ms"] - joined[-1]["start_ms"] >= target_ms:
            joined.append({**piece, "points": [], "read": [], "segment_ids": []})
        chapter = joined[-1]
        chapter["points"] += [{**point, "chapter": len(joined) - 1} for point in piece["points"]]
        for key in ("read", "segment_ids"):
            chapter[key] = [*chapter[key], *piece.get(key, [])]
    return joined


def _choose(items: Sequence[dict], *, spoken_ms: int) -> list[dict]:
    """As many of each kind as a meeting of this length may have, the strongest; in order of time."""
    chosen: list[dict] = []
    for kind, (base, per_minute) in MOST.items():
        found = sorted((i for i in items if i["kind"] == kind), key=lambda item: -item["strength"])
        chosen += found[: round(base + per_minute * spoken_ms / 60_000)]
    return sorted(chosen, key=lambda item: item["position_ms"])
