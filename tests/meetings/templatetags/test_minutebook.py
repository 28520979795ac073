"""How times, days and shares are written."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.models import ActionItem
from meetings.templatetags import minutebook as tags


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0:00"), (61_999, "1:01"), (3_599_000, "59:59"), (3_600_000, "1:00:00"), (None, "")]
)
def test_clock(ms, text):
    assert tags.clock(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (12_400, "12 s"),
        (240_000, "4 min"),
        (3_600_000, "60 min"),
        (7_800_000, "2 h 10 min"),
        (7_200_000, "2 h"),
    ],
)
def test_spell_duration(ms, text):
    assert tags.spell_duration(ms) == text


def test_days():
    assert tags.day(dt.date(2026, 11, 16)) == "Monday, 16 November 2026"
    today = timezone.localdate()
    assert tags.day_heading(today).startswith("Today, ")
    assert tags.day_heading(today - dt.timedelta(days=1)).startswith("Yesterday, ")
    assert tags.day_heading(dt.date(2020, 2, 3)) == "Monday 3 February 2020"


def test_due():
    today = timezone.localdate()
    assert [tags.due(today + dt.timedelta(days=n)) for n in (-1, 0, 1)] == ["yesterday", "today", "tomorrow"]
    assert tags.due(dt.date(2020, 2, 3)) == "Mon 3 Feb 2020"


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.622, "62 %"), (0.999, "99 %"), (1.0, "100 %"), (None, "0 %")]
)
def test_percent_never_rounds_up_to_all(share, text):
    assert tags.percent(share) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "1 kB"), (44_000, "44 kB"), (12_000_000, "12 MB"), (2_340_000_000, "2.3 GB")]
)
def test_megabytes(size, text):
    assert tags.megabytes(size) == text


def test_overdue_means_open_and_past():
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    state = ActionItem.State
    assert tags.is_overdue(ActionItem(state=state.OPEN, due_on=yesterday))
    assert not tags.is_overdue(ActionItem(state=state.OPEN, due_on=timezone.localdate()))
    assert not tags.is_overdue(ActionItem(state=state.DONE, due_on=yesterday))
    assert not tags.is_overdue(ActionItem(state=state.OPEN))


def test_roles_and_rates():
    assert tags.role_name("asr") == "Writing the transcript" and tags.role_name("new") == "new"
    assert tags.per_minute(0.09) == "5.4 s" and tags.as_gigabytes(8100) == "8.1 GB"
