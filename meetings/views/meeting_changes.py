"""Rename, share, review, delete."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import Access, get_deleted_meeting, get_meeting
from ..deletion import delete_meeting, erase_meeting, restore_meeting
from ..forms import MeetingForm, ShareForm
from ..hints import send_hint
from ..models import Meeting, MeetingMember
from ..pipeline.steps import tell_apart_again


@require_http_methods(["GET", "POST"])
def details(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Title, day, who was there, tags and series. Another number of speakers tells them apart again."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    form = MeetingForm(request.POST or None, instance=meeting)
    if request.method == "POST" and form.is_valid():
        form.save()
        if "speaker_count" in form.changed_data:
            tell_apart_again(meeting)
        send_hint(meeting, "meeting")
        return redirect("meeting", meeting.pk)
    context = {"meeting": meeting, "form": form}
    return render(request, "meeting_details.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Who may see it; the owner decides."""
    meeting = get_meeting(request.user, meeting_id, need=Access.OWN)
    form = ShareForm(request.POST or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        _set_level(meeting, user=form.cleaned_data["user"], level=form.cleaned_data["level"])
        send_hint(meeting, "meeting")
        form = ShareForm(meeting=meeting)
    members = meeting.members.select_related("user").order_by("user__name", "user__email")
    context = {"meeting": meeting, "form": form, "members": members}
    return render(request, "meeting_share.html", context, status=422 if form.errors else 200)


def _set_level(meeting, *, user, level: int) -> None:
    if level:
        MeetingMember.objects.update_or_create(meeting=meeting, user=user, defaults={"level": level})
    else:
        MeetingMember.objects.filter(meeting=meeting, user=user).delete()


@require_POST
def review(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Mark as reviewed by this person, or take the mark away."""
    meeting = get_meeting(request.user, meeting_id, need=Access.EDIT)
    wanted = request.POST.get("reviewed") == "1"
    meeting.reviewed_by = request.user if wanted else None
    meeting.reviewed_at = timezone.now() if wanted else None
    meeting.save(update_fields=["reviewed_by", "reviewed_at"])
    send_hint(meeting, "meeting")
    return redirect("meeting", meeting.pk)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Ask, then take it away from everybody; its owner can bring it back for a while."""
    meeting = get_meeting(request.user, meeting_id, need=Access.OWN)
    if request.method == "GET":
        return render(
            request, "meeting_delete.html", {"meeting": meeting, "hours": settings.UNDO_DELETE_HOURS}
        )
    delete_meeting(meeting)
    messages.success(request, f"“{meeting.title}” is deleted. “Deleted” has it for a while.")
    return redirect("home")


@require_GET
def deleted(request: HttpRequest) -> HttpResponse:
    """What this person deleted and can still bring back."""
    meetings = Meeting.objects.filter(owner=request.user, deleted_at__isnull=False).order_by("-deleted_at")
    return render(request, "deleted.html", {"meetings": meetings, "hours": settings.UNDO_DELETE_HOURS})


@require_POST
def restore(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Bring it back, or with `erase` delete it for good now."""
    meeting = get_deleted_meeting(request.user, meeting_id)
    if "erase" in request.POST:
        erase_meeting(meeting)
        return redirect("deleted")
    restore_meeting(meeting)
    return redirect("meeting", meeting.pk)
