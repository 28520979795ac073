"""Tool calls that a model makes by itself, each kind in its own notation, between marks that are tokens:

    Gemma 4   <|tool_call>call:set_date{day:<|"|>2026-12-15<|"|>,tasks:[1,2]}<tool_call|>
    Qwen2.5   <tool_call>⏎{"name": "set_date", "arguments": {"day": "2026-12-15", "tasks": [1, 2]}}⏎</tool_call>

Qwen's small coders leave the marks out and write the JSON alone, often in a fence (seen with 1.5B: every time): an answer that is nothing
but such an object is a call too (`BareCall`). Gemma's grammar as llama.cpp reads it (common/parsers/gemma4.cpp). What cannot be read, or names no tool of the request, is text
like any other: nothing of an answer is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from inference.chat.request import ToolCall
from inference.chat.vocabulary import Vocabulary

QUOTE = '<|"|>'
FENCE = "```json"
_GEMMA_HEAD = re.compile(r"call:([^{\s]+)\s*(?={)")
_SPACE = re.compile(r"\s*")
_KEY = re.compile(r"[^:{}]+(?=:)")
_PLAIN = re.compile(
    r"(?:true|false|null|None|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![^\s,}\]])"
)


@dataclass(frozen=True)
class _Notation:
    opens: str
    closes: str
    parse: Callable[[str], ToolCall]


class CallReader:
    """Of one answer. A request without `names` of tools, or a model without such marks, makes no calls."""

    def __init__(self, vocabulary: Vocabulary, *, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._notation, self._open, self._close = _find_notation(vocabulary) if names else (None, None, None)
        self._data: bytearray | None = None  # of the call under way
        self.count = 0

    @property
    def writes_json(self) -> bool:
        """Whether calls without marks may be expected: of every model but one with a notation of its own."""
        return self._notation is None or self._notation.parse is parse_json_call

    def takes(self, token: int) -> bool:
        """Whether this token is a mark, or stands between two."""
        return self._data is not None or (self._open is not None and token == self._open)

    def push(self, token: int, data: bytes) -> tuple[ToolCall | None, str]:
        """A token that it takes and its bytes → the call it completes, or the text of one that is none."""
        if self._data is None:
            self._data = bytearray()
        elif token == self._close:
            return self._complete()
        else:
            self._data += data
        return None, ""

    def finish(self) -> str:
        """The text of a call that was cut off."""
        if self._data is None or self._notation is None:
            return ""
        data, self._data = self._data, None
        return self._notation.opens + data.decode("utf-8", "replace")

    def _complete(self) -> tuple[ToolCall | None, str]:
        whole = self.finish() + self._notation.closes
        written = whole[len(self._notation.opens) : -len(self._notation.closes)]
        try:
            call = self._notation.parse(written)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None, whole
        if call.name not in self._names:
            return None, whole
        self.count += 1
        return call, ""


class BareCall:
    """Of one answer. Holds text back as long as all of it may be a call without marks."""

    def __init__(self, *, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._held = ""
        self.is_decided = not names

    def push(self, text: str) -> str:
        """The text that is certain to be none."""
        if self.is_decided:
            return text
        self._held += text
        start = self._held.lstrip()
        if start.startswith(("{", FENCE)) or FENCE.startswith(start):
            return ""
        return self._release()

    def finish(self) -> tuple[ToolCall | None, str]:
        """When the answer has ended: the call, or the text that is none."""
        held = self._release()
        inside = held.strip().removeprefix(FENCE).removesuffix("```")
        try:
            call = parse_json_call(inside)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None, held
        return (call, "") if call.name in self._names else (None, held)

    def _release(self) -> str:
        self.is_decided = True
        held, self._held = self._held, ""
        return held


def parse_json_call(text: str) -> ToolCall:
    """`{"name", "arguments"}`. Raises ValueError, KeyError, TypeError for what is none."""
    call = json.loads(text)
    arguments = call.get("arguments") or {}
    arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    if not isinstance(call["name"], str) or not isinstance(arguments, dict):
        raise TypeError
    return ToolCall(name=call["name"], arguments=arguments)


def parse_gemma_call(text: str) -> ToolCall:
    """`call:NAME{key:value,…}`. Raises ValueError."""
    head = _GEMMA_HEAD.match(text.strip())
    if head is None:
        raise ValueError("no call")
    reader = _GemmaReader(text.strip(), at=head.end())
    arguments = reader.read_dict()
    if reader.rest:
        raise ValueError("text behind the call")
    return ToolCall(name=head[1], arguments=arguments)


class _GemmaReader:
    """Reads values at `at`; every method raises ValueError."""

    def __init__(self, text: str, *, at: int) -> None:
        self._text = text
        self._at = at

    @property
    def rest(self) -> str:
        return self._text[self._at :].strip()

    def read_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._take("{")
        while not self._finds("}"):
            if found:
                self._take(",")
            key = self._read_key()
            self._take(":")
            found[key] = self._read_value()
        return found

    def _read_value(self) -> Any:
        self._skip_space()
        rest = self._text[self._at : self._at + len(QUOTE)]
        if rest == QUOTE:
            return self._read_string()
        if rest[:1] == "{":
            return self.read_dict()
        if rest[:1] == "[":
            return self._read_list()
        plain = _PLAIN.match(self._text, self._at)
        if plain is None:
            raise ValueError("no value")
        self._at = plain.end()
        return None if plain[0] == "None" else json.loads(plain[0])  # the templates write Python's

    def _read_list(self) -> list[Any]:
        found: list[Any] = []
        self._take("[")
        while not self._finds("]"):
            if found:
                self._take(",")
            found.append(self._read_value())
        return found

    def _read_key(self) -> str:
        self._skip_space()
        if self._text.startswith(QUOTE, self._at):
            return self._read_string()
        key = _KEY.match(self._text, self._at)
        if key is None:
            raise ValueError("no key")
        self._at = key.end()
        return key[0].strip()

    def _read_string(self) -> str:
        start = self._at + len(QUOTE)
        end = self._text.index(QUOTE, start)
        self._at = end + len(QUOTE)
        return self._text[start:end]

    def _take(self, mark: str) -> None:
        if not self._finds(mark):
            raise ValueError(f"{mark} is missing")

    def _finds(self, mark: str) -> bool:
        self._skip_space()
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _skip_space(self) -> None:
        self._at = _SPACE.match(self._text, self._at).end()


_NOTATIONS = (
    _Notation("<|tool_call>", "<tool_call|>", parse_gemma_call),
    _Notation("<tool_call>", "</tool_call>", parse_json_call),
)


def _find_notation(vocabulary: Vocabulary) -> tuple[_Notation | None, int | None, int | None]:
    for notation in _NOTATIONS:
        marks = vocabulary.find_mark(notation.opens), vocabulary.find_mark(notation.closes)
        if None not in marks:
            return notation, *marks
    return None, None, None
