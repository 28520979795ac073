"""People, and the links that let them in."""

import re

import pytest
from django.test import Client

from meetings.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def find_link(page: str) -> str:
    return re.search(r"http://testserver(/accounts/password/reset/key/[^\"]+)", page)[1]


def add(client, email="new@example.org", name="New"):
    return client.post("/people/", {"email": email, "name": name})


def test_a_new_person_sets_a_password_and_logs_in(owner, client_of):
    page = add(client_of(owner)).content.decode()
    link = find_link(page)
    visitor = Client()
    form = visitor.get(link, follow=True)
    assert "Set your password" in form.content.decode()
    passwords = {"password1": "another long password", "password2": "another long password"}
    assert visitor.post(form.redirect_chain[-1][0], passwords, follow=True).status_code == 200
    assert visitor.login(email="new@example.org", password="another long password") or visitor.post(
        "/accounts/login/", {"login": "new@example.org", "password": "another long password"}
    )
    assert "This link does not work" in Client().get(link, follow=True).content.decode()


def test_only_an_owner_changes_people(owner, colleague, client_of):
    client = client_of(colleague)
    assert client.get("/people/").status_code == 200
    assert "Add a person" not in client.get("/people/").content.decode()
    assert add(client).status_code == 403
    assert client.post(f"/people/{owner.pk}/link/").status_code == 403
    assert client.post(f"/people/{owner.pk}/active/", {"active": "0"}).status_code == 403


@pytest.mark.parametrize(
    ("email", "name"), [("OWNER@example.org", "Twin"), ("nonsense", "N"), ("a@example.org", "  ")]
)
def test_bad_input(owner, client_of, email, name):
    before = User.objects.count()
    assert add(client_of(owner), email=email, name=name).status_code == 422
    assert User.objects.count() == before


def test_switching_off_ends_the_session(owner, colleague, client_of):
    client = client_of(colleague)
    assert client.get("/").status_code == 200
    client_of(owner).post(f"/people/{colleague.pk}/active/", {"active": "0"})
    assert client.get("/").status_code == 302
    assert (
        not Client()
        .post("/accounts/login/", {"login": colleague.email, "password": factories.PASSWORD})
        .wsgi_request.user.is_authenticated
    )
    client_of(owner).post(f"/people/{colleague.pk}/active/", {"active": "1"})
    assert User.objects.get(pk=colleague.pk).is_active


def test_nobody_locks_themselves_out(owner, client_of):
    client_of(owner).post(f"/people/{owner.pk}/active/", {"active": "0"})
    assert User.objects.get(pk=owner.pk).is_active


def test_a_new_link_replaces_nothing_until_it_is_used(owner, colleague, client_of):
    answer = client_of(owner).post(f"/people/{colleague.pk}/link/")
    assert find_link(answer.content.decode()) and answer["Cache-Control"] == "no-store"
    assert User.objects.get(pk=colleague.pk).check_password(factories.PASSWORD)
    assert client_of(owner).post("/people/99999/link/").status_code == 404


def test_wrong_methods(owner, client_of):
    client = client_of(owner)
    assert client.get(f"/people/{owner.pk}/link/").status_code == 405
    assert client.get(f"/people/{owner.pk}/active/").status_code == 405
    assert client.delete("/people/").status_code == 405


def test_nobody_signs_up_alone(owner, client):
    assert "Accounts are handed out" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", {"email": "x@example.org", "password1": "a long enough password"})
    assert User.objects.count() == 1
