"""Sound and pictures inside a message, decoded and checked, before any model has looked at them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class AudioPart:
    """int16, shape (n,), 16 kHz mono."""

    samples: np.ndarray

    @cached_property
    def digest(self) -> bytes:
        """Equal for equal sound; what was computed for a prompt is found again by it."""
        return hashlib.sha256(b"audio" + np.ascontiguousarray(self.samples).tobytes()).digest()


@dataclass(frozen=True, kw_only=True, eq=False)
class ImagePart:
    """RGB, uint8, shape (height, width, 3)."""

    pixels: np.ndarray

    @cached_property
    def digest(self) -> bytes:
        size = repr(self.pixels.shape).encode()
        return hashlib.sha256(b"image" + size + np.ascontiguousarray(self.pixels).tobytes()).digest()


MediaPart = AudioPart | ImagePart
Content = str | tuple[str | MediaPart, ...]


def list_media(messages: list[dict]) -> list[MediaPart]:
    """All sound and pictures of a conversation, in order."""
    return [
        part
        for message in messages
        if isinstance(message.get("content"), tuple)
        for part in message["content"]
        if not isinstance(part, str)
    ]
