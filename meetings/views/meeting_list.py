"""Many meetings at once, and the series they belong to."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Access, get_series, list_meetings
from ..deletion import delete_meeting
from ..forms import SeriesForm
from ..hints import send_hint
from ..labelling import add_tags, parse_tags, set_series

MOST = 200


@require_POST
def change_meetings(request: HttpRequest) -> HttpResponse:
    """The meetings with these `ids`: add `tags`, put into a `series`, or `delete`. Those this person may not change stay as they are."""
    ids = _read_ids(request.POST.getlist("ids"))
    if "delete" in request.POST:
        meetings = list_meetings(request.user, ids, need=Access.OWN)
        for meeting in meetings:
            delete_meeting(meeting)
        what = "deleted; “Deleted” has them for a while"
    else:
        meetings = list_meetings(request.user, ids, need=Access.EDIT)
        add_tags(meetings, parse_tags(request.POST.get("tags", "")))
        if series := request.POST.get("series", "").replace("\0", "").strip()[:100]:
            set_series(meetings, series)
        for meeting in meetings:
            send_hint(meeting, "meeting")
        what = "changed"
    messages.success(request, f"{len(meetings)} meeting{'' if len(meetings) == 1 else 's'} {what}.")
    return redirect("home")


def _read_ids(texts: list[str]) -> list[UUID]:
    ids = []
    for text in texts[:MOST]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


@require_http_methods(["GET", "POST"])
def rename_series(request: HttpRequest, series_id: int) -> HttpResponse:
    """Its owner gives it another name; meetings and template stay with it."""
    series = get_series(request.user, series_id)
    form = SeriesForm(request.POST or None, instance=series)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect(f"{reverse('home')}?series={series.pk}")
    context = {"form": form, "series_id": series_id}
    return render(request, "series_rename.html", context, status=422 if form.errors else 200)
