"""What a person sets for themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ..forms import YouForm


@require_http_methods(["GET", "POST"])
def you(request: HttpRequest) -> HttpResponse:
    """Name and time zone."""
    form = YouForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("you")
    # A name that was refused must not stand in the frame.
    request.user.refresh_from_db(fields=["name", "time_zone"])
    return render(request, "you.html", {"form": form}, status=422 if form.errors else 200)
