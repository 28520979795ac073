"""The first visit, while nobody has an account; and the time of the place where a person is."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from .models import User


class FirstRunMiddleware:
    """Leads every address to the set-up page until there is a user. Whoever is logged in costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_set_up = request.user.is_authenticated or User.objects.exists()
        if not is_set_up and request.path != reverse("set_up"):
            return redirect("set_up")
        return self.get_response(request)


class PersonsTimeMiddleware:
    """Clock times, "today" and what is overdue are those of the place where the person is (`User.zone`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(request.user.zone if request.user.is_authenticated else None):
            return self.get_response(request)
