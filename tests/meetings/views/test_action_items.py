"""All action items on one page."""

import datetime as dt

import pytest

from meetings.models import ActionItem
from tests import factories

pytestmark = pytest.mark.django_db


def get(client, query=""):
    answer = client.get(f"/action-items/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_works_for_owner_and_reader_and_shows_a_stranger_nothing(meeting, client_of, owner, reader, stranger):
    assert "Send the draft to legal" in get(client_of(owner), "?show=suggested")
    page = get(client_of(reader), "?show=suggested")
    assert "Send the draft to legal" in page and "Confirm" not in page
    assert "Send the draft to legal" not in get(client_of(stranger), "?show=suggested")


def test_filters(meeting, client_of, owner):
    client = client_of(owner)
    first, second = meeting.action_items.all()
    ActionItem.objects.filter(pk=first.pk).update(state=ActionItem.State.OPEN, due_on=dt.date(2026, 1, 1))
    ActionItem.objects.filter(pk=second.pk).update(state=ActionItem.State.DONE)
    assert "Send the draft" in get(client) and "Ask finance" not in get(client)
    assert "Send the draft" in get(client, "?show=overdue")
    assert "Ask finance" in get(client, "?show=done")
    assert "Send the draft" in get(client, "?show=<nonsense>")
    assert "Nothing is overdue" not in get(client, "?show=overdue")


def test_mine_are_those_whose_owner_is_called_like_me(meeting, client_of, owner):
    speaker = meeting.speakers.last()
    client = client_of(owner)
    assert "Send the draft" not in get(client, "?show=suggested&who=mine")
    speaker.name = "olga"
    speaker.save()
    assert "Send the draft" in get(client, "?show=suggested&who=mine")


def test_wrong_method(client_of, owner):
    assert client_of(owner).post("/action-items/").status_code == 405


def test_the_number_of_queries_does_not_grow(owner, client_of, django_assert_max_num_queries):
    for _ in range(5):
        factories.make_full_meeting(owner)
    client = client_of(owner)
    with django_assert_max_num_queries(10):
        get(client, "?show=suggested")


def test_pages_of_a_hundred(owner, client_of):
    meeting = factories.make_meeting(owner)
    ActionItem.objects.bulk_create(
        ActionItem(meeting=meeting, text=f"Item {n:03}", position=n) for n in range(120)
    )
    client = client_of(owner)
    page = get(client, "?show=suggested")
    assert "Item 099" in page and "Item 100" not in page and "page=2" in page
    assert "Item 119" in get(client, "?show=suggested&page=2")
