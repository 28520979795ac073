"""The long meeting of the benchmark, short."""

from meetings.bench.transcript import SEGMENT_MS, make_long_meeting
from meetings.models import Job, User


def test_long_meeting(owner: User):
    meeting = make_long_meeting(owner, segments=30)
    segments = list(meeting.segments.in_order())
    assert len(segments) == 30
    assert meeting.recording.duration_ms == 30 * SEGMENT_MS
    assert all(s.start_ms <= s.words[0]["s"] and s.words[-1]["e"] <= s.end_ms for s in segments)
    assert all(s.text == " ".join(word["w"] for word in s.words) for s in segments)
    assert not meeting.jobs.exclude(state=Job.State.DONE).exists()


def test_the_same_each_time(owner: User):
    first, second = (make_long_meeting(owner, segments=5) for _ in range(2))
    assert [s.text for s in first.segments.in_order()] == [s.text for s in second.segments.in_order()]
