"""Notes made again: by another template or in another language, because a person wants it."""

from django.db import transaction

from .models import Job, Meeting, NotesRun, User
from .pipeline.steps import Send, do_again, send_job

STEPS = (Job.Step.DRAFT, Job.Step.GROUND, Job.Step.PUBLISH)


def make_notes_again(
    meeting: Meeting,
    *,
    by: User,
    template: str,
    language: str = "",
    for_series: bool = False,
    send: Send = send_job,
) -> bool:
    """False: work is under way, or the notes were never made; nothing changed."""
    with transaction.atomic():
        if not do_again(meeting, *STEPS, send=send):
            return False
        meeting.notes_template, meeting.notes_language = template, language
        # What is written now nobody has reviewed.
        meeting.reviewed_by = meeting.reviewed_at = None
        meeting.save(update_fields=["notes_template", "notes_language", "reviewed_by", "reviewed_at"])
        if for_series and meeting.series:
            meeting.series.notes_template = template
            meeting.series.save(update_fields=["notes_template"])
        NotesRun.objects.create(meeting=meeting, asked_by=by)
    return True
