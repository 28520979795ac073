"""Templates of notes, each person's own, and notes made again by one of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ..access import Access, get_meeting, get_notes_template
from ..models import NotesTemplate
from ..notes_again import make_notes_again
from ..notes_templates import READY, find_by_key, list_templates
from ..template_forms import MakeAgainForm, TemplateForm


@require_GET
def notes_templates(request: HttpRequest) -> HttpResponse:
    """The ready ones and this person's own."""
    templates = list_templates(request.user)
    own = list(NotesTemplate.objects.filter(owner=request.user))
    context = {"ready": templates[: len(READY)], "own": list(zip(own, templates[len(READY) :], strict=True))}
    return render(request, "notes_templates.html", context)


@require_http_methods(["GET", "POST"])
def notes_template(request: HttpRequest, template_id: int | None = None) -> HttpResponse:
    """A new one (with `like`, the key of a ready one, its values to begin with), or one's own: changed, or taken away with `delete`."""
    row = get_notes_template(request.user, template_id) if template_id else NotesTemplate(owner=request.user)
    if template_id and "delete" in request.POST:
        row.delete()
        messages.success(request, f"“{row.name}” is deleted. Notes that were made with it stay.")
        return redirect("notes_templates")
    like = find_by_key(request.GET.get("like", "")) if request.GET.get("like") in READY else None
    known = ("sections", "length", "language", "instructions")
    initial = {name: getattr(like, name) for name in known} if like else {}
    form = TemplateForm(request.POST if request.method == "POST" else None, instance=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("notes_templates")
    context = {"form": form, "template": row}
    return render(request, "notes_template.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def notes_again(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """What people wrote, ticked or refused stays; the rest is written anew."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    form = MakeAgainForm(
        request.POST if request.method == "POST" else None, meeting=meeting, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if make_notes_again(meeting, by=request.user, **data):
            return redirect("meeting", meeting.pk)
        form.add_error(
            None, "There is work under way on this meeting. Wait for its end, or stop it, then try again."
        )
    context = {"form": form, "meeting": meeting}
    return render(request, "notes_again.html", context, status=422 if form.errors else 200)
