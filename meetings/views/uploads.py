"""tus 1.0 at `/uploads/` (https://tus.io/protocols/resumable-upload), straight on ASGI: Django would collect a whole body before a view sees it.

Core, creation, checksum, expiration, termination. Bytes go from the socket to the file in pieces of a megabyte; memory does not grow with the file.
Every error is JSON, `{"error": {"code", "text"}}`; codes stand in docs/uploads.md.
"""

import asyncio
import datetime as dt
import json
import logging
from dataclasses import dataclass, field
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import Http404
from django.utils.http import http_date

from .. import access, uploads
from ..errors import MinutebookError
from ..models import Upload
from ..origin import is_same_origin
from ..tus import Checksum, Disconnected, parse_metadata, read_body
from ..uploads import Incoming, OffsetConflict, UploadError, UploadGone, UploadTooLarge

logger = logging.getLogger(__name__)

VERSION = "1.0.0"
# "File too large", "no room": what the base class cannot know.
STATUSES = {"disk_full": 507}


@dataclass
class Answer:
    """Status, headers and a JSON body (None: no body)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: dict | None = None

    async def send(self, send) -> None:
        content = json.dumps(self.body).encode() if self.body is not None else b""
        headers = {"Tus-Resumable": VERSION, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        headers |= self.headers
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        if self.status != 204:
            headers["Content-Length"] = str(len(content))
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


def refuse(error: MinutebookError) -> Answer:
    """The answer to an error, with the offset where it is known."""
    status = STATUSES.get(error.code) or getattr(error, "status", 500)
    headers = {"Upload-Offset": str(error.offset_bytes)} if hasattr(error, "offset_bytes") else {}
    return Answer(status, headers, {"error": {"code": error.code, "text": error.text}})


async def uploads_app(scope: dict, receive, send) -> None:
    """The ASGI application. `scope["user"]` is set by the session middleware around it."""
    # A thread, and so a database connection, of this request's own, as Django's handler has it.
    async with ThreadSensitiveContext():
        try:
            answer = await answer_request(scope, receive)
        except MinutebookError as error:
            answer = refuse(error)
        except Disconnected:
            return
        except Exception as error:
            logger.error("upload request failed: %s", type(error).__name__)
            answer = refuse(MinutebookError())
        finally:
            # The thread ends with the request, and its connection must not stay behind.
            await asyncio.shield(sync_to_async(connections.close_all)())
        if scope["method"] == "HEAD":
            answer.body = None
        await answer.send(send)


async def answer_request(scope: dict, receive) -> Answer:
    """Who may, then what. Raises MinutebookError."""
    request = ASGIRequest(scope, None)
    user = scope["user"]
    if not user.is_authenticated:
        return Answer(401, {}, {"error": {"code": "login_required", "text": "Log in to send files."}})
    if request.method not in ("HEAD", "OPTIONS") and not is_same_origin(scope):
        return Answer(
            403, {}, {"error": {"code": "other_origin", "text": "Send files from this site's own pages."}}
        )
    if request.method == "OPTIONS":
        return describe()
    if request.headers.get("Tus-Resumable") != VERSION:
        return Answer(
            412,
            {"Tus-Version": VERSION},
            {"error": {"code": "tus_version", "text": "tus 1.0.0 is spoken here."}},
        )
    upload_id = scope["url_route"]["kwargs"].get("upload_id")
    handlers = (
        {"POST": create} if upload_id is None else {"HEAD": tell_offset, "PATCH": append, "DELETE": delete}
    )
    handler = handlers.get(request.method)
    if handler is None:
        return Answer(
            405,
            {"Allow": ", ".join([*handlers, "OPTIONS"])},
            {"error": {"code": "method", "text": "Not here."}},
        )
    if upload_id is None:
        return await handler(request, user)
    return await handler(request, await find_upload(user, upload_id), receive)


def describe() -> Answer:
    return Answer(
        204,
        {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,checksum,expiration,termination",
            "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
            "Tus-Checksum-Algorithm": "sha1,sha256,md5",
        },
    )


@database_sync_to_async
def find_upload(user, upload_id: UUID) -> Upload:
    """Raises UploadGone, for strangers too."""
    try:
        return access.get_upload(user, upload_id)
    except Http404 as error:
        raise UploadGone from error


async def create(request: ASGIRequest, user) -> Answer:
    """POST: a new upload; its address is in `Location`."""
    length = request.headers.get("Upload-Length", "")
    if not length.isdecimal() or len(length) > 19:
        raise UploadError("Upload-Length must say how many bytes will come.")
    metadata = parse_metadata(request.headers.get("Upload-Metadata", ""))
    make = database_sync_to_async(uploads.create_upload)
    upload = await make(user, size_bytes=int(length), metadata=metadata)
    return Answer(201, {"Location": f"/uploads/{upload.pk}", **expiry(upload)})


async def tell_offset(request: ASGIRequest, upload: Upload, receive) -> Answer:
    """HEAD: how much is there; finishes an upload that a crash left with all its bytes."""
    offset = await asyncio.to_thread(uploads.count_received, upload)
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.size_bytes)}
    if offset == upload.size_bytes:
        return Answer(200, headers | await complete(upload))
    return Answer(200, headers | expiry(upload))


async def append(request: ASGIRequest, upload: Upload, receive) -> Answer:
    """PATCH: what comes goes to the file, whatever ends the request; 204 only when it is on the disk."""
    if request.headers.get("Content-Type") != "application/offset+octet-stream":
        raise UploadError("Content-Type must be application/offset+octet-stream.", code="content_type")
    claimed = request.headers.get("Upload-Offset", "")
    if not claimed.isdecimal():
        raise UploadError("Upload-Offset must say where these bytes belong.")
    checksum = Checksum.parse(request.headers.get("Upload-Checksum", ""))
    if upload.state == Upload.State.COMPLETE:
        raise OffsetConflict(upload.size_bytes)
    incoming = await database_sync_to_async(Incoming)(upload)
    try:
        start = incoming.offset_bytes
        if int(claimed) != start:
            raise OffsetConflict(start)
        announced = request.headers.get("Content-Length", "0")
        if announced.isdecimal() and start + int(announced) > upload.size_bytes:
            raise UploadTooLarge
        await take_body(incoming, receive, checksum)
        headers = {"Upload-Offset": str(incoming.offset_bytes), **expiry(upload)}
        if incoming.offset_bytes == upload.size_bytes:
            # Still locked: nobody else may finish it at the same time.
            headers |= await complete(upload)
        return Answer(204, headers)
    except MinutebookError as error:
        error.offset_bytes = incoming.offset_bytes
        raise
    finally:
        incoming.close()


async def take_body(incoming: Incoming, receive, checksum: Checksum) -> None:
    """Body to file. However it ends, what is kept is on the disk before this returns; with a checksum, all or nothing is kept."""
    start, sync = incoming.offset_bytes, database_sync_to_async(incoming.sync)
    try:
        async for piece in read_body(receive):
            checksum.add(piece)
            await asyncio.to_thread(incoming.write, piece)
            if incoming.is_sync_due:
                await sync()
        checksum.verify()
    except BaseException:
        if checksum:
            incoming.truncate(start)
        raise
    finally:
        await asyncio.shield(sync())


async def delete(request: ASGIRequest, upload: Upload, receive) -> Answer:
    """DELETE: forget it."""
    await database_sync_to_async(uploads.delete_upload)(upload)
    return Answer(204)


async def complete(upload: Upload) -> dict[str, str]:
    """Make the meeting, once, and say where it is. A meeting that was deleted since has no address."""
    meeting = await database_sync_to_async(uploads.complete_upload)(upload)
    return {"X-Meeting": f"/meetings/{meeting.pk}/"} if meeting else {}


def expiry(upload: Upload) -> dict[str, str]:
    at = upload.touched_at + dt.timedelta(hours=settings.UPLOAD_EXPIRY_HOURS)
    return {"Upload-Expires": http_date(at.timestamp())}
