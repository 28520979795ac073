"""The Record page without its sound: who may, consent, coming back, finishing."""

import datetime as dt
import os
import uuid

import pytest
from django.urls import reverse

from meetings.labelling import set_series
from meetings.live import takes
from meetings.live.protocol import FRAME_BYTES, Note
from meetings.live.writer import TakeFile, take_path
from meetings.models import Meeting, MeetingMember, Notes, Recording, Segment, Series, Take
from meetings.notes.items import DraftItem
from tests import factories

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


@pytest.fixture
def take(owner, colleague, reader):
    take = takes.create_take(owner, title="Standup <b>")
    factories.add_member(take.meeting, colleague, level=MeetingMember.Level.EDIT)
    factories.add_member(take.meeting, reader)
    yield take
    take_path(take).unlink(missing_ok=True)


def write(take, count=3) -> None:
    file = TakeFile(take)
    file.append(os.urandom(FRAME_BYTES * count))
    file.close()


def test_start(client_of, owner):
    form = {"title": "Standup", "language": "de", "vocabulary": "Atlas\nZeus", "consent": "on", "share": "on"}
    answer = client_of(owner).post("/record/", form)
    assert answer.status_code == 201
    take = Take.objects.select_related("meeting").get()
    said = answer.json()
    assert (said["id"], said["key"], said["channels"]) == (str(take.pk), take.key, 2)
    assert said["url"] == f"/record/{take.pk}/" and take.meeting.vocabulary_terms == ["Atlas", "Zeus"]
    assert take.meeting.owner == owner and take.consent_at


def test_who_takes_part_and_in_which_series(client_of, owner):
    form = {"consent": "on", "series": "Weekly", "attendees": "Priya Nair\n\nTom  Berg\nPriya Nair"}
    Series.objects.create(owner=owner, name="Weekly")
    assert '<option value="Weekly">' in client_of(owner).get("/record/").content.decode()
    assert client_of(owner).post("/record/", form).status_code == 201
    meeting = Meeting.objects.get()
    assert meeting.series.name == "Weekly" and Series.objects.count() == 1
    assert list(meeting.attendees.values_list("name", flat=True)) == ["Priya Nair", "Tom Berg"]


def test_start_needs_consent(client_of, owner):
    answer = client_of(owner).post("/record/", {"title": "Standup"})
    assert answer.status_code == 422 and "agreed" in answer.json()["errors"]["consent"][0]
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"title": "x" * 201},
        {"language": "klingon"},
        {"vocabulary": "x" * 4001},
        {"attendees": "x" * 101},
        {"series": "x" * 101},
    ],
)
def test_start_bad_input(client_of, owner, bad):
    assert client_of(owner).post("/record/", {"consent": "on"} | bad).status_code == 422
    assert not Meeting.objects.exists()


def test_start_without_room(client_of, owner, settings):
    settings.MIN_FREE_BYTES = 2**62
    answer = client_of(owner).post("/record/", {"consent": "on"})
    assert answer.status_code == 507 and answer.json()["code"] == "disk_full"


def test_the_page_offers_what_was_not_finished(take, client_of, owner, stranger):
    page = client_of(owner).get("/record/").content.decode()
    assert "Standup &lt;b&gt;" in page and reverse("take", args=[take.pk]) in page
    assert "Standup" not in client_of(stranger).get("/record/").content.decode()


def test_what_somebody_else_records_now_is_named(take, client_of, reader, stranger, owner):
    """Two people in one room need not both record; who may not see the meeting hears nothing of it."""
    link = reverse("watch", args=[take.meeting_id])
    page = client_of(reader).get("/record/").content.decode()
    assert f"is being recorded now by {owner.name}" in page and link in page
    assert link not in client_of(stranger).get("/record/").content.decode()
    assert link not in client_of(owner).get("/record/").content.decode()
    Take.objects.update(state=Take.State.DONE)
    assert link not in client_of(reader).get("/record/").content.decode()


def test_the_home_page_offers_it_too(take, client_of, owner, reader):
    assert reverse("take", args=[take.pk]) in client_of(owner).get("/").content.decode()
    assert reverse("take", args=[take.pk]) not in client_of(reader).get("/").content.decode()


def test_coming_back(take, client_of, owner):
    segment = factories.make_segment(take.meeting, "<i>Hello</i> there.", engine=Segment.Engine.LIVE)
    takes.keep_note(take, Note(type="note", id=uuid.uuid4(), kind="note", at_ms=61_000, text="<u>pay</u>"))
    page = client_of(owner).get(reverse("take", args=[take.pk])).content.decode()
    assert "&lt;i&gt;Hello&lt;/i&gt; there." in page and f'data-start="{segment.start_ms}"' in page
    assert "1:01" in page and "&lt;u&gt;pay&lt;/u&gt;" in page and take.key not in page


def test_a_finished_one_is_its_meeting(take, client_of, owner):
    write(take)
    client = client_of(owner)
    answer = client.post(reverse("stop_take", args=[take.pk]))
    assert answer.url == reverse("meeting", args=[take.meeting_id])
    assert Recording.objects.get().meeting == take.meeting
    assert client.get(reverse("take", args=[take.pk])).url == answer.url
    assert client.get(reverse("watch", args=[take.meeting_id])).url == answer.url
    assert client.post(reverse("stop_take", args=[take.pk])).url == answer.url
    assert Recording.objects.count() == 1


def test_finishing_while_somebody_writes(take, client_of, owner):
    file = TakeFile(take)
    assert client_of(owner).post(reverse("stop_take", args=[take.pk])).status_code == 302
    file.append(bytes(FRAME_BYTES))
    file.close()
    assert Take.objects.get().state == Take.State.STOPPING
    assert takes.close_abandoned_takes() == 1 and Recording.objects.exists()


@pytest.mark.parametrize(
    ("name", "method", "expected"),
    [
        ("take", "get", (200, 403, 403, 404)),
        ("stop_take", "post", (302, 403, 403, 404)),
        ("watch", "get", (200, 200, 200, 404)),
    ],
)
def test_who_may(take, client_of, request, name, method, expected):
    url = reverse(name, args=[take.meeting_id if name == "watch" else take.pk])
    for who, status in list(zip(("owner", "colleague", "reader", "stranger"), expected, strict=True))[::-1]:
        client = client_of(request.getfixturevalue(who))
        assert getattr(client, method)(url).status_code == status, who


@pytest.mark.parametrize("name", ["record", "take", "stop_take", "watch"])
def test_anonymous(take, anonymous, name):
    url = {"record": "/record/", "watch": reverse("watch", args=[take.meeting_id])}.get(name)
    url = url or reverse(name, args=[take.pk])
    method = anonymous.post if name in ("record", "stop_take") else anonymous.get
    assert method(url, {"consent": "on"}).url.startswith(LOGIN)


@pytest.mark.parametrize("name", ["record", "take", "stop_take", "watch"])
def test_wrong_method(take, client_of, owner, name):
    url = {"record": "/record/", "watch": reverse("watch", args=[take.meeting_id])}.get(name)
    url = url or reverse(name, args=[take.pk])
    client = client_of(owner)
    method = {"record": client.delete, "stop_take": client.get}.get(name, client.post)
    assert method(url).status_code == 405


@pytest.mark.parametrize("name", ["take", "stop_take", "watch"])
def test_no_such_thing(client_of, owner, name):
    client = client_of(owner)
    method = client.post if name == "stop_take" else client.get
    assert method(reverse(name, args=[uuid.uuid4()])).status_code == 404


def test_the_meeting_page_says_that_it_is_being_recorded(take, client_of, owner, reader):
    url = reverse("meeting", args=[take.meeting_id])
    assert reverse("watch", args=[take.meeting_id]) in client_of(reader).get(url).content.decode()
    assert reverse("take", args=[take.pk]) in client_of(owner).get(url).content.decode()


def test_own_notes_stay_on_the_meeting_page(take, client_of, owner):
    takes.keep_note(take, Note(type="note", id=uuid.uuid4(), kind="note", at_ms=61_000, text="<u>pay</u>"))
    takes.keep_note(take, Note(type="note", id=uuid.uuid4(), kind="mark", at_ms=5_000))
    page = client_of(owner).get(reverse("meeting", args=[take.meeting_id])).content.decode()
    assert "&lt;u&gt;pay&lt;/u&gt;" in page and 'data-seek="61000"' in page and "marked" in page


def test_a_line_of_the_notes_names_the_typed_line_it_is_from(take, client_of, owner):
    takes.keep_note(take, Note(type="note", id=uuid.uuid4(), kind="note", at_ms=61_000, text="<u>pay</u>"))
    typed = take.meeting.own_notes.get()
    item = factories.make_action_item(take.meeting, "Pay", own_note=typed)
    page = client_of(owner).get(reverse("meeting", args=[take.meeting_id])).content.decode()
    assert f'href="#own-{typed.pk}"' in page and f'id="own-{typed.pk}"' in page
    why = client_of(owner).get(reverse("why_action_item", args=[item.pk])).content.decode()
    assert "What was typed" in why and "&lt;u&gt;pay&lt;/u&gt;" in why and "Nothing with these words" in why


def test_notes_from_captions_say_so(meeting, client_of, owner):
    url = reverse("meeting", args=[meeting.pk])
    assert "from the live captions" not in client_of(owner).get(url).content.decode()
    meeting.notes.provenance = {"made_from": "captions"}
    meeting.notes.save()
    assert "from the live captions" in client_of(owner).get(url).content.decode()


def test_notes_so_far(client_of, reader, stranger, owner, take):
    """What was drafted and held, beside what the series left open; nobody else's."""
    item = DraftItem(
        kind="action",
        text="Send <b> to Ann",
        segment_ids=(),
        position_ms=61_000,
        owner_name="Tom",
        due_on="2026-11-20",
    )
    draft = {"windows": {"0": {"shown": [item.dump()]}, "1": {}}}
    Notes.objects.create(meeting=take.meeting, draft=draft)
    earlier = factories.make_meeting(owner, held_on=take.meeting.held_on - dt.timedelta(days=7))
    factories.make_action_item(earlier, "Book the hall", state="open")
    set_series([earlier, take.meeting], "Weekly")
    url = reverse("so_far", args=[take.meeting_id])
    page = client_of(owner).get(url).content.decode()
    assert "Send &lt;b&gt; to Ann" in page and "1:01" in page and "Tom" in page and "20 Nov" in page
    assert "Still open" in page and "Book the hall" in page
    # A reader of this meeting alone sees nothing of the earlier one.
    page = client_of(reader).get(url).content.decode()
    assert "to Ann" in page and "Book the hall" not in page
    assert client_of(stranger).get(url).status_code == 404


def test_nothing_so_far(client_of, owner, take):
    page = client_of(owner).get(reverse("so_far", args=[take.meeting_id])).content.decode()
    assert "a minute or two" in page and "<ul>" not in page
