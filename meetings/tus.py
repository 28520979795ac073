"""Parts of the tus protocol that know nothing of rows and files: headers, checksums, and a body as a stream."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator

from .uploads import ChecksumMismatch, UploadError

PIECE_BYTES = 1024**2
# A connection without a byte for this long has lost its other end; its lock must not keep the sender from coming back.
SILENCE_S = 20.0


class Disconnected(Exception):
    """The sender went away in the middle of the body; what came is kept."""


class UploadSilent(UploadError):
    status = 408
    code = "upload_silent"
    retryable = True
    text = "Nothing came for a while. What came is kept; go on from the offset."


def parse_metadata(header: str) -> dict[str, str]:
    """`name base64, name base64, …` → texts. Raises UploadError."""
    values = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            values[name] = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError as error:
            raise UploadError("Upload-Metadata is not base64 of UTF-8.") from error
    return values


class Checksum:
    """The checksum extension for one PATCH; false when none was asked for."""

    def __init__(self, algorithm: str = "", expected: bytes = b"") -> None:
        self._digest = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
        self._expected = expected

    def __bool__(self) -> bool:
        return self._digest is not None

    @classmethod
    def parse(cls, header: str) -> "Checksum":
        """`sha1 base64`. Raises UploadError for another algorithm."""
        if not header:
            return cls()
        algorithm, _, encoded = header.partition(" ")
        try:
            expected = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise UploadError("Upload-Checksum is not base64.") from error
        if algorithm not in ("sha1", "sha256", "md5"):
            raise UploadError("Upload-Checksum: sha1, sha256 or md5.")
        return cls(algorithm, expected)

    def add(self, data: bytes) -> None:
        if self._digest is not None:
            self._digest.update(data)

    def verify(self) -> None:
        """Raises ChecksumMismatch."""
        if self._digest is not None and self._digest.digest() != self._expected:
            raise ChecksumMismatch


async def read_body(receive) -> AsyncIterator[bytes]:
    """The body in pieces of about PIECE_BYTES. Raises Disconnected after giving out everything that came, or UploadError after a long silence."""
    held = bytearray()
    failure: Exception | None = None
    while failure is None:
        try:
            message = await asyncio.wait_for(receive(), SILENCE_S)
        except TimeoutError:
            failure = UploadSilent()
            break
        if message["type"] == "http.disconnect":
            failure = Disconnected()
            break
        held += message.get("body", b"")
        more = message.get("more_body", False)
        if held and (len(held) >= PIECE_BYTES or not more):
            yield bytes(held)
            held.clear()
        if not more:
            return
    if held:
        yield bytes(held)
    raise failure
