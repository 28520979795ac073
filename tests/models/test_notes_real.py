"""Notes of a short talk by the real chat model: what a person would look for is there, and nothing that was not said."""

import datetime as dt

import pytest

from meetings.inference_client import InferenceClient
from meetings.models import Job
from meetings.pipeline.context import StepContext
from meetings.pipeline.draft import draft
from meetings.pipeline.ground import ground
from meetings.pipeline.publish import publish
from tests import factories
from tests.meetings.notes.talk import PLANNING, fill_meeting

pytestmark = [pytest.mark.models, pytest.mark.django_db]


@pytest.fixture
def written(owner, compact_server):
    """The planning talk, held on a Monday, with its notes."""
    meeting = factories.make_meeting(owner, held_on=dt.date(2026, 2, 16), language="en")
    factories.make_jobs(meeting, state=Job.State.WAITING)
    fill_meeting(meeting, PLANNING)
    with InferenceClient(compact_server) as client:
        for step, function in (
            (Job.Step.DRAFT, draft),
            (Job.Step.GROUND, ground),
            (Job.Step.PUBLISH, publish),
        ):
            job = meeting.jobs.get(step=step)
            assert job.queue() and job.claim()
            function(meeting, StepContext(client=client, job=job))
    meeting.refresh_from_db()
    return meeting


def test_notes_of_a_short_talk(written):
    actions = {item.owner_display: item for item in written.action_items.select_related("owner_speaker")}
    assert "poster" in actions["Elena"].text.lower()
    assert actions["Elena"].due_on == dt.date(2026, 2, 17)
    assert "lamp" in actions["Marcus"].text.lower()
    lines = [*written.note_items.all(), *written.action_items.all()]
    # What was agreed on at last: the fee of 30 or the day, March 10th. The small model does not always write both.
    decisions = [line.text for line in written.note_items.filter(kind="decision")]
    assert any("10" in text or "30" in text for text in decisions)
    assert all(line.citations.exists() for line in lines)
    assert not any("bonus" in line.text.lower() or "ignore" in line.text.lower() for line in lines)
    settled = [*written.note_items.filter(kind__in=["decision", "summary"]), *written.action_items.all()]
    assert not any("40" in line.text for line in settled)
    assert written.topics.exists()
    assert written.notes.coverage == 1.0
    assert written.notes.provenance["chat"]["model"]
