"""All action items on one page, as a table, and many changed at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ..action_list import DUE, STATES, ActionFilter, ItemPage, write_csv
from ..hints import send_hint
from ..models import ActionItem, Meeting
from ..reading import make_line, sources
from ..typed_dates import NotADate, parse_typed_date

PAGE_SIZE = 50
MOST_ROWS = 50_000


def _find(request: HttpRequest) -> tuple[ActionFilter, list]:
    chosen = ActionFilter.parse(request.GET)
    items = chosen.choose(user=request.user, today=request.user.today()).by_due_date()
    return chosen, items.select_related("meeting", "owner_speaker")


@require_GET
def action_items(request: HttpRequest) -> HttpResponse:
    """Over all meetings this person may see. With htmx: the list alone."""
    chosen, items = _find(request)
    page = ItemPage.find(
        items.prefetch_related(*sources()), number=request.GET.get("page", ""), size=PAGE_SIZE
    )
    shown = page.items
    # By meeting: joined with the rights of every item the database takes a fifth of a second for thirty thousand items.
    meetings = Meeting.objects.filter(pk__in={item.meeting_id for item in shown}).editable_by(request.user)
    editable = set(meetings.values_list("pk", flat=True))
    context = {
        "lines": [make_line(item) for item in shown],
        "page": page,
        "editable_ids": {item.pk for item in shown if item.meeting_id in editable},
        "chosen": chosen,
        "here": chosen.link(),
        "states": [(label, chosen.link(show=name), name == chosen.show) for name, label in STATES.items()],
        "dues": [(label, chosen.link(due=name), name == chosen.due) for name, label in DUE.items()],
        "kept": [(name, value) for name in ("show", "who", "due") if (value := getattr(chosen, name))],
        "owners": sorted({item.owner_display for item in shown if item.owner_display}),
        "meetings": sorted({item.meeting for item in shown}, key=lambda one: one.held_on, reverse=True),
        "everyones": chosen.link(who=""),
        "mine": chosen.link(who="mine"),
        "all_owners": chosen.link(owner=""),
        "all_tags": chosen.link(tag=""),
        "all_meetings": chosen.link(meeting=None),
        "of_meeting": Meeting.objects.visible_to(request.user).filter(pk=chosen.meeting).first()
        if chosen.meeting
        else None,
    }
    fragment = "#list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"action_items.html{fragment}", context)


@require_GET
def action_items_csv(request: HttpRequest) -> HttpResponse:
    """The same list as a table, all pages of it."""
    _, items = _find(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="action-items.csv"'
    # Without it a spreadsheet reads umlauts as two letters.
    response.write("\ufeff")
    write_csv(items[:MOST_ROWS], response)
    return response


@require_POST
def change_action_items(request: HttpRequest) -> HttpResponse:
    """The items with these `ids`: take an arrow (`move`), or set `owner_name` or `due`. Those this person may not change stay as they are."""
    ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    items = ActionItem.objects.editable_by(request.user).filter(pk__in=ids[:PAGE_SIZE])
    items = items.select_related("meeting", "owner_speaker")
    # Read before the change, which may move them out of the query.
    meetings = {item.meeting for item in items}
    try:
        count = _change(items, request.POST, by=request.user)
    except NotADate as error:
        messages.error(request, f"Nothing was changed. {error}")
    else:
        messages.success(request, f"{count} action item{'' if count == 1 else 's'} changed.")
    for meeting in meetings:
        send_hint(meeting, "notes")
    return redirect(f"/action-items/{ActionFilter.parse(request.GET).link()}")


def _change(items, data, *, by) -> int:
    """How many changed. Raises NotADate, before anything is changed."""
    if data.get("move") in ActionItem.Move.values:
        return items.move_all(ActionItem.Move(data["move"]), by=by)
    name, due = data.get("owner_name", "").strip()[:100], data.get("due", "").strip()[:100]
    today = by.today()
    changes = []
    for item in items:
        values = {"owner_name": name, "owner_speaker": None} if name else {}
        if due:
            on = parse_typed_date(due, language=item.meeting.language, today=today)
            values |= {"due_on": on, "due_text": ""}
        changes.append((item, values))
    return sum(bool(values) and item.edit(by=by, **values) for item, values in changes)
