"""Who may log in. An owner adds people and hands each a link that sets the password; no mail is sent."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ..forms import PersonForm
from ..models import User


def _require_owner(user: User) -> None:
    if not user.is_owner:
        raise PermissionDenied("Only an owner of this installation can add or remove people.")


def _make_link(request: HttpRequest, person: User) -> str:
    """Works once and for three days (PASSWORD_RESET_TIMEOUT)."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uidb36, _, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
    return request.build_absolute_uri(path)


def _render(
    request: HttpRequest, *, form: PersonForm, link: str = "", person: User | None = None, status=200
):
    people = User.objects.order_by("-is_active", "name", "email")
    context = {"people": people, "form": form, "link": link, "person": person}
    response = render(request, "people.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody sees who is here; an owner also adds."""
    if request.method == "GET":
        return _render(request, form=PersonForm())
    _require_owner(request.user)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _render(request, form=form, status=422)
    person = User.objects.create_user(form.cleaned_data["email"], name=form.cleaned_data["name"])
    return _render(request, form=PersonForm(), link=_make_link(request, person), person=person)


@require_POST
def person_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new link for somebody who lost the password."""
    _require_owner(request.user)
    person = get_object_or_404(User, pk=user_id, is_active=True)
    return _render(request, form=PersonForm(), link=_make_link(request, person), person=person)


@require_POST
def person_active(request: HttpRequest, user_id: int) -> HttpResponse:
    """Shut somebody out at once (sessions end with the next request), or let them in again. Their meetings stay."""
    _require_owner(request.user)
    person = get_object_or_404(User, pk=user_id)
    if person.pk == request.user.pk:
        messages.error(request, "You cannot deactivate yourself.")
        return redirect("people")
    person.is_active = request.POST.get("active") == "1"
    person.save(update_fields=["is_active"])
    return redirect("people")
