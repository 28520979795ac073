"""Downloads of one meeting as a document."""

import dataclasses
import json
from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meetings.access import get_meeting
from meetings.export.escape import make_file_name
from meetings.export.json_export import render_export
from meetings.export.markdown import render_markdown
from meetings.export.subtitles import render_srt, render_vtt
from meetings.export.text import render_text
from meetings.models import Meeting


def _render_json(meeting: Meeting) -> str:
    return json.dumps(render_export(meeting), ensure_ascii=False, indent=1)


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """A document a meeting can be had as."""

    label: str
    content_type: str
    render: Callable[[Meeting], str]


FORMATS: dict[str, ExportFormat] = {
    "md": ExportFormat("Minutes (Markdown)", "text/markdown", render_markdown),
    "txt": ExportFormat("Transcript (plain text)", "text/plain", render_text),
    "srt": ExportFormat("Subtitles (SRT)", "application/x-subrip", render_srt),
    "vtt": ExportFormat("Subtitles (WebVTT)", "text/vtt", render_vtt),
    "json": ExportFormat("Everything (JSON)", "application/json", _render_json),
}


@require_safe
@never_cache
def export(request: HttpRequest, meeting_id: UUID, suffix: str) -> HttpResponse:
    """Always an attachment with its own type: nothing in it is ever run or shown by the browser as a page of ours."""
    meeting = get_meeting(request.user, meeting_id)
    chosen = FORMATS.get(suffix)
    if chosen is None:
        raise Http404("No such format.")
    name = make_file_name(meeting.title, day=meeting.held_on, suffix=suffix)
    response = HttpResponse(chosen.render(meeting), content_type=f"{chosen.content_type}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
