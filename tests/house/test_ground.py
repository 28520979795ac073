"""The fixtures the other tests stand on."""

import pytest
import redis

from meetings.access import Access, find_access
from meetings.models import Citation, Job
from tests import factories, tiers


def test_meeting_is_complete(meeting):
    assert meeting.segments.count() == 6
    assert meeting.speakers.count() == 2
    assert meeting.action_items.count() == 2
    assert meeting.jobs.filter(state=Job.State.DONE).count() == len(Job.Step.of_uploads())
    assert meeting.recording.duration_ms == meeting.segments.last().end_ms
    assert Citation.objects.filter(segment__meeting=meeting).count() >= 7


def test_people_have_their_access(meeting, owner, colleague, reader, stranger):
    levels = [find_access(person, meeting) for person in (owner, colleague, reader, stranger)]
    assert levels == [Access.OWN, Access.EDIT, Access.VIEW, Access.NONE]


def test_people_can_log_in_with_the_password(client, stranger):
    assert client.login(email=stranger.email, password=factories.PASSWORD)


def test_files_lie_behind_the_keys(meeting_files):
    from django.core.files.storage import default_storage

    with default_storage.open(meeting_files.recording.playback_key) as sound:
        assert sound.read(4) == b"RIFF"


@pytest.mark.redis
def test_redis_of_the_wheel_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


def test_a_missing_tier_is_a_skip_here_and_a_failure_in_ci(monkeypatch):
    monkeypatch.setitem(tiers.TIERS, "models", lambda: "the weights are away")
    monkeypatch.setattr(tiers, "IS_CI", False)
    with pytest.raises(pytest.skip.Exception, match="the weights are away"):
        tiers.require_tier("models")
    monkeypatch.setattr(tiers, "IS_CI", True)
    with pytest.raises(pytest.fail.Exception, match="every tier must run"):
        tiers.require_tier("models")
