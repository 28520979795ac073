"""May this person? The only way a view, a consumer or a task gets an object for a person.

A stranger gets 404 (the object does not exist for them); a reader who wants to write gets 403.
"""

import enum
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from .models import (
    ActionItem,
    Job,
    Meeting,
    MeetingMember,
    NoteItem,
    NotesTemplate,
    Question,
    Segment,
    Series,
    Slide,
    Speaker,
    SpeakerChange,
    Take,
    Upload,
    VoiceMatch,
    VoiceProfile,
)


class Access(enum.IntEnum):
    """What a person may do with a meeting; each level includes those below."""

    NONE = 0
    VIEW = 1
    EDIT = 2
    OWN = 3


def find_access(user, meeting: Meeting) -> Access:
    """One query, none for the owner."""
    if not user.is_authenticated or meeting.deleted_at is not None:
        return Access.NONE
    if meeting.owner_id == user.pk:
        return Access.OWN
    level = MeetingMember.objects.filter(meeting=meeting, user=user).values_list("level", flat=True).first()
    return Access(level or Access.NONE)


def get_meeting(user, meeting_id: UUID | str, *, need: Access = Access.VIEW) -> Meeting:
    """The meeting, when this person may do `need` with it. Raises Http404 or PermissionDenied."""
    meeting = (
        Meeting.objects.visible_to(user).filter(pk=meeting_id).select_related("recording", "owner").first()
    )
    if meeting is None:
        raise Http404("No such meeting.")
    if find_access(user, meeting) < need:
        raise PermissionDenied("You can read this meeting, not change it.")
    return meeting


def list_meetings(user, ids: list[UUID], *, need: Access) -> list[Meeting]:
    """Those of `ids` with which this person may do `need`; two queries."""
    meetings = Meeting.objects.visible_to(user).filter(pk__in=ids).select_related("series")
    levels = MeetingMember.objects.filter(user=user, meeting__in=ids).values_list("meeting", "level")
    given = {pk: Access(level) for pk, level in levels}
    return [m for m in meetings if (Access.OWN if m.owner_id == user.pk else given[m.pk]) >= need]


def get_deleted_meeting(user, meeting_id: UUID) -> Meeting:
    """A deleted meeting is its owner's alone. Raises Http404."""
    meeting = Meeting.objects.filter(pk=meeting_id, owner=user, deleted_at__isnull=False).first()
    if meeting is None:
        raise Http404("No such meeting.")
    return meeting


def _get_part(model, user, pk, *, need: Access):
    part = model._base_manager.select_related("meeting").filter(pk=pk).first()
    if part is None or (access := find_access(user, part.meeting)) == Access.NONE:
        raise Http404("No such thing.")
    if access < need:
        raise PermissionDenied("You can read this meeting, not change it.")
    return part


def get_segment(user, segment_id: int, *, need: Access = Access.VIEW) -> Segment:
    """Raises Http404 or PermissionDenied."""
    return _get_part(Segment, user, segment_id, need=need)


def get_speaker(user, speaker_id: int, *, need: Access = Access.VIEW) -> Speaker:
    """Raises Http404 or PermissionDenied."""
    return _get_part(Speaker, user, speaker_id, need=need)


def get_speaker_change(user, change_id: int, *, need: Access = Access.EDIT) -> SpeakerChange:
    """Raises Http404 or PermissionDenied."""
    return _get_part(SpeakerChange, user, change_id, need=need)


def get_voice_match(user, match_id: int, *, need: Access = Access.EDIT) -> VoiceMatch:
    """Raises Http404 or PermissionDenied."""
    return _get_part(VoiceMatch, user, match_id, need=need)


def get_voice_profile(user, profile_id: int) -> VoiceProfile:
    """A voice profile is for the person who keeps it alone: to see, to answer, to delete. Raises Http404."""
    profile = VoiceProfile.objects.filter(pk=profile_id, keeper=user).first()
    if profile is None:
        raise Http404("No such voice profile.")
    return profile


def get_note_item(user, item_id: int, *, need: Access = Access.VIEW) -> NoteItem:
    """Raises Http404 or PermissionDenied."""
    return _get_part(NoteItem, user, item_id, need=need)


def get_action_item(user, item_id: int, *, need: Access = Access.VIEW) -> ActionItem:
    """Raises Http404 or PermissionDenied."""
    return _get_part(ActionItem, user, item_id, need=need)


def get_slide(user, slide_id: int, *, need: Access = Access.VIEW) -> Slide:
    """Raises Http404 or PermissionDenied."""
    return _get_part(Slide, user, slide_id, need=need)


def get_question(user, question_id: int) -> Question:
    """A question is its asker's alone. Raises Http404."""
    question = Question.objects.asked_by(user).filter(pk=question_id).select_related("meeting").first()
    if question is None:
        raise Http404("No such question.")
    return question


def get_notes_template(user, template_id: int) -> NotesTemplate:
    """A template is its writer's alone to change. Raises Http404."""
    template = NotesTemplate.objects.filter(pk=template_id, owner=user).first()
    if template is None:
        raise Http404("No such template.")
    return template


def get_series(user, series_id: int) -> Series:
    """A series is its owner's alone to change. Raises Http404."""
    series = Series.objects.filter(pk=series_id, owner=user).first()
    if series is None:
        raise Http404("No such series.")
    return series


def get_job(user, job_id: int, *, need: Access = Access.VIEW) -> Job:
    """Raises Http404 or PermissionDenied."""
    return _get_part(Job, user, job_id, need=need)


def get_upload(user, upload_id: UUID | str) -> Upload:
    """An upload is its starter's alone. Raises Http404."""
    upload = Upload.objects.owned_by(user).filter(pk=upload_id).first()
    if upload is None:
        raise Http404("No such upload.")
    return upload


def get_take(user, take_id: UUID | str) -> Take:
    """A live recording is for the person who started it alone to go on with. Raises Http404, or PermissionDenied for those who may see its meeting."""
    take = Take.objects.select_related("meeting").filter(pk=take_id).first()
    if take is None or (access := find_access(user, take.meeting)) == Access.NONE:
        raise Http404("No such recording.")
    if access < Access.EDIT or take.user_id != user.pk:
        raise PermissionDenied("Somebody else is recording this meeting.")
    return take
