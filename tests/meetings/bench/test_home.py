"""The many meetings of the benchmark, few."""

from meetings.bench.home import make_many_meetings
from meetings.models import ActionItem, Meeting, User


def test_many_meetings(owner: User):
    make_many_meetings(owner, count=7)
    meetings = Meeting.objects.visible_to(owner)
    assert meetings.count() == 7
    assert len({meeting.held_on for meeting in meetings}) == 3
    assert all(meeting.speakers.count() == 4 for meeting in meetings)
    assert ActionItem.objects.visible_to(owner).unfinished().count() == 21
