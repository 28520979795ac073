"""The pages of templates, and the form that makes notes again."""

import pytest
from django.urls import reverse

from meetings.labelling import set_series
from meetings.models import Job, NotesTemplate
from meetings.notes_again import make_notes_again

pytestmark = pytest.mark.django_db

GOOD = {
    "name": "Mine",
    "sections": ["summary", "action"],
    "length": "short",
    "language": "de",
    "instructions": "Be <b>kind",
}


@pytest.fixture(autouse=True)
def no_queue(monkeypatch):
    monkeypatch.setattr(
        make_notes_again, "__kwdefaults__", make_notes_again.__kwdefaults__ | {"send": lambda pk: None}
    )


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


@pytest.fixture
def own(owner):
    return NotesTemplate.objects.create(owner=owner, name="Old", sections=["risk"], instructions="x")


def test_write_change_and_delete_one(client, owner):
    assert b"You have none yet" in client.get(reverse("notes_templates")).content
    assert client.post(reverse("new_notes_template"), GOOD).status_code == 302
    row = NotesTemplate.objects.get()
    assert (row.owner, row.sections, row.length, row.language) == (
        owner,
        ["summary", "action"],
        "short",
        "de",
    )
    page = client.get(reverse("notes_templates")).content.decode()
    assert "Be &lt;b&gt;kind" in page and "Summary, Action items" in page
    url = reverse("notes_template", args=[row.pk])
    assert b"Be &lt;b&gt;kind" in client.get(url).content
    client.post(url, GOOD | {"name": "Other", "sections": ["risk"]})
    row.refresh_from_db()
    assert (row.name, row.sections) == ("Other", ["risk"])
    client.post(url, {"delete": "1"})
    assert not NotesTemplate.objects.exists()


def test_begin_with_a_ready_one(client):
    page = client.get(reverse("new_notes_template"), {"like": "board"}).content.decode()
    assert "Write formal minutes" in page and page.count("checked") == 4
    assert client.get(reverse("new_notes_template"), {"like": "own-1"}).status_code == 200


@pytest.mark.parametrize("bad", [{"name": ""}, {"name": "x" * 61}, {"sections": []}, {"sections": ["purple"]}, {"length": "huge"},
                                 {"language": "xx"}, {"instructions": "x" * 501}, {"name": "Old"}])  # fmt: skip
def test_bad_templates(client, own, bad):
    assert client.post(reverse("new_notes_template"), GOOD | bad).status_code == 422
    assert NotesTemplate.objects.count() == 1


def test_others_have_their_own(own, client_of, colleague, anonymous):
    page = client_of(colleague).get(reverse("notes_templates")).content.decode()
    assert "Old" not in page and "Stand-up" in page
    url = reverse("notes_template", args=[own.pk])
    assert client_of(colleague).get(url).status_code == 404
    assert client_of(colleague).post(url, {"delete": "1"}).status_code == 404
    for name in ("notes_templates", "new_notes_template"):
        assert anonymous.get(reverse(name)).status_code == 302
    assert anonymous.post(url, GOOD).status_code == 302
    assert NotesTemplate.objects.get().name == "Old"


def test_wrong_methods(client, own):
    assert client.post(reverse("notes_templates")).status_code == 405
    assert client.delete(reverse("notes_template", args=[own.pk])).status_code == 405


def test_make_the_notes_again(meeting, client, own):
    url = reverse("notes_again", args=[meeting.pk])
    page = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert f'value="own-{own.pk}"' in page and "Stand-up" in page and "for_series" not in page
    assert client.post(url, {"template": f"own-{own.pk}", "language": "fr"}).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.notes_template, meeting.notes_language) == (f"own-{own.pk}", "fr")
    assert meeting.jobs.get(step=Job.Step.DRAFT).state == "queued"
    answer = client.post(url, {"template": "board"})
    assert answer.status_code == 422 and b"work under way" in answer.content
    assert b"Olga Owner" in client.get(reverse("meeting", args=[meeting.pk]) + "?tab=history").content


def test_only_the_owner_of_a_series_chooses_for_it(meeting, client, client_of, colleague):
    set_series([meeting], "Weekly")
    url = reverse("notes_again", args=[meeting.pk])
    assert b"for_series" in client.get(url).content
    assert b"for_series" not in client_of(colleague).get(url).content
    client_of(colleague).post(url, {"template": "board", "for_series": "on"})
    meeting.refresh_from_db()
    assert (meeting.notes_template, meeting.series.notes_template) == ("board", "")


@pytest.mark.parametrize(
    "bad", [{}, {"template": "purple"}, {"template": "own-99"}, {"template": "board", "language": "xx"}]
)
def test_bad_choices(meeting, client, bad):
    assert client.post(reverse("notes_again", args=[meeting.pk]), bad).status_code == 422


def test_of_somebody_else_s_templates_only_the_chosen_one_is_offered(meeting, client_of, colleague, own):
    url = reverse("notes_again", args=[meeting.pk])
    assert client_of(colleague).post(url, {"template": f"own-{own.pk}"}).status_code == 422
    meeting.notes_template = f"own-{own.pk}"
    meeting.save()
    assert client_of(colleague).post(url, {"template": f"own-{own.pk}"}).status_code == 302
