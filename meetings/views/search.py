"""One box over everything this person may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..search.find import search as search_for


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Moments as links that open their meeting at that second."""
    text = request.GET.get("q", "")
    context = {"text": text[:300], "found": search_for(request.user, text)}
    return render(request, "search.html", context)
