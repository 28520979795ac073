"""One action item: correct it, move it, see its history and its source; add one by hand."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import Access, get_action_item, get_meeting
from ..hints import send_hint
from ..line_forms import ActionItemForm
from ..line_kind import add_line, turn_into_note
from ..line_rewrite import ask_rewrite
from ..models import ActionItem, Attendee, LineRevision
from ..reading import make_line
from .note_items import look_again, render_line_history, render_why, show_conflict, start_line_form


def _render_item(request: HttpRequest, item: ActionItem) -> HttpResponse:
    context = {
        "line": make_line(item),
        "can_edit": True,
        "show_meeting": _is_on_list(request),
    }
    return render(request, "_action_line.html", context)


def _is_on_list(request: HttpRequest) -> bool:
    """On the page of all action items, not in the notes of one meeting."""
    return request.POST.get("place", request.GET.get("place")) == "list"


@require_http_methods(["GET", "POST"])
def action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: the line, with `edit` its form. POST: text, owner and due date; 422 with both texts when somebody was faster."""
    item = get_action_item(request.user, item_id, need=Access.EDIT)
    if request.method == "GET" and "edit" not in request.GET:
        return _render_item(request, item)
    due = item.due_on.isoformat() if item.due_on else ""
    initial = {"owner_name": item.owner_display, "due": due}
    initial |= start_line_form(item) | {"kind": "action"}
    form = ActionItemForm(
        request.POST or None,
        initial=initial,
        item=item,
        language=item.meeting.language,
        today=request.user.today(),
        is_in_notes=not _is_on_list(request),
    )
    context = {"item": item, "kind": "action", "names": _list_names(item.meeting)}
    if request.method == "POST" and form.is_valid():
        if _save(item, form, by=request.user):
            send_hint(item.meeting, "notes")
            return look_again() if form.new_kind else _render_item(request, item)
        item = context["item"] = get_action_item(request.user, item_id, need=Access.EDIT)
        form = show_conflict(form, item)
        context["conflict"] = True
    context["form"] = form
    return render(request, "_line_form.html", context, status=422 if form.is_bound else 200)


def _list_names(meeting) -> list[str]:
    names = [speaker.name or speaker.suggested_name for speaker in meeting.speakers.all()]
    names += Attendee.objects.filter(meeting=meeting).values_list("name", flat=True)
    return sorted({name for name in names if name})


def _save(item: ActionItem, form: ActionItemForm, *, by) -> bool:
    """False: somebody was faster."""
    data, values = form.cleaned_data, {"text": form.cleaned_data["text"]}
    if data["due"] != item.due_on:
        values |= {"due_on": data["due"], "due_text": ""}
    if data["owner_name"] != item.owner_display:
        values |= _read_owner(item.meeting, data["owner_name"])
    kept = {"version": data["version"], "cites": form.cites, "by": by}
    if form.new_kind:
        return turn_into_note(item, form.new_kind, text=data["text"], **kept) is not None
    return item.edit(**values, **kept)


def _read_owner(meeting, name: str) -> dict:
    """A voice of the meeting where one is called so, else the name alone."""
    same = [speaker for speaker in meeting.speakers.all() if speaker.display_name == name]
    return {"owner_name": name, "owner_speaker": same[0] if same else None}


@require_POST
def move_action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Confirm, refuse, tick, reopen, drop, bring back. Answers with the line as it is now."""
    item = get_action_item(request.user, item_id, need=Access.EDIT)
    move = request.POST.get("move", "")
    if move not in ActionItem.Move.values:
        return HttpResponse(f"move: one of {', '.join(ActionItem.Move.values)}", status=400)
    if not item.move(ActionItem.Move(move), by=request.user):
        item.refresh_from_db()
    send_hint(item.meeting, "notes")
    return _render_item(request, item) if request.htmx else redirect("meeting", item.meeting_id)


@require_POST
def accept_all(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Every suggestion of this meeting becomes an open item; with `move=refuse` none does."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    refused = request.POST.get("move") == "refuse"
    move = ActionItem.Move.REFUSE if refused else ActionItem.Move.CONFIRM
    meeting.action_items.move_all(move, by=request.user)
    send_hint(meeting, "notes")
    return redirect("meeting_notes" if request.htmx else "meeting", meeting.pk)


@require_http_methods(["GET", "POST"])
def add_action_item(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """One that nobody suggested: open at once, without a source."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    form = ActionItemForm(request.POST or None, language=meeting.language, today=request.user.today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        more = {"due_on": data["due"], **_read_owner(meeting, data["owner_name"])}
        add_line(meeting, "action", data["text"], by=request.user, **more)
        send_hint(meeting, "notes")
        return HttpResponse(status=204, headers={"HX-Trigger": "added"}) if request.htmx else redirect("meeting", meeting.pk)  # fmt: skip
    context = {"form": form, "meeting": meeting, "names": _list_names(meeting)}
    return render(request, "add_action_item.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def action_item_history(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: who did what with it. POST: bring back what `revision` kept; the line as it is now."""
    if request.method == "GET":
        return render_line_history(request, get_action_item(request.user, item_id))
    item = get_action_item(request.user, item_id, need=Access.EDIT)
    revision = LineRevision.objects.filter(pk=_number(request.POST.get("revision")), action_item=item).first()
    if revision is None:
        return HttpResponse("revision: a number of this line's history", status=400)
    item.restore(revision, by=request.user)
    send_hint(item.meeting, "notes")
    return _render_item(request, item) if request.htmx else redirect("meeting", item.meeting_id)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@require_POST
def rewrite_action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Have its words chosen again; owner, date and state stay."""
    item = get_action_item(request.user, item_id, need=Access.EDIT)
    ask_rewrite(item, by=request.user)
    return _render_item(request, item) if request.htmx else redirect("meeting", item.meeting_id)


@require_GET
def why_action_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """The line beside what was said."""
    return render_why(request, get_action_item(request.user, item_id))
