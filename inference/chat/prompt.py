"""Messages to tokens, through the model's own chat template, so that no text in a message can become a control token.

The template is rendered with a random mark in place of every text. What stands between the marks was written by the
template and is tokenized with its control tokens; what the marks stand for was written by people or models and is tokenized
as plain text, piece by piece. `<|im_end|>` spoken into a meeting, or written on a slide, stays seven harmless tokens.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inference.chat.media import MediaPart
from inference.chat.vocabulary import Vocabulary
from inference.errors import InvalidRequest, ModelFailed

Spell = Callable[[MediaPart], list[int]]
_THOUGHT = re.compile(r"<\|channel>thought\n.*?<channel\|>", re.DOTALL)


class PromptBuilder:
    """Compiles the template once (tens of milliseconds), then renders it for every request."""

    def __init__(self, template: str, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._bos_text = vocabulary.control_text(vocabulary.bos)
        self._controls = _ControlTexts(vocabulary.marks)
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.globals["raise_exception"] = _raise_from_template
        environment.globals["strftime_now"] = lambda pattern: datetime.now().strftime(pattern)
        environment.filters["tojson"] = _to_json
        try:
            self._template = environment.from_string(template)
        except jinja2.TemplateError as error:
            raise ModelFailed("The chat template inside the model file cannot be read.") from error

    def build(
        self,
        messages: list[dict[str, Any]],
        *,
        tools: Iterable[dict[str, Any]] = (),
        thinking: bool = False,
        spell: Spell | None = None,
    ) -> list[int]:
        """All tokens of the prompt, up to where the assistant starts to write. `spell`: the tokens and places of a sound or a picture,
        for a model that takes them in.

        Raises InvalidRequest when the template does not accept this order of roles.
        """
        marks = _Marks()
        marked = [self._mark_message(message, marks) for message in messages]
        safe_tools = self._controls.break_up(list(tools)) or None
        try:
            text = self._template.render(
                messages=marked,
                tools=safe_tools,
                add_generation_prompt=True,
                enable_thinking=thinking,
                bos_token=self._bos_text,
                eos_token=self._vocabulary.control_text(self._vocabulary.eos),
            )
        except (jinja2.TemplateError, TypeError, KeyError) as error:
            raise InvalidRequest(
                "The model's chat template does not accept these messages: check the order of the roles.",
                param="messages",
            ) from error
        return self._tokenize(text, marks, spell=spell)

    def _mark_message(self, message: dict[str, Any], marks: _Marks) -> dict[str, Any]:
        content = message.get("content") or ""
        parts = (content,) if isinstance(content, str) else content
        if message["role"] == "assistant":
            parts = tuple(_THOUGHT.sub("", part) if isinstance(part, str) else part for part in parts)
        marked = {**message, "content": "".join(map(marks.put, parts))}
        if calls := message.get("tool_calls"):
            marked["tool_calls"] = self._controls.break_up(_with_parsed_arguments(calls))
        return marked

    def _tokenize(self, text: str, marks: _Marks, *, spell: Spell | None) -> list[int]:
        tokens: list[int] = []
        for piece, is_content in marks.split(text):
            if isinstance(piece, str):
                tokens += self._vocabulary.tokenize(piece, special=not is_content)
            elif spell is None:
                raise InvalidRequest("This model takes in text alone.", param="messages")
            else:
                tokens += spell(piece)
        if self._vocabulary.adds_bos and tokens[:1] != [self._vocabulary.bos]:
            tokens.insert(0, self._vocabulary.bos)
        return tokens


class _Marks:
    """Random words that stand for texts, sounds and pictures while the template is rendered."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(12)
        self._parts: list[str | MediaPart] = []

    def put(self, part: str | MediaPart) -> str:
        """A text with its core replaced; outer whitespace stays, so that a template that trims does so."""
        if not isinstance(part, str):
            return self._add(part)
        core = part.strip()
        if not core:
            return part
        start = part.index(core)
        return f"{part[:start]}{self._add(core)}{part[start + len(core) :]}"

    def _add(self, part: str | MediaPart) -> str:
        self._parts.append(part)
        return f"{self._key}x{len(self._parts) - 1}x"

    def split(self, rendered: str) -> Iterable[tuple[str | MediaPart, bool]]:
        """Alternately the template's pieces (False) and the parts (True). A part may appear twice or never."""
        for index, piece in enumerate(re.split(f"{self._key}x([0-9]+)x", rendered)):
            if index % 2:
                yield self._parts[int(piece)], True
            elif piece:
                yield piece, False


class _ControlTexts:
    """Breaks control tokens inside values the template writes itself, such as the descriptions of tools."""

    def __init__(self, texts: Iterable[str]) -> None:
        longest_first = sorted((re.escape(text) for text in texts if len(text) > 1), key=len, reverse=True)
        self._pattern = re.compile("|".join(longest_first)) if longest_first else None

    def break_up(self, value: Any) -> Any:
        if isinstance(value, str):
            return (
                self._pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", value)
                if self._pattern
                else value
            )
        if isinstance(value, list):
            return [self.break_up(item) for item in value]
        if isinstance(value, dict):
            return {self.break_up(key): self.break_up(item) for key, item in value.items()}
        return value


def _with_parsed_arguments(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """OpenAI sends arguments as a JSON string; templates want the object."""
    parsed = []
    for call in calls:
        function = dict(call.get("function", {}))
        if isinstance(function.get("arguments"), str):
            try:
                function["arguments"] = json.loads(function["arguments"])
            except ValueError as error:
                raise InvalidRequest("Arguments of a tool call are not JSON.", param="messages") from error
        parsed.append({**call, "function": function})
    return parsed


def _to_json(value: Any, indent: int | None = None) -> str:
    """Jinja's own filter escapes for HTML, which models were not trained on."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise_from_template(message: str) -> None:
    raise jinja2.TemplateError(message)
