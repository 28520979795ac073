"""A person's action items in their calendar."""

import datetime as dt
import re

import pytest
from icalendar import Calendar

from meetings.models import CalendarFeed

pytestmark = pytest.mark.django_db


def make_address(client) -> str:
    page = client.post("/calendar/", {"make": "1"}).content.decode()
    return re.search(r"http://testserver(/calendar/[^/]+/items.ics)", page)[1]


@pytest.fixture
def mine(meeting, owner):
    """One open item of the owner of the meeting."""
    item = meeting.action_items.first()
    item.edit(by=owner, owner_name="Olga", owner_speaker=None, text="Send; the, draft")
    item.move(item.Move.CONFIRM)
    return item


def test_works_without_a_log_in_and_shows_only_mine(mine, meeting, client_of, owner, anonymous):
    address = make_address(client_of(owner))
    answer = anonymous.get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["summary"] == "Send; the, draft" and event["dtstart"].dt == dt.date(2026, 3, 6)
    assert event["url"].endswith(f"/meetings/{meeting.pk}/#action-{mine.pk}")


def test_a_colleague_and_a_stranger_have_their_own(mine, client_of, colleague, stranger, anonymous):
    stranger.name = "Olga"
    stranger.save()
    for person in (colleague, stranger):
        content = anonymous.get(make_address(client_of(person))).content
        assert not Calendar.from_ical(content).walk("VEVENT")


def test_the_address_is_secret_and_can_be_revoked(mine, client_of, owner, anonymous):
    client = client_of(owner)
    first = make_address(client)
    assert first.split("/")[2] not in CalendarFeed.objects.get().token_hash
    assert first not in client.get("/calendar/").content.decode()
    second = make_address(client)
    assert anonymous.get(first).status_code == 404 and anonymous.get(second).status_code == 200
    client.post("/calendar/", {"revoke": "1"})
    assert anonymous.get(second).status_code == 404


def test_who_is_switched_off_has_none(mine, client_of, owner, anonymous):
    address = make_address(client_of(owner))
    owner.is_active = False
    owner.save()
    assert anonymous.get(address).status_code == 404


def test_bad_input_and_wrong_method(client_of, owner, anonymous):
    assert client_of(owner).post("/calendar/", {}).status_code == 400
    assert client_of(owner).put("/calendar/").status_code == 405
    assert anonymous.get("/calendar/").status_code == 302
    assert anonymous.get("/calendar/nonsense/items.ics").status_code == 404
    assert anonymous.post("/calendar/nonsense/items.ics").status_code in (403, 405)
