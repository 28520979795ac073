"""Deleting a meeting: gone for everybody at once, for good after a while."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from .models import Meeting
from .pipeline.steps import cancel_pipeline
from .storage import delete_meeting_files


def delete_meeting(meeting: Meeting) -> None:
    """Nobody sees it any more; work on it stops. `restore_meeting` undoes it until `erase_deleted_meetings` comes by."""
    cancel_pipeline(meeting)
    meeting.deleted_at = timezone.now()
    meeting.save(update_fields=["deleted_at"])


def restore_meeting(meeting: Meeting) -> None:
    """As it was; work that was stopped can be tried again."""
    meeting.deleted_at = None
    meeting.save(update_fields=["deleted_at"])


def erase_meeting(meeting: Meeting) -> None:
    """Rows and bytes, for good."""
    delete_meeting_files(meeting)
    meeting.delete()


def erase_deleted_meetings() -> int:
    """Those that were deleted longer than UNDO_DELETE_HOURS ago; returns how many."""
    limit = timezone.now() - dt.timedelta(hours=settings.UNDO_DELETE_HOURS)
    old = list(Meeting.objects.filter(deleted_at__lt=limit))
    for meeting in old:
        erase_meeting(meeting)
    return len(old)
