"""POST /v1/images/readings: the text of a picture, in reading order."""

from __future__ import annotations

import asyncio

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.errors import InvalidImage, InvalidRequest
from inference.routes.audio_form import open_form
from inference.routes.request import get_engines, read_priority, run_until_disconnect
from inference.scheduler import Priority
from inference.vision.images import MAX_BYTES, decode_image


async def create_reading(request: Request) -> Response:
    """`batch` unless the header says otherwise: nobody waits for a slide as for a caption."""
    engine = get_engines(request).ocr
    priority = read_priority(request) if "x-priority" in request.headers else Priority.BATCH
    async with open_form(request) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise InvalidRequest("The form has no file.", param="file")
        if (upload.size or 0) > MAX_BYTES:
            raise InvalidImage(f"The image is larger than {MAX_BYTES >> 20} MB.", param="file")
        data = await upload.read()
    async with request.app.state.decoders:
        image = await asyncio.to_thread(decode_image, data)
    work = request.app.state.scheduler.run(lambda: engine.read(image), priority=priority)
    (reading,) = await run_until_disconnect(request, work)
    return JSONResponse({**reading.to_json(), "engine": "ocr", "model": engine.name})


routes = [Route("/v1/images/readings", create_reading, methods=["POST"])]
