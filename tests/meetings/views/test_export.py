"""Downloads: works, colleague, stranger, anonymous, wrong method, bad input."""

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from meetings.models import Meeting, User
from meetings.views.export import FORMATS

SUFFIXES = sorted(FORMATS)


def url_of(meeting_id, suffix: str = "json") -> str:
    return reverse("export", args=[meeting_id, suffix])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_works(meeting: Meeting, owner: User, client_of, suffix: str):
    response = client_of(owner).get(url_of(meeting.pk, suffix))
    assert response.status_code == 200
    assert response["Content-Type"] == f"{FORMATS[suffix].content_type}; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="Launch planning 2026-03-02.{suffix}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert "launch date" in response.content.decode()


def test_json_is_the_export(meeting: Meeting, owner: User, client_of):
    document = json.loads(client_of(owner).get(url_of(meeting.pk)).content)
    assert document["format"] == "minutebook/1"
    assert len(document["segments"]) == 6


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_colleague_and_reader(meeting: Meeting, colleague: User, reader: User, client_of, suffix: str):
    assert client_of(colleague).get(url_of(meeting.pk, suffix)).status_code == 200
    assert client_of(reader).get(url_of(meeting.pk, suffix)).status_code == 200


@pytest.mark.parametrize("suffix", [*SUFFIXES, "exe"])
def test_stranger(meeting: Meeting, stranger: User, client_of, suffix: str):
    assert client_of(stranger).get(url_of(meeting.pk, suffix)).status_code == 404


@pytest.mark.parametrize("suffix", [*SUFFIXES, "exe"])
def test_anonymous(meeting: Meeting, anonymous: Client, suffix: str):
    response = anonymous.get(url_of(meeting.pk, suffix))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_wrong_method(meeting: Meeting, owner: User, client_of, method: str):
    assert getattr(client_of(owner), method)(url_of(meeting.pk)).status_code == 405


@pytest.mark.parametrize("suffix", ["exe", "JSON", "json.exe", "%2e%2e"])
def test_bad_format(meeting: Meeting, owner: User, client_of, suffix: str):
    assert client_of(owner).get(url_of(meeting.pk, suffix)).status_code == 404


def test_no_such_meeting(owner: User, client_of):
    assert client_of(owner).get(url_of(uuid.uuid4())).status_code == 404


def test_hostile_title_stays_in_the_file_name(meeting: Meeting, owner: User, client_of):
    Meeting.objects.filter(pk=meeting.pk).update(title='../"q"<b>\r\nX: 1 🚀')
    response = client_of(owner).get(url_of(meeting.pk, "txt"))
    assert response.status_code == 200
    assert "X" not in response.headers
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''q%20b%20X%201%20")
