"""One line of the notes: correct it, move it, have it made again, see its source and its history, take it out and bring it back."""

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import Access, find_access, get_note_item
from ..hints import send_hint
from ..line_forms import NoteForm
from ..line_kind import turn_into_action
from ..line_rewrite import ask_rewrite
from ..models import ActionItem, LineRevision, NoteItem
from ..reading import make_line


@require_http_methods(["GET", "POST"])
def note_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: the line, with `edit` its form. POST: the new text, `remove`, or `bring_back`; 422 with both texts when somebody was faster."""
    item = get_note_item(request.user, item_id, need=Access.EDIT)
    if request.method == "GET" and "edit" not in request.GET:
        return _render_line(request, item)
    if "remove" in request.POST or "bring_back" in request.POST:
        gone = timezone.now() if "remove" in request.POST else None
        item.edit(by=request.user, what="remove" if gone else "bring_back", removed_at=gone)
        send_hint(item.meeting, "notes")
        return _render_line(request, item) if request.htmx else redirect("meeting", item.meeting_id)
    form = NoteForm(request.POST or None, initial=start_line_form(item) | {"kind": item.kind}, item=item)
    context = {"item": item, "kind": "note"}
    if request.method == "POST" and form.is_valid():
        if _save(item, form, by=request.user):
            send_hint(item.meeting, "notes")
            return look_again() if form.new_kind else _render_line(request, item)
        item = context["item"] = get_note_item(request.user, item_id, need=Access.EDIT)
        form = show_conflict(form, item)
        context["conflict"] = True
    context["form"] = form
    return render(request, "_line_form.html", context, status=422 if form.is_bound else 200)


def look_again() -> HttpResponse:
    """The line stands elsewhere now: the page asks for all of the notes."""
    return HttpResponse(status=204, headers={"HX-Trigger": "minutebook:notes"})


def start_line_form(item: NoteItem | ActionItem) -> dict:
    """What its form shows at first."""
    cited = {"sources": item.list_cited(), "has_sources": True}
    return {"text": item.text, "version": item.version} | cited


def _save(item: NoteItem, form: NoteForm, *, by) -> bool:
    """A line that became an action item is gone from here. False: somebody was faster."""
    data, kind = form.cleaned_data, form.new_kind
    kept = {"text": data["text"], "version": data["version"], "cites": form.cites, "by": by}
    if kind == "action":
        return turn_into_action(item, **kept) is not None
    return item.edit(**kept, **(item.place_as(kind) if kind else {}))


def _render_line(request: HttpRequest, item: NoteItem) -> HttpResponse:
    return render(request, "_note_line.html", {"line": make_line(item), "can_edit": True})


def show_conflict(form: Form, item: NoteItem | ActionItem) -> Form:
    """The same form with what was typed, made to follow the line as it is now: sending it again is a decision, not an accident."""
    data = form.data.copy()
    data["version"] = item.version
    form.data = data
    return form


@require_POST
def move_note_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """To `place` (0: first) among the lines of its kind."""
    item = get_note_item(request.user, item_id, need=Access.EDIT)
    place = request.POST.get("place", "")
    if not (place.isascii() and place.isdigit() and len(place) < 9):
        return HttpResponse("place: a whole number", status=400)
    item.move_to(int(place), by=request.user)
    send_hint(item.meeting, "notes")
    return HttpResponse(status=204) if request.htmx else redirect("meeting", item.meeting_id)


@require_POST
def rewrite_note_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Have its words chosen again from what it cites."""
    item = get_note_item(request.user, item_id, need=Access.EDIT)
    ask_rewrite(item, by=request.user)
    return _render_line(request, item) if request.htmx else redirect("meeting", item.meeting_id)


@require_http_methods(["GET", "POST"])
def note_item_history(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: who changed it. POST: bring back what `revision` kept; the line as it is now."""
    if request.method == "GET":
        return render_line_history(request, get_note_item(request.user, item_id))
    item = get_note_item(request.user, item_id, need=Access.EDIT)
    number = request.POST.get("revision", "")
    known = number.isascii() and number.isdigit() and len(number) < 19
    revision = LineRevision.objects.filter(pk=number, note_item=item).first() if known else None
    if revision is None:
        return HttpResponse("revision: a number of this line's history", status=400)
    item.restore(revision, by=request.user)
    send_hint(item.meeting, "notes")
    return _render_line(request, item) if request.htmx else redirect("meeting", item.meeting_id)


def render_line_history(request: HttpRequest, item: NoteItem | ActionItem) -> HttpResponse:
    """What the line was before each change, newest first."""
    is_action = isinstance(item, ActionItem)
    context = {
        "item": item,
        "meeting": item.meeting,
        "kind": "action" if is_action else "note",
        "view": "action_item_history" if is_action else "note_item_history",
        "revisions": item.revisions.select_related("made_by"),
        "can_edit": find_access(request.user, item.meeting) >= Access.EDIT,
    }
    return render(request, "line_history.html", context)


@require_GET
def why_note_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """The line beside what was said."""
    return render_why(request, get_note_item(request.user, item_id))


def render_why(request: HttpRequest, item) -> HttpResponse:
    citations = item.citations.select_related("segment__speaker").order_by("segment__start_ms")
    segments = [citation.segment for citation in citations]
    shown = item.meeting.slides.shown().filter(citations__in=item.slide_citations.all())
    context = {"item": item, "segments": segments, "shown": shown, "meeting": item.meeting}
    return render(request, "why.html", context)
