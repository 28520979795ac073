"""The first visit."""

import pytest
from django.core.management import call_command
from django.test import Client

from meetings.models import SetupCode, User
from meetings.models.setup import MAX_TRIES, TRIES_WINDOW
from tests import factories

pytestmark = pytest.mark.django_db

PERSON = {"name": "Ann", "email": "ann@example.org", "password": "a long enough password"}


def send(client: Client, code: str, **changes):
    return client.post("/set-up/", PERSON | {"code": code} | changes)


def test_every_address_leads_there_while_nobody_has_an_account(client):
    for url in ("/", "/people/", "/accounts/login/", "/meetings/x/", "/nothing/"):
        assert client.get(url)["Location"] == "/set-up/"
    assert client.get("/set-up/").status_code == 200


def test_the_code_makes_the_owner_and_logs_in(client):
    code = SetupCode.renew()
    assert send(client, code.lower().replace("-", " "))["Location"] == "/"
    user = User.objects.get()
    assert (user.is_owner, user.name, user.is_superuser) == (True, "Ann", False)
    assert client.get("/").status_code == 200
    assert not SetupCode.objects.exists()


def test_the_code_itself_is_not_stored():
    code = SetupCode.renew()
    assert code not in str(SetupCode.objects.values().get())


def test_a_wrong_code_makes_nobody(client):
    SetupCode.renew()
    answer = send(client, "AAAA-BBBB-CCCC-DDDD")
    assert answer.status_code == 422 and "That is not the code" in answer.content.decode()
    assert not User.objects.exists()


def test_without_a_code_nobody_can_be_made(client):
    answer = send(client, "")
    assert answer.status_code == 422
    assert "There is no set-up code yet" in send(client, "AAAA").content.decode()
    assert not User.objects.exists()


def test_guesses_are_counted_for_everybody_together(client):
    code = SetupCode.renew()
    for _ in range(MAX_TRIES):
        send(Client(), "AAAA-BBBB-CCCC-DDDD")
    assert "Too many wrong codes" in send(client, code).content.decode()
    assert not User.objects.exists()
    row = SetupCode.objects.get()
    SetupCode.objects.update(window_started_at=row.window_started_at - TRIES_WINDOW)
    assert send(client, code).status_code == 302


def test_a_new_code_replaces_the_old_one(client):
    old, new = SetupCode.renew(), SetupCode.renew()
    assert send(client, old).status_code == 422
    assert send(client, new).status_code == 302


def test_two_visitors_make_one_owner(client):
    """Both have read the row; only one deletes it."""
    SetupCode.renew()
    first, second = SetupCode.find(), SetupCode.find()
    assert first.use() is True
    assert second.use() is False


@pytest.mark.parametrize("change", [{"password": "short"}, {"email": "no address"}, {"name": " "}])
def test_bad_input_costs_no_guess_and_makes_nobody(client, change):
    code = SetupCode.renew()
    assert send(client, code, **change).status_code == 422
    assert SetupCode.objects.get().tries == 0
    assert not User.objects.exists()


def test_afterwards_the_page_is_closed(client):
    code = SetupCode.renew()
    factories.make_user()
    assert client.get("/set-up/")["Location"] == "/"
    assert send(client, code)["Location"] == "/"
    assert User.objects.count() == 1


def test_wrong_method(client):
    assert client.put("/set-up/").status_code == 405


def test_the_command_prints_a_code_once_only_while_it_is_needed(client, capsys):
    call_command("setup_code")
    code = capsys.readouterr().out.strip()
    assert send(client, code).status_code == 302
    call_command("setup_code")
    assert capsys.readouterr().out == ""
