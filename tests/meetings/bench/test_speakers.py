"""The benchmark of speakers runs, on a small meeting."""

import pytest

from meetings.bench import speakers
from meetings.bench.transcript import make_long_meeting

pytestmark = pytest.mark.django_db


def test_every_change_is_measured(monkeypatch):
    monkeypatch.setattr(speakers, "make_long_meeting", lambda user: make_long_meeting(user, segments=60))
    figures = speakers.measure_speakers()
    assert len(figures) == 6 and all(figure.value > 0 for figure in figures)
    assert [figure.limit for figure in figures] == [200, 200, 200, 200, None, None]
