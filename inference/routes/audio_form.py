"""Multipart forms with an audio file: read within limits, checked field by field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.types import Message

from inference.errors import InvalidRequest, ModelNotFound, RequestTooLarge, UnsupportedParameter
from inference.routes.request import run_until_disconnect
from inference.routes.transcript_formats import FORMATS
from inference.speech.audio import decode_audio
from inference.speech.diarization import DiarizationRequest
from inference.speech.whisper import TranscriptionRequest

# whisper-1 is OpenAI's name: taken as "the one you have", so that its clients work unchanged.
WHISPER_NAMES = ("whisper", "whisper-1")
AUTO_NAMES = ("", "auto")
NATIVE_NAME = "native"
PLAIN_FORMATS = ("json", "text")  # without any time
GRANULARITIES = ("segment", "word")
MAX_FIELDS = 50
MAX_HOTWORDS = 200
REFUSED = ("include[]", "include", "languages[]", "known_speaker_names[]", "known_speaker_references[]")


@dataclass(frozen=True, kw_only=True)
class TranscriptionForm:
    """`by`: "auto" (the chat model where it hears, gated), "native" (it alone) or "whisper"."""

    request: TranscriptionRequest
    by: str
    response_format: str
    with_words: bool
    stream: bool


@asynccontextmanager
async def open_form(request: Request) -> AsyncIterator[FormData]:
    """The form; a large file in it lies on disk, and is gone after the block. Raises RequestTooLarge, InvalidRequest."""
    limit = request.app.state.settings.max_upload_bytes
    received = 0

    async def counting_receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise RequestTooLarge(f"The body is larger than {limit >> 20} MB.")
        return message

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidRequest("The body must be multipart/form-data with a file.", param="file")
    counted = Request(request.scope, counting_receive)
    async with counted.form(max_files=1, max_fields=MAX_FIELDS) as form:
        yield form


async def read_samples(request: Request, form: FormData) -> np.ndarray:
    """The uploaded file as 16 kHz mono int16 samples, shape (n,). Raises InvalidRequest, InvalidAudio."""
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise InvalidRequest("The form has no file.", param="file")
    state = request.app.state
    async with state.decoders:
        decoding = decode_audio(upload.file, max_s=state.settings.max_audio_s)
        return await run_until_disconnect(request, decoding)


def parse_transcription(form: FormData, *, model: str) -> TranscriptionForm:
    """`model`: the name of the loaded one. Raises InvalidRequest, UnsupportedParameter or ModelNotFound, each with the field's
    name."""
    named = _text(form, "model")
    if named not in (*AUTO_NAMES, *WHISPER_NAMES, NATIVE_NAME, model):
        raise ModelNotFound(
            f"There is no speech model of that name here; this server runs {model!r}.", param="model"
        )
    for name in REFUSED:
        if form.get(name):
            raise UnsupportedParameter(f"{name} is not supported.", param=name)
    response_format = _text(form, "response_format") or "json"
    if response_format not in FORMATS:
        raise UnsupportedParameter(
            f"response_format must be one of {', '.join(FORMATS)}.", param="response_format"
        )
    granularities = [*form.getlist("timestamp_granularities[]"), *form.getlist("timestamp_granularities")]
    if any(one not in GRANULARITIES for one in granularities):
        raise InvalidRequest(
            "timestamp_granularities must be segment or word.", param="timestamp_granularities"
        )
    stream = parse_flag(form, "stream")
    keywords = [
        word for word in form.getlist("keywords[]") if isinstance(word, str)
    ]  # OpenAI's name for the same
    hotwords = [word.strip() for word in [*_text(form, "hotwords").split(","), *keywords] if word.strip()]
    return TranscriptionForm(
        request=TranscriptionRequest(
            language=_text(form, "language").lower() or None,
            prompt=_text(form, "prompt"),
            hotwords=tuple(hotwords[:MAX_HOTWORDS]),
            temperature=_number(form, "temperature", low=0.0, high=1.0) or 0.0,
            needs_times=stream or response_format not in PLAIN_FORMATS,
        ),
        by=NATIVE_NAME if named == NATIVE_NAME else "auto" if named in AUTO_NAMES else "whisper",
        response_format=response_format,
        with_words="word" in granularities,
        stream=stream,
    )


def parse_diarization(form: FormData) -> DiarizationRequest:
    """Raises InvalidRequest."""
    names = ("num_speakers", "min_speakers", "max_speakers")
    values = {name: _number(form, name, low=1, high=50) for name in names}
    request = DiarizationRequest(**{name: int(value) for name, value in values.items() if value is not None})
    request.bounds()
    return request


def parse_flag(form: FormData, name: str) -> bool:
    text = _text(form, name).lower()
    if text not in ("", "true", "false", "1", "0"):
        raise InvalidRequest(f"{name} must be true or false.", param=name)
    return text in ("true", "1")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a text.", param=name)
    return value.strip()


def _number(form: FormData, name: str, *, low: float, high: float) -> float | None:
    text = _text(form, name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InvalidRequest(f"{name} must be a number from {low:g} to {high:g}.", param=name)
    return value
