"""What a person sets for themselves, and that their days are theirs."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


def test_name_and_time_zone(client, owner):
    page = client.get(reverse("you")).content.decode()
    assert "Pacific/Kiritimati" in page and "as the server (UTC)" in page
    assert client.post(reverse("you"), {"name": "Olga", "time_zone": "Asia/Tokyo"}).status_code == 302
    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Olga", "Asia/Tokyo")
    client.post(reverse("you"), {"name": "Olga", "time_zone": ""})
    owner.refresh_from_db()
    assert owner.time_zone == ""


@pytest.mark.parametrize(
    "bad", [{"time_zone": "Mars/Base"}, {"time_zone": "../etc/passwd"}, {"name": "x" * 151}]
)
def test_bad_values(client, owner, bad):
    assert client.post(reverse("you"), {"name": "Olga"} | bad).status_code == 422
    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Olga Owner", "")


def test_anonymous_and_wrong_method(client, anonymous):
    assert anonymous.get(reverse("you")).status_code == 302
    assert client.delete(reverse("you")).status_code == 405


def test_nobody_else_is_changed(client, colleague):
    client.post(
        reverse("you"), {"name": "Olga", "time_zone": "Asia/Tokyo", "id": colleague.pk, "is_owner": "on"}
    )
    colleague.refresh_from_db()
    assert (colleague.name, colleague.time_zone, colleague.is_owner) == ("Colin Colleague", "", False)


def test_tomorrow_is_counted_where_the_person_is(client, owner, meeting, monkeypatch):
    # 11:00 UTC on a Saturday: already Sunday on Kiritimati, still Friday nowhere.
    now = dt.datetime(2026, 11, 28, 11, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    item = meeting.action_items.first()
    url = reverse("action_item", args=[item.pk])
    for zone, day in (("Pacific/Kiritimati", 30), ("", 29), ("Pacific/Pago_Pago", 29), ("Nowhere/Gone", 29)):
        owner.time_zone = zone
        owner.save()
        client.post(url, {"text": "Do it", "due": "tomorrow"}, headers={"HX-Request": "true"})
        item.refresh_from_db()
        assert item.due_on == dt.date(2026, 11, day), zone
    owner.time_zone = "Pacific/Kiritimati"
    owner.save()
    client.post(reverse("change_action_items"), {"ids": [item.pk], "due": "tomorrow", "change": "due"})


def test_what_is_overdue_and_clock_times_are_those_of_the_person(client, owner, meeting, monkeypatch):
    now = dt.datetime(2026, 11, 28, 11, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    meeting.action_items.update(state="open", due_on=dt.date(2026, 11, 28))
    meeting.started_at, meeting.held_on = now, dt.date(2026, 11, 28)
    meeting.save()
    for zone, word, time in (("Pacific/Kiritimati", "overdue", "01:00"), ("", "today", "11:00")):
        owner.time_zone = zone
        owner.save()
        page = client.get(reverse("home")).content.decode()
        assert f">{time}</time>" in page and ("overdue" in page) == (word == "overdue")
        assert word in client.get(reverse("action_items")).content.decode().partition('id="list"')[2]
    assert timezone.get_current_timezone_name() == "UTC", "the next request begins anew"
