"""Open items of one meeting at the start of the next."""

import datetime as dt

import pytest
from django.urls import reverse

from meetings.carry_over import link_mentions, list_carried
from meetings.labelling import set_series
from meetings.models import Mention
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def following(meeting, owner):
    """The next meeting of the series of `meeting`, a week later."""
    meeting.action_items.update(state="open")
    later = factories.make_meeting(owner, title="Launch again", held_on=dt.date(2026, 3, 9), language="en")
    factories.make_segments(
        later,
        [
            (0, "Good morning everybody."),
            (0, "I have sent the draft to legal, that is done."),
            (1, "I will ask finance about the second server by Thursday."),
            (0, "The weather is nice."),
        ],
    )
    set_series([meeting, later], "Launch")
    return later


def test_open_items_are_carried_and_what_was_said_is_linked(meeting, following, owner):
    assert link_mentions(following) == 2
    assert link_mentions(following) == 2 == Mention.objects.count()
    draft, finance = list_carried(following, user=owner)
    assert [(m.said, m.due_on) for m in draft.mentions] == [("done", None)]
    assert [(m.said, m.due_on) for m in finance.mentions] == [("moved", dt.date(2026, 3, 12))]
    draft.item.move(draft.item.Move.TICK, by=owner)
    assert len(list_carried(following, user=owner)) == 2, "spoken of here, so still shown"
    assert list_carried(meeting, user=owner) == []


def test_what_was_not_done_is_not_said_to_be_done(meeting, following, owner):
    following.segments.filter(text__contains="sent").update(text="The draft to legal is not sent, not done.")
    link_mentions(following)
    assert [m.said for m in Mention.objects.filter(action_item__text__contains="draft")] == [""]


def test_only_what_a_person_may_see(meeting, following, client_of, owner, colleague, reader):
    following.members.create(user=reader)
    meeting.members.filter(user=reader).delete()
    url = reverse("meeting_notes", args=[following.pk])
    assert "Still open from earlier meetings" in client_of(owner).get(url).content.decode()
    assert "Still open" not in client_of(reader).get(url).content.decode()
    meeting.deleted_at = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
    meeting.save()
    assert list_carried(following, user=owner) == []


def test_a_meeting_that_others_cite_is_deleted(meeting, following, client_of, owner):
    """Its words stood as what was said about the items; the items stay, and the pages that showed them work."""
    link_mentions(following)
    assert Mention.objects.count() == 2
    following.delete()
    assert not Mention.objects.exists() and meeting.action_items.count() == 2
    client = client_of(owner)
    for url in (reverse("meeting", args=[meeting.pk]), reverse("action_items")):
        assert client.get(url).status_code == 200


def test_a_meeting_whose_items_were_carried_is_deleted(meeting, following, client_of, owner):
    link_mentions(following)
    meeting.delete()
    page = client_of(owner).get(reverse("meeting", args=[following.pk])).content.decode()
    assert "Still open" not in page and list_carried(following, user=owner) == []
