"""The list of meetings, as the home page shows it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from .models import ActionItem, Meeting, MeetingMember, NoteItem, User
from .progress import Progress, describe_progress


@dataclass(frozen=True)
class MeetingRow:
    meeting: Meeting
    progress: Progress
    summary: str
    shared_by: User | None
    can_edit: bool

    @property
    def duration_ms(self) -> int:
        recording = getattr(self.meeting, "recording", None)
        return recording.duration_ms if recording else 0

    @property
    def time(self) -> dt.datetime | None:
        """When it began, in local time. A file that came in on the day of the meeting is taken to be as old as its meeting; else None."""
        came_at = timezone.localtime(self.meeting.created_at)
        if self.meeting.started_at:
            return timezone.localtime(self.meeting.started_at)
        return came_at if came_at.date() == self.meeting.held_on else None


def list_rows(meetings: QuerySet[Meeting], *, user: User) -> list[MeetingRow]:
    """Rows in the order of `meetings`; eight queries whatever their number."""
    summaries = NoteItem.objects.filter(kind=NoteItem.Kind.SUMMARY).order_by("position", "id")
    meetings = meetings.select_related("recording", "owner", "series").prefetch_related(
        "speakers",
        "jobs",
        "tags",
        Prefetch("note_items", queryset=summaries, to_attr="summaries"),
        Prefetch("members", queryset=MeetingMember.objects.filter(user=user), to_attr="own_memberships"),
    )
    rows = list(meetings)
    counts = _count_items([meeting.pk for meeting in rows])
    for meeting in rows:
        for name in ("suggested_count", "open_count", "overdue_count"):
            setattr(meeting, name, counts.get(meeting.pk, {}).get(name, 0))
    return [_make_row(meeting, user=user) for meeting in rows]


def group_by_day(rows: Iterable[MeetingRow]) -> list[tuple[dt.date, list[MeetingRow]]]:
    """Rows must come newest first."""
    return [(day, list(group)) for day, group in groupby(rows, key=lambda row: row.meeting.held_on)]


def _count_items(meeting_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    """Only of the meetings that are shown: counted in the list's own query, every meeting of the person would be counted."""
    state = ActionItem.State
    late = Q(state=state.OPEN, due_on__lt=timezone.localdate())
    rows = (
        ActionItem.objects.filter(meeting__in=meeting_ids)
        .order_by()
        .values("meeting")
        .annotate(
            suggested_count=Count("pk", filter=Q(state=state.SUGGESTED)),
            open_count=Count("pk", filter=Q(state=state.OPEN)),
            overdue_count=Count("pk", filter=late),
        )
    )
    return {row["meeting"]: row for row in rows}


def _make_row(meeting: Meeting, *, user: User) -> MeetingRow:
    is_owner = meeting.owner_id == user.pk
    return MeetingRow(
        meeting=meeting,
        progress=describe_progress(meeting.jobs.all()),
        summary=meeting.summaries[0].text if meeting.summaries else "",
        shared_by=None if is_owner else meeting.owner,
        can_edit=is_owner
        or any(member.level >= MeetingMember.Level.EDIT for member in meeting.own_memberships),
    )
