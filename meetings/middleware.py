"""The first visit: while nobody has an account, every page is the one that makes the owner."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from .models import User


class FirstRunMiddleware:
    """Leads every address to the set-up page until there is a user. Users are never deleted, so one look that finds one is enough."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._has_users = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._has_users:
            self._has_users = User.objects.exists()
        if not self._has_users and request.path != reverse("set_up"):
            return redirect("set_up")
        return self.get_response(request)
