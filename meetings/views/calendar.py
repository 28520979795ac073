"""The calendar of one person's action items, under an address that needs no log-in and can be revoked."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from ..export.calendar import render_calendar
from ..models import ActionItem, CalendarFeed

MOST = 1000


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """POST: a new address (`make`), shown once, or none any more (`revoke`)."""
    address = ""
    if request.method == "POST" and "revoke" in request.POST:
        CalendarFeed.objects.filter(user=request.user).delete()
    elif request.method == "POST" and "make" in request.POST:
        address = request.build_absolute_uri(
            reverse("calendar_feed", args=[CalendarFeed.renew(request.user)])
        )
    elif request.method == "POST":
        return HttpResponse("make or revoke", status=400)
    feed = CalendarFeed.objects.filter(user=request.user).first()
    response = render(request, "calendar.html", {"feed": feed, "address": address})
    response["Cache-Control"] = "no-store"
    return response


@login_not_required
@require_GET
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Open items of the person this secret belongs to, as far as they may see them."""
    feed = CalendarFeed.find(token)
    if feed is None:
        raise Http404("No such calendar.")
    items = ActionItem.objects.visible_to(feed.user).owned_by_name(feed.user)
    items = items.filter(state=ActionItem.State.OPEN, due_on__isnull=False).by_due_date()

    def link(item: ActionItem) -> str:
        path = reverse("meeting", args=[item.meeting_id])
        return f"{request.build_absolute_uri(path)}#action-{item.pk}"

    content = render_calendar(items.select_related("meeting")[:MOST], name="Minutebook", link=link)
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
