"""Slides are read once, wait while the model server is away, and never lose their picture."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from meetings.inference_client import InferenceClient, InferenceRefused, InferenceUnavailable
from meetings.models import Slide
from meetings.slides.add import add_slides
from meetings.slides.read import read_any_slides
from tests.slide_files import make_image

pytestmark = pytest.mark.django_db


class FakeClient:
    """Says one thing, or raises it. The real one: the last test."""

    def __init__(self, says):
        self.says, self.asked = says, 0

    def read_image(self, path):
        self.asked += 1
        assert path.read_bytes().startswith(b"\x89PNG")
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def slide(meeting_files):
    file = SimpleUploadedFile("a.png", make_image())
    (slide,) = add_slides(meeting_files, file, by=meeting_files.owner, send=lambda meeting: None)
    return slide


def test_read_once(slide):
    client = FakeClient("Launch\tDecember 15")
    assert read_any_slides(client=client) == 1
    assert read_any_slides(client=client) == 0
    slide.refresh_from_db()
    assert (slide.text, slide.state, slide.engine) == ("Launch\tDecember 15", "read", "ocr")
    assert client.asked == 1


def test_waits_while_nobody_answers(slide):
    assert read_any_slides(client=FakeClient(InferenceUnavailable())) == 0
    assert read_any_slides(client=FakeClient("later")) == 1


def test_refused_is_failed_and_the_picture_is_kept(slide):
    read_any_slides(client=FakeClient(InferenceRefused(code="invalid_image")))
    slide.refresh_from_db()
    assert (slide.state, slide.error_code) == ("failed", "invalid_image")


def test_a_dead_worker_holds_nothing_for_long(slide):
    assert slide.claim() and not slide.claim()
    assert read_any_slides(client=FakeClient("x")) == 0
    Slide.objects.update(claimed_at=timezone.now() - dt.timedelta(minutes=6))
    assert read_any_slides(client=FakeClient("x")) == 1


def test_one_that_was_taken_away_is_not_read(slide):
    slide.remove()
    assert read_any_slides(client=FakeClient("x")) == 0


@pytest.mark.models
def test_the_real_server(slide, compact_server):
    with InferenceClient(compact_server) as client:
        assert read_any_slides(client=client) == 1
    slide.refresh_from_db()
    assert (slide.state, slide.text, slide.engine) == ("read", "", "ocr")
