"""Action items: one by one in a meeting, and all of them on one page."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import Access, get_action_item, get_meeting
from ..consumers import send_hint
from ..forms import ActionItemForm
from ..models import ActionItem, Attendee, Meeting, MeetingMember
from ..reading import make_line, sources
from .note_items import render_why

FILTERS = {"open": "Open", "suggested": "Suggested", "overdue": "Overdue", "done": "Done"}
PAGE_SIZE = 100


@require_GET
def action_items(request: HttpRequest) -> HttpResponse:
    """Over all meetings this person may see. With htmx: the list alone."""
    chosen = request.GET.get("show", "open")
    chosen = chosen if chosen in FILTERS else "open"
    visible = ActionItem.objects.visible_to(request.user)
    if mine := request.GET.get("who") == "mine":
        visible = visible.owned_by_name(request.user)
    items = visible.shown_as(chosen, today=timezone.localdate()).by_due_date()
    items = items.select_related("meeting", "owner_speaker").prefetch_related(sources())
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "lines": [make_line(item) for item in page.object_list],
        "page": page,
        "editable_ids": _list_editable(request.user),
        "filters": FILTERS,
        "chosen": chosen,
        "mine": mine,
    }
    fragment = "#list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"action_items.html{fragment}", context)


def _list_editable(user) -> set[UUID]:
    shared = MeetingMember.objects.filter(user=user, level__gte=MeetingMember.Level.EDIT)
    owned = Meeting.objects.filter(owner=user)
    return set(owned.values_list("pk", flat=True)) | set(shared.values_list("meeting_id", flat=True))


def _render_item(request: HttpRequest, item: ActionItem) -> HttpResponse:
    context = {
        "line": make_line(item),
        "can_edit": True,
        "show_meeting": request.POST.get("place", request.GET.get("place")) == "list",
    }
    return render(request, "_action_line.html", context)


@require_http_methods(["GET", "POST"])
def action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: the line, with `edit` its form. POST: text, owner and due date."""
    item = get_action_item(request.user, item_id, need=Access.EDIT)
    if request.method == "GET" and "edit" not in request.GET:
        return _render_item(request, item)
    due = item.due_on.isoformat() if item.due_on else ""
    initial = {"text": item.text, "owner_name": item.owner_display, "due": due}
    form = ActionItemForm(request.POST or None, initial=initial, language=item.meeting.language)
    if request.method == "POST" and form.is_valid():
        _save(item, form.cleaned_data, by=request.user)
        return _render_item(request, item)
    names = [speaker.name or speaker.suggested_name for speaker in item.meeting.speakers.all()]
    names += Attendee.objects.filter(meeting=item.meeting).values_list("name", flat=True)
    context = {
        "form": form,
        "item": item,
        "kind": "action",
        "names": sorted({name for name in names if name}),
    }
    return render(request, "_line_form.html", context, status=422 if form.errors else 200)


def _save(item: ActionItem, data: dict, *, by) -> None:
    values = {"text": data["text"]}
    if data["due"] != item.due_on:
        values |= {"due_on": data["due"], "due_text": ""}
    if data["owner_name"] != item.owner_display:
        same = [s for s in item.meeting.speakers.all() if s.display_name == data["owner_name"]]
        values |= {"owner_name": data["owner_name"], "owner_speaker": same[0] if same else None}
    item.edit(by=by, **values)
    send_hint(item.meeting, "notes")


@require_POST
def move_action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Confirm, refuse, tick, reopen, drop. Answers with the line as it is now; a refused or dropped one is gone."""
    item = get_action_item(request.user, item_id, need=Access.EDIT)
    move = request.POST.get("move", "")
    if move not in ActionItem.Move.values:
        return HttpResponse(f"move: one of {', '.join(ActionItem.Move.values)}", status=400)
    if not item.move(ActionItem.Move(move)):
        item.refresh_from_db()
    send_hint(item.meeting, "notes")
    if not request.htmx:
        return redirect("meeting", item.meeting_id)
    return HttpResponse() if item.state == ActionItem.State.DROPPED else _render_item(request, item)


@require_POST
def accept_all(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Every suggestion of this meeting becomes an open item."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    meeting.action_items.confirm_all()
    send_hint(meeting, "notes")
    return redirect("meeting_notes" if request.htmx else "meeting", meeting.pk)


@require_GET
def why_action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """The line beside what was said."""
    return render_why(request, get_action_item(request.user, item_id))
