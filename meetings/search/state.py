"""The mark that a meeting changed since it was indexed."""

from ..models import Meeting, SearchState


def mark_stale(meeting: Meeting) -> None:
    """Something in this meeting changed. One or two queries."""
    changed = SearchState.objects.filter(meeting=meeting).update(is_stale=True)
    if not changed and Meeting.objects.filter(pk=meeting.pk).exists():
        SearchState.objects.get_or_create(meeting=meeting)
