"""All meetings a person may see."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ..access import get_meeting
from ..demo.load import find_demo, load_demo
from ..models import ActionItem, Meeting, Series, Tag, Take, VoiceProfile
from ..overview import group_by_day, list_rows

PAGE_SIZE = 50
SORTS = {
    "newest": ("Newest", "-held_on", "-created_at"),
    "oldest": ("Oldest", "held_on", "created_at"),
    "title": ("By title", "title", "-held_on"),
}
FILTERS = {"all": "All", "mine": "Mine", "open": "With open actions"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """With htmx: the list alone."""
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    meetings = _filter(Meeting.objects.visible_to(request.user), user=request.user, chosen=chosen)
    tag, series = _read_labels(request.GET)
    if tag:
        meetings = meetings.filter(pk__in=Tag.objects.filter(name=tag).values("meeting"))
    if series:
        meetings = meetings.filter(series=series)
    sort = request.GET.get("sort") if request.GET.get("sort") in SORTS else "newest"
    page = Paginator(meetings.order_by(*SORTS[sort][1:]), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = list_rows(page.object_list, user=request.user)
    context = {
        "days": [(None, rows)] if sort == "title" and rows else group_by_day(rows),
        "tag": tag,
        # By a meeting: a series whose meetings one may not see has no name either.
        "series": Series.objects.filter(meetings__in=meetings).first() if series else None,
        "sort": sort,
        "sorts": [(name, label) for name, (label, *_) in SORTS.items()],
        "has_deleted": Meeting.objects.filter(owner=request.user, deleted_at__isnull=False).exists(),
        "page": page,
        "chosen": chosen,
        "filters": FILTERS,
        "is_first_visit": not (rows or tag or series) and chosen == "all",
    }
    asks = VoiceProfile.objects.filter(keeper=request.user, state=VoiceProfile.State.ASKED)
    context["voice_asks"] = asks.select_related("asked_by")
    context["unfinished_takes"] = Take.objects.unfinished_of(request.user).select_related("meeting")
    fragment = "#meetings" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"home.html{fragment}", context)


def _read_labels(query) -> tuple[str, int | None]:
    """The tag and the series that the address asks for."""
    series = query.get("series", "")
    tag = query.get("tag", "").replace("\0", "").strip().casefold()[:50]
    return tag, int(series) if series.isascii() and series.isdigit() and len(series) < 19 else None


def _filter(meetings, *, user, chosen: str):
    if chosen == "mine":
        return meetings.filter(owner=user)
    if chosen == "open":
        return meetings.filter(pk__in=ActionItem.objects.unfinished().values("meeting"))
    return meetings


@require_GET
def meeting_row(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """One row of the list, asked for again while work on it goes on."""
    meeting = get_meeting(request.user, meeting_id)
    [row] = list_rows(Meeting.objects.filter(pk=meeting.pk), user=request.user)
    return render(request, "_meeting_row.html", {"row": row})


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Load the demo meeting for this person, once."""
    return redirect("meeting", find_demo(request.user) or load_demo(request.user).pk)
