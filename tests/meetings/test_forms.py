"""What a person may type."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.line_forms import ActionItemForm


def clean_due(text: str, *, language: str = "") -> ActionItemForm:
    form = ActionItemForm({"text": "Do it", "due": text}, language=language)
    form.is_valid()
    return form


def test_a_date_as_such():
    assert clean_due("2026-12-02").cleaned_data["due"] == dt.date(2026, 12, 2)
    assert clean_due(" ").cleaned_data["due"] is None


@pytest.mark.parametrize(
    ("text", "language", "weekday"), [("Friday", "", 4), ("Freitag", "de", 4), ("vendredi", "fr", 4)]
)
def test_a_weekday_is_the_next_one(text, language, weekday):
    due = clean_due(text, language=language).cleaned_data["due"]
    assert due.weekday() == weekday
    assert 0 <= (due - timezone.localdate()).days <= 7


def test_english_is_understood_in_any_meeting_and_an_unknown_language_does_no_harm():
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    assert clean_due("tomorrow", language="de").cleaned_data["due"] == tomorrow
    assert clean_due("tomorrow", language="xx").cleaned_data["due"] == tomorrow


@pytest.mark.parametrize("text", ["purple", "2026-13-45", "<b>"])
def test_what_is_no_date(text):
    assert "due" in clean_due(text).errors
