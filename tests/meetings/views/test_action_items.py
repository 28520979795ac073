"""All action items on one page."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.labelling import label_meeting
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
    assert client_of(owner).get("/action-items/change/").status_code == 405
    assert client_of(owner).post("/action-items/items.csv").status_code == 405


def test_pages_of_fifty(owner, client_of):
    meeting = factories.make_meeting(owner)
    ActionItem.objects.bulk_create(
        ActionItem(meeting=meeting, text=f"Item {n:03}", position=n) for n in range(120)
    )
    client = client_of(owner)
    page = get(client, "?show=suggested")
    assert "Item 049" in page and "Item 050" not in page and "page=2" in page
    last = get(client, "?show=suggested&page=3")
    assert "Item 119" in last and "page=2" in last and "page=4" not in last
    for page in ("0", "-1", "x", "9" * 30, "²"):
        assert "Item 000" in get(client, f"?show=suggested&page={page}")
    assert "Item" not in get(client, "?show=suggested&page=99999999").partition('id="list"')[2]


def test_filters_are_addresses(meeting, client_of, owner):
    client = client_of(owner)
    meeting.action_items.update(state="open")
    page = get(client, f"?owner=tom&meeting={meeting.pk}")
    assert "Send the draft" in page and "Ask finance" not in page
    assert f"?show=done&amp;owner=tom&amp;meeting={meeting.pk}" in page
    assert "Ask finance" in get(client, "?due=none") and "Send the draft" not in get(client, "?due=none")
    today = timezone.localdate()
    meeting.action_items.filter(text__startswith="Ask").update(due_on=today + dt.timedelta(days=3))
    assert "Ask finance" in get(client, "?due=week") and "Ask finance" not in get(client, "?due=today")
    assert "Send the draft" in get(client, "?due=<b>&meeting=nonsense&owner=%00")


def test_filters_can_be_chosen_on_the_page(meeting, client_of, owner):
    """What the form sends is what the address asks for; a name in the list leads to everything of that owner."""
    client = client_of(owner)
    meeting.action_items.update(state="open")
    label_meeting(meeting, tags=["pricing"], series="")
    page = get(client, "?show=open&who=&due=none")
    assert (
        '<input type="hidden" name="due" value="none">' in page
        and 'name="owner"' in page
        and 'name="tag"' in page
    )
    assert f'<option value="{meeting.pk}"' in page and '<option value="Tom">' in get(client)
    assert 'href="/action-items/?owner=Tom"' in get(client)
    narrowed = get(client, f"?show=open&owner=&tag=pricing&meeting={meeting.pk}")
    assert "Send the draft" in narrowed and "#pricing ×" in narrowed
    assert "Send the draft" not in get(client, "?show=open&tag=other")


def test_change_several(meeting, client_of, owner, reader, stranger):
    ids = list(meeting.action_items.values_list("pk", flat=True))
    url = "/action-items/change/?show=suggested"
    for person in (reader, stranger):
        client_of(person).post(url, {"ids": ids, "move": "confirm"})
    assert set(meeting.action_items.values_list("state", flat=True)) == {"suggested"}
    client = client_of(owner)
    answer = client.post(url, {"ids": ids, "move": "confirm"})
    assert answer["Location"] == "/action-items/?show=suggested"
    assert set(meeting.action_items.values_list("state", flat=True)) == {"open"}
    client.post(url, {"ids": ids, "owner_name": "Zoe", "due": "2026-12-01"})
    assert {(item.owner_display, item.due_on) for item in meeting.action_items.all()} == {
        ("Zoe", dt.date(2026, 12, 1))
    }
    page = client.post(url, {"ids": [*ids, "x", "9" * 40], "due": "purple"}, follow=True).content.decode()
    assert "Nothing was changed" in page


def test_as_a_table_without_formulas(meeting, client_of, owner, stranger):
    meeting.action_items.filter(position=0).update(
        state="open", text="=1+1", owner_name="", owner_speaker=None
    )
    answer = client_of(owner).get("/action-items/items.csv?show=open")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert rows[1] == "'=1+1,,2026-03-06,open,Launch planning,2026-03-02" and len(rows) == 2
    assert len(client_of(stranger).get("/action-items/items.csv").content.splitlines()) == 1


def test_the_number_of_queries_does_not_grow(owner, client_of, django_assert_max_num_queries):
    def fill(count):
        for _ in range(count):
            factories.make_full_meeting(owner).action_items.update(state="open")

    fill(2)
    client = client_of(owner)
    with django_assert_max_num_queries(9):
        get(client)
    fill(8)
    with django_assert_max_num_queries(9):
        get(client)
