"""The page that makes the owner of a fresh installation."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ..forms import OwnerForm
from ..models import SetupCode, User

NO_CODE = "There is no set-up code yet. Start Minutebook with bin/up, or run “manage.py setup_code”."
TOO_MANY = "Too many wrong codes. Wait ten minutes, or run “manage.py setup_code” for a new one."
WRONG = "That is not the code. It stands in the terminal where Minutebook was started."


@login_not_required
@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    if User.objects.exists():
        return redirect("home")
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        problem, owner = _create_owner(form.cleaned_data)
        if owner is not None:
            login(request, owner, backend="allauth.account.auth_backends.AuthenticationBackend")
        if not problem:
            return redirect("home")
        form.add_error("code", problem)
    return render(request, "set_up.html", {"form": form}, status=422 if form.errors else 200)


def _create_owner(data: dict) -> tuple[str, User | None]:
    """A sentence for the person, or the owner. Neither: somebody else was faster and is the owner now."""
    code = SetupCode.find()
    if code is None:
        return NO_CODE, None
    if not code.take_try():
        return TOO_MANY, None
    if not code.matches(data["code"]):
        return WRONG, None
    with transaction.atomic():
        if not code.use() or User.objects.exists():
            return "", None
        owner = User.objects.create_user(data["email"], data["password"], name=data["name"], is_owner=True)
    return "", owner
