"""What a recorder and the server say to each other, version 1; in words in docs/live-protocol.md, in the browser in static/js/record_socket.js.

Text messages are JSON, checked here; binary messages are sound.
"""

import struct
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..errors import MinutebookError

VERSION = 1
SAMPLE_RATE_HZ = 16_000
FRAME_MS = 20
# One channel; a frame of two channels has twice as many, interleaved.
FRAME_BYTES = SAMPLE_RATE_HZ * FRAME_MS // 1000 * 2
MAX_FRAMES_PER_MESSAGE = 50
MAX_TEXT_BYTES = 8_192
# Sequence number of the first frame in the message, little endian.
HEADER = struct.Struct("<I")


class LiveError(MinutebookError):
    """`close_code` ends the socket. A retryable error means: connect again and go on from what `welcome` says."""

    close_code = 4400
    code = "live_bad_message"
    text = "The recorder said something that is not in the protocol. Load the page again; nothing is lost."


class BadFrame(LiveError):
    code = "live_bad_frame"
    text = "The recorder sent sound of the wrong size. Load the page again; nothing is lost."


class FrameGap(LiveError):
    """Frames are missing before the ones that came."""

    close_code = 4416
    code = "live_gap"
    retryable = True
    text = "A piece was missing, so the recorder sends from there again. Nothing is lost."


class TooFast(LiveError):
    close_code = 4429
    code = "live_too_fast"
    retryable = True
    text = "Sound came much faster than it can be spoken. What came is kept."


class LoginRequired(LiveError):
    close_code = 4401
    code = "live_login"
    text = (
        "You are logged out. Log in again and come back to this page; your browser keeps the sound meanwhile."
    )


class OtherOrigin(LiveError):
    close_code = 4403
    code = "live_origin"
    text = "Record from this site's own pages."


class NotYours(LiveError):
    close_code = 4403
    code = "live_not_yours"
    text = "Somebody else is recording this meeting. You can watch its captions."


class OtherBrowser(LiveError):
    close_code = 4403
    code = "live_other_browser"
    text = "This recording was started in another browser. Go on there, or stop it here; what the server has is kept."


class TakeGone(LiveError):
    close_code = 4404
    code = "live_gone"
    text = "There is no such recording."


class UnknownVersion(LiveError):
    close_code = 4406
    code = "live_version"
    text = "This page is older than the server. Load it again; your browser keeps the sound."


class InUse(LiveError):
    """Retryable: the other connection may be a dead one, or end."""

    close_code = 4423
    code = "live_in_use"
    retryable = True
    text = "Another tab is writing this recording. It goes on here when that one ends."


class TakeClosed(LiveError):
    close_code = 4410
    code = "live_closed"
    text = "This recording is finished, and its notes are being made. What came before is kept."


class TakeTooLong(LiveError):
    close_code = 4413
    code = "live_too_long"
    text = "The recording has reached the longest time this server takes. It is kept; stop it and start another one."


# Errors of other modules that end a socket.
CLOSE_CODES = {"disk_full": 4507}


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Message):
    """First of all. `key`: given when the take was made; `session`: random, one for each loading of the page."""

    type: Literal["hello"]
    version: int
    key: str = Field(max_length=64)
    session: str = Field(min_length=8, max_length=64)


class Note(_Message):
    """A line typed or a moment marked (empty text), at a time of the recording. Sent again until `noted` comes."""

    type: Literal["note"]
    id: UUID
    kind: Literal["note", "mark"]
    at_ms: int = Field(ge=0, le=2**31 - 1)
    text: str = Field(default="", max_length=1000)


class Pause(_Message):
    """No more frames until the person goes on; a hint for the captions only."""

    type: Literal["pause"]


class Stop(_Message):
    """That was the last frame; `frames` of them were made."""

    type: Literal["stop"]
    frames: int = Field(ge=0, le=2**32 - 1)


ClientMessage = Annotated[Hello | Note | Pause | Stop, Field(discriminator="type")]
_adapter: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


def parse_text(text: str) -> Hello | Note | Pause | Stop:
    """Raises LiveError (not retryable) for everything that is not in the protocol."""
    if len(text) > MAX_TEXT_BYTES:
        raise LiveError
    try:
        return _adapter.validate_json(text)
    except ValidationError:
        # `from None`: the validator's own words repeat what was typed, and a log may hold the chain.
        raise LiveError from None


def make_message(sequence: int, frames: bytes) -> bytes:
    """A binary message: the number of its first frame, then whole frames."""
    return HEADER.pack(sequence) + frames


def frame_bytes(channels: int) -> int:
    """Bytes of one frame of 20 ms."""
    return FRAME_BYTES * channels


def frames_to_ms(frames: int) -> int:
    """How much time so many frames are."""
    return frames * FRAME_MS
