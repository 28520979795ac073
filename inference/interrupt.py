"""A flag between threads that stops what a model is computing: more urgent work waits, or nobody wants the answer any more.

The scheduler sets and clears it; llama.cpp looks at it after every node of its graph. That look must not take Python's lock (some
800 times a token, from a thread that computes), so the flag is a C string of one byte and the one who looks is C's own `strlen`.
"""

from __future__ import annotations

import ctypes


class Interrupted(Exception):
    """The computation was stopped; nothing of it was kept, and it may be started again."""


class Interrupt:
    """May be used from any thread."""

    def __init__(self) -> None:
        self._bytes = ctypes.create_string_buffer(2)

    @property
    def address(self) -> int:
        """Of a C string that is empty as long as nothing has to stop."""
        return ctypes.addressof(self._bytes)

    @property
    def is_set(self) -> bool:
        return self._bytes.value != b""

    def set(self) -> None:
        self._bytes[0] = b"!"

    def clear(self) -> None:
        self._bytes[0] = b"\0"
