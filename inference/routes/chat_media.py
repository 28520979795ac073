"""Sound and pictures of a chat request: decoded in bounds, and put into words where the loaded model cannot take them in.

part ─▶ bytes that were sent (no address is opened) ─▶ checked and decoded ─▶ the model hears, sees ─▶ AudioPart, ImagePart
                                                                         └─▶ it does not          ─▶ whisper's, OCR's text
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request

from inference.chat.engine import ChatEngine
from inference.chat.media import AudioPart, ImagePart, MediaPart
from inference.chat.remote import RemoteChat
from inference.chat.wire import ChatBody, MediaAt, WirePart
from inference.errors import InvalidAudio, InvalidRequest
from inference.routes.request import get_engines, run_until_disconnect
from inference.scheduler import Priority
from inference.speech.audio import SAMPLE_RATE_HZ, decode_audio
from inference.speech.whisper import TranscriptionRequest
from inference.types import Segment
from inference.vision.images import decode_image

MAX_PARTS = 32
MAX_SOUND_S = 3600
# What Gemma's processor is made for. Longer sound is heard as fragments (llama.cpp#24138), so it is whisper's.
MAX_HEARD_S = 30


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """`part`: audio or image; `index`: of all sounds, or of all pictures, of the request; `by`: whisper or ocr."""

    part: str
    index: int
    by: str
    why: str

    def to_json(self) -> dict[str, Any]:
        return {"part": self.part, "index": self.index, "by": self.by, "why": self.why}


async def take_in(
    request: Request, body: ChatBody, *, engine: ChatEngine | RemoteChat, priority: Priority
) -> tuple[dict[MediaAt, str | MediaPart], list[Fallback]]:
    """What stands in the prompt for each sound and picture, and which of them another engine put into words.

    Raises InvalidRequest, InvalidAudio, InvalidImage (none retryable), Overloaded, ModelFailed (retryable), ClientDisconnect.
    """
    found = list(body.list_media())
    if len(found) > MAX_PARTS:
        raise InvalidRequest(f"More than {MAX_PARTS} sounds and pictures in one request.", param="messages")
    taken: dict[MediaAt, str | MediaPart] = {}
    fallbacks: list[Fallback] = []
    counts = {"audio": 0, "image": 0}
    for at, wire in found:
        part = await decode_part(request, wire)
        kind = "audio" if isinstance(part, AudioPart) else "image"
        why = find_reason(part, engine)
        if why:
            fallbacks.append(
                Fallback(part=kind, index=counts[kind], by="whisper" if kind == "audio" else "ocr", why=why)
            )
            request.app.state.metrics.fell_back(part=kind, why=why)
        taken[at] = await _put_into_words(request, part, priority=priority) if why else part
        counts[kind] += 1
    return taken, fallbacks


def find_reason(part: MediaPart, engine: ChatEngine | RemoteChat) -> str:
    """Why this engine does not take it in itself; empty when it does."""
    if isinstance(part, ImagePart):
        return "" if engine.can_see else "model_cannot_see"
    if not engine.can_hear:
        return "model_cannot_hear"
    return "too_long_to_hear" if part.samples.size > MAX_HEARD_S * SAMPLE_RATE_HZ else ""


async def decode_part(request: Request, wire: WirePart) -> MediaPart:
    """Raises InvalidRequest, InvalidAudio, InvalidImage."""
    data = _read_bytes(wire)
    if wire.type == "image_url":
        async with request.app.state.decoders:
            return ImagePart(pixels=await asyncio.to_thread(decode_image, data))
    if wire.input_audio and wire.input_audio.format == "pcm16":
        samples = np.frombuffer(data, dtype="<i2", count=len(data) // 2)
        if not 0 < samples.size <= MAX_SOUND_S * SAMPLE_RATE_HZ:
            raise InvalidAudio("The sound is empty or longer than an hour.", param="messages")
        return AudioPart(samples=samples)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        async with request.app.state.decoders:
            return AudioPart(samples=await decode_audio(file, max_s=MAX_SOUND_S))


def _read_bytes(wire: WirePart) -> bytes:
    if wire.type == "image_url":
        head, comma, text = (wire.image_url.url if wire.image_url else "").partition(",")
        if not (comma and head.startswith("data:") and head.endswith(";base64")):
            raise InvalidRequest(
                "A picture must be sent as a data URL in base64; no other address is opened.",
                param="messages",
            )
    else:
        text = wire.input_audio.data if wire.input_audio else ""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("A sound or a picture is not valid base64.", param="messages") from None


async def _put_into_words(request: Request, part: MediaPart, *, priority: Priority) -> str:
    engines = get_engines(request)
    if isinstance(part, ImagePart):
        work = request.app.state.scheduler.run(lambda: engines.ocr.read(part.pixels), priority=priority)
        (reading,) = await run_until_disconnect(request, work)
        return f"Text in the picture:\n{reading.text or '(none)'}"

    def listen() -> Iterator[Any]:
        yield from engines.whisper.transcribe(part.samples, TranscriptionRequest(needs_times=False))

    work = request.app.state.scheduler.run(listen, priority=priority)
    pieces = await run_until_disconnect(request, work)
    said = " ".join(piece.text for piece in pieces if isinstance(piece, Segment))
    return f"Said in the recording:\n{said or '(nothing)'}"
