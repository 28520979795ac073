"""The step between the voices and the notes: slides cut from a film and read."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from meetings import storage
from meetings.inference_client import InferenceUnavailable
from meetings.models import Job, Slide
from meetings.pipeline.slides import slides
from meetings.slides.add import add_slides
from meetings.slides.read import read_any_slides
from tests import factories
from tests.meetings.slides.test_cut import TALK, make_film
from tests.meetings.slides.test_read import FakeClient
from tests.slide_files import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(owner):
    meeting = factories.make_meeting(owner)
    recording = factories.make_recording(meeting, has_video=True, duration_ms=51_000)
    factories.make_jobs(meeting, state=Job.State.WAITING)
    recording.original_key += ".mp4"
    recording.save()
    path = Path(default_storage.path(recording.original_key))
    path.parent.mkdir(parents=True)
    make_film(path, TALK)
    yield meeting
    storage.delete_meeting_files(meeting)


def run(meeting, context_of, says):
    slides(meeting, context_of(meeting, Job.Step.SLIDES, FakeClient(says)))


def test_cut_and_read_before_the_notes(meeting, context_of):
    run(meeting, context_of, "Launch plan")
    found = list(meeting.slides.shown())
    assert [slide.state for slide in found] == ["read"] * 3
    assert {(slide.source, slide.placed_by) for slide in found} == {("video", "film")}
    assert list(Job.Step).index(Job.Step.SLIDES) < list(Job.Step).index(Job.Step.DRAFT)


def test_once(meeting, context_of):
    for _ in range(2):
        meeting.jobs.filter(step=Job.Step.SLIDES).update(state=Job.State.WAITING)
        run(meeting, context_of, "Launch plan")
    assert meeting.slides.count() == 3


def test_the_server_is_away_for_a_while(meeting, context_of):
    with pytest.raises(InferenceUnavailable):
        run(meeting, context_of, InferenceUnavailable())
    meeting.jobs.filter(step=Job.Step.SLIDES).update(state=Job.State.WAITING)
    run(meeting, context_of, "Launch plan")
    assert {slide.state for slide in meeting.slides.all()} == {"read"}


def test_the_look_of_every_half_minute_leaves_them_to_the_step(meeting, owner):
    add_slides(meeting, SimpleUploadedFile("a.png", make_image()), by=owner, send=lambda meeting: None)
    job = meeting.jobs.filter(step=Job.Step.SLIDES)
    job.update(state=Job.State.RUNNING)
    assert read_any_slides(client=FakeClient("x")) == 0
    job.update(state=Job.State.DONE)
    assert read_any_slides(client=FakeClient("x")) == 1
    assert Slide.objects.get().text == "x"
