"""One line of the notes: correct it, see its source, remove it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ..access import Access, get_note_item
from ..consumers import send_hint
from ..forms import LineForm
from ..reading import make_line


@require_http_methods(["GET", "POST"])
def note_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: the line, with `edit` its form. POST: the new text, or `remove`."""
    item = get_note_item(request.user, item_id, need=Access.EDIT)
    if request.method == "GET" and "edit" not in request.GET:
        return render(request, "_note_line.html", {"line": make_line(item), "can_edit": True})
    if "remove" in request.POST:
        item.delete()
        send_hint(item.meeting, "notes")
        return HttpResponse() if request.htmx else redirect("meeting", item.meeting_id)
    form = LineForm(request.POST or None, initial={"text": item.text})
    if request.method == "POST" and form.is_valid():
        item.edit(by=request.user, text=form.cleaned_data["text"])
        send_hint(item.meeting, "notes")
        return render(request, "_note_line.html", {"line": make_line(item), "can_edit": True})
    context = {"form": form, "item": item, "kind": "note"}
    return render(request, "_line_form.html", context, status=422 if form.errors else 200)


@require_GET
def why_note_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """The line beside what was said."""
    return render_why(request, get_note_item(request.user, item_id))


def render_why(request: HttpRequest, item) -> HttpResponse:
    citations = item.citations.select_related("segment__speaker").order_by("segment__start_ms")
    segments = [citation.segment for citation in citations]
    return render(request, "why.html", {"item": item, "segments": segments, "meeting": item.meeting})
