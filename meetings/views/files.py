"""The bytes of a meeting: what the player plays, the original, the waveform."""

import re
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ..access import get_meeting
from ..models import Recording
from ..storage import find_size, open_range, read_range

# What a file is called when its own name is empty or only folders and dots.
FALLBACK_NAME = "recording"


@require_safe
def media(request: HttpRequest, meeting_id: UUID) -> HttpResponseBase:
    """The sound for the player: AAC in MP4, in ranges, so that it can jump."""
    recording = _get_recording(request, meeting_id)
    return serve_file(request, recording.playback_key, content_type="audio/mp4")


@require_safe
def original(request: HttpRequest, meeting_id: UUID) -> HttpResponseBase:
    """The bytes as they came, as a download and nothing else: a stranger's file never runs as a page of ours."""
    recording = _get_recording(request, meeting_id)
    response = serve_file(request, recording.original_key, content_type="application/octet-stream")
    name = re.split(r"[/\\]", recording.original_name)[-1].strip(" .") or FALLBACK_NAME
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@require_safe
def peaks(request: HttpRequest, meeting_id: UUID) -> HttpResponseBase:
    """`{"duration_ms", "peaks": [[min, max, …]]}`, values -1 … 1."""
    recording = _get_recording(request, meeting_id)
    return serve_file(request, recording.peaks_key, content_type="application/json")


def _get_recording(request: HttpRequest, meeting_id: UUID) -> Recording:
    meeting = get_meeting(request.user, meeting_id)
    recording = Recording.objects.filter(meeting=meeting).first()
    if recording is None:
        raise Http404("This meeting has no recording.")
    return recording


def serve_file(request: HttpRequest, key: str, *, content_type: str) -> HttpResponseBase:
    """A file of the storage: whole (200), one range of it (206), or 416. Raises Http404. Neither is ever in memory as a whole."""
    size = find_size(key)
    if size is None:
        raise Http404("There is no such file yet.")
    start, end, status = 0, size, 200
    if header := request.headers.get("Range"):
        chosen = parse_range(header, size=size)
        if chosen is None:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        start, end = chosen
        status = 206
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(status=status, content_type=content_type)
    else:
        read = open_range if isinstance(request, ASGIRequest) else read_range
        content = read(key, start=start, end=end)
        response = StreamingHttpResponse(content, status=status, content_type=content_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(end - start)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    patch_cache_control(response, private=True, max_age=3600)
    return response


def parse_range(header: str, *, size: int) -> tuple[int, int] | None:
    """`bytes=a-b`, `a-` or `-n` → (first, one past the last). None: not satisfiable. Several ranges or nonsense: the whole file, as RFC 9110 allows."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if not match or match.group(1) == match.group(2) == "":
        return 0, size
    first, last = match.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None
