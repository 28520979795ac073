"""The list of meetings."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.labelling import label_meeting, set_series
from meetings.models import ActionItem, Job, Meeting, Series, Tag
from tests import factories

pytestmark = pytest.mark.django_db


def get(client, url="/", **headers):
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_sees_their_own_and_what_was_shared(meeting, client_of, owner, reader, stranger):
    assert "Launch planning" in get(client_of(owner))
    assert "Shared with you by Olga Owner" in get(client_of(reader))
    page = get(client_of(stranger))
    assert "Launch planning" not in page and "Bring a recording" in page


def test_a_row_says_what_there_is(meeting, client_of, owner):
    meeting.action_items.update(state=ActionItem.State.OPEN, due_on=dt.date(2026, 1, 2))
    page = get(client_of(owner))
    assert "<b>2</b> open" in page and "2 overdue" in page
    assert "0:30" in page and "The launch moves to 9 March." in page


def test_names_are_only_text(owner, client_of):
    factories.make_meeting(owner, title='<img src=x onerror=alert(1)> "&')
    page = get(client_of(owner))
    assert "<img" not in page and "&lt;img src=x onerror=alert(1)&gt; &quot;&amp;" in page


def test_filters_keep_each_other(meeting, client_of, owner, colleague):
    factories.make_meeting(owner, title="Budget")
    client = client_of(owner)
    assert "Budget" not in get(client, "/?show=open")
    assert "Launch planning" not in get(client_of(colleague), "/?show=mine")
    assert "Budget" in get(client, "/?show=nonsense&page=nonsense")
    label_meeting(meeting, tags=["board"], series="")
    page = get(client, "/?tag=board&sort=oldest&page=1")
    assert 'href="?tag=board&amp;sort=oldest&amp;show=mine"' in page
    assert 'href="?tag=board&amp;sort=title"' in page and 'href="?sort=oldest"' in page


def test_there_is_one_search_box(meeting, client_of, owner):
    client = client_of(owner)
    for url in ("/", "/search/", "/action-items/", f"/meetings/{meeting.pk}/"):
        assert get(client, url).count('action="/search/"') == 1, url


def test_a_series_of_strangers_has_no_name(meeting, client_of, owner, stranger):
    label_meeting(meeting, tags=[], series="Secret plans")
    url = f"/?series={Series.objects.get().pk}"
    assert "Secret plans ×" in get(client_of(owner), url)
    assert "Secret plans" not in get(client_of(stranger), url)


def test_htmx_gets_the_list_alone(meeting, client_of, owner):
    page = get(client_of(owner), **{"HX-Request": "true"})
    assert "<html" not in page and 'id="meetings"' in page


def test_work_and_failure(owner, client_of):
    meeting = factories.make_meeting(owner)
    factories.make_recording(meeting, duration_ms=3_600_000)
    factories.make_jobs(meeting, state=Job.State.WAITING)
    begun = timezone.now() - dt.timedelta(seconds=60)
    values = {"state": Job.State.RUNNING, "started_at": begun, "done_ms": 1_800_000, "total_ms": 3_600_000}
    meeting.jobs.filter(step="ingest").update(state=Job.State.DONE)
    meeting.jobs.filter(step="transcribe").update(**values)
    page = get(client_of(owner))
    assert "Writing the transcript, 30 min of 60 min" in page and "about 60 s left" in page
    meeting.jobs.filter(step="transcribe").update(state=Job.State.FAILED, error_text="It <broke>.")
    page = get(client_of(owner))
    assert "It &lt;broke&gt;." in page and "Try again" in page


def test_a_reader_is_not_offered_what_they_may_not_do(meeting, client_of, reader):
    meeting.jobs.filter(step="draft").update(state=Job.State.FAILED, error_text="It broke.")
    page = get(client_of(reader))
    assert "It broke." in page and "Try again" not in page


def test_the_number_of_queries_does_not_grow(owner, client_of, django_assert_max_num_queries):
    for number in range(3):
        factories.make_full_meeting(owner, title=f"Meeting {number}")
    client = client_of(owner)
    get(client)
    with django_assert_max_num_queries(16):
        get(client)
    for number in range(10):
        factories.make_full_meeting(owner, title=f"More {number}")
    with django_assert_max_num_queries(16):
        get(client)


def test_pages_of_fifty(owner, client_of):
    Meeting.objects.bulk_create(
        Meeting(owner=owner, title=f"Meeting {n:03}", held_on=dt.date(2026, 1, 1) + dt.timedelta(days=n))
        for n in range(60)
    )
    client = client_of(owner)
    assert "Meeting 059" in get(client) and "Meeting 009" not in get(client)
    assert "Meeting 009" in get(client, "/?page=2")


def test_the_demo_is_offered_and_loaded_once(owner, client_of, monkeypatch):
    monkeypatch.setattr("meetings.pipeline.steps.send_job", lambda *args, **kwargs: None)
    client = client_of(owner)
    assert "Load the demo meeting" in get(client)
    assert client.get("/demo/").status_code == 405


def test_tags_series_and_sort(meeting, owner, client_of):
    other = factories.make_meeting(owner, title="A budget", held_on=dt.date(2026, 1, 1))
    label_meeting(meeting, tags=["board"], series="Weekly")
    client = client_of(owner)
    page = get(client, "/?tag=Board")
    assert "Launch planning" in page and "A budget" not in page
    assert "A budget" not in get(client, f"/?series={Series.objects.get().pk}")
    assert "#board" in get(client)
    for sort, first in (("newest", "Launch planning"), ("oldest", "A budget"), ("title", "A budget")):
        page = get(client, f"/?sort={sort}")
        assert page.index(first) == min(page.index("Launch planning"), page.index(other.title))
    get(client, "/?sort=<b>&series=x&tag=%00")


def test_change_several(meeting, owner, client_of, reader, colleague, stranger):
    other = factories.make_meeting(owner, title="Budget")
    form = {"ids": [meeting.pk, other.pk, "nonsense"], "tags": "board", "series": "Weekly"}
    for person in (reader, stranger):
        client_of(person).post("/meetings/change/", form)
    assert not Tag.objects.exists()
    client_of(colleague).post("/meetings/change/", form)
    assert [tag.meeting for tag in Tag.objects.all()] == [meeting]
    client_of(colleague).post("/meetings/change/", form | {"delete": "1"})
    assert not Meeting.objects.exclude(deleted_at=None).exists()
    client = client_of(owner)
    client.post("/meetings/change/", form)
    assert Tag.objects.count() == 2 and set(Meeting.objects.values_list("series__name", flat=True)) == {
        "Weekly"
    }
    page = client.post("/meetings/change/", form | {"delete": "1"}, follow=True).content.decode()
    assert "2 meetings deleted" in page and Meeting.objects.filter(deleted_at=None).count() == 0
    assert client.get("/meetings/change/").status_code == 405


@pytest.fixture
def series(meeting):
    set_series([meeting], "Monday round")
    meeting.series.notes_template = "board"
    meeting.series.save()
    return meeting.series


def test_rename_a_series(series, meeting, client_of, owner):
    client, url = client_of(owner), reverse("rename_series", args=[series.pk])
    assert url in client.get(reverse("home"), {"series": series.pk}).text
    assert "Monday round" in client.get(url).text
    answer = client.post(url, {"name": "  Tuesday <b>round</b> "})
    assert answer.status_code == 302 and answer["Location"].endswith(f"?series={series.pk}")
    series.refresh_from_db()
    assert (series.name, series.notes_template) == ("Tuesday <b>round</b>", "board")
    page = client.get(answer["Location"]).text
    assert "Tuesday &lt;b&gt;round" in page and meeting.title in page


def test_a_series_is_its_owner_s_to_rename(series, client_of, colleague, reader, stranger, anonymous):
    url = reverse("rename_series", args=[series.pk])
    for person in (colleague, reader, stranger):
        assert client_of(person).post(url, {"name": "Mine"}).status_code == 404
        assert url not in client_of(person).get(reverse("home"), {"series": series.pk}).text
    assert anonymous.post(url, {"name": "Mine"}).status_code == 302
    series.refresh_from_db()
    assert series.name == "Monday round"


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "Board", "a\0b"])
def test_bad_names_of_a_series(series, client_of, owner, name):
    Series.objects.create(owner=owner, name="Board")
    client, url = client_of(owner), reverse("rename_series", args=[series.pk])
    assert client.post(url, {"name": name}).status_code == 422
    assert client.put(url).status_code == 405
    series.refresh_from_db()
    assert series.name == "Monday round"
