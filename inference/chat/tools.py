"""Forced tool calls: the answer is a JSON object that the grammar holds to the tool's parameters.

`tool_choice` "required", or the name of a tool, needs nothing of the model but JSON, so it works with every model. "auto" would need each
model's own notation for calls and is refused; "none" leaves the tools out.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from inference.errors import InvalidRequest, UnsupportedParameter

MAX_TOOLS = 64


def choose_tools(
    tools: list[dict[str, Any]] | None, choice: str | dict[str, Any] | None
) -> tuple[dict[str, Any], ...]:
    """The tools of which the model must call one; none when it must answer in words.

    Raises InvalidRequest for a tool or a choice that is malformed, UnsupportedParameter for "auto".
    """
    if not tools:
        if choice not in (None, "none", "auto"):
            raise InvalidRequest("tool_choice without tools.", param="tool_choice")
        return ()
    if len(tools) > MAX_TOOLS or not all(_is_function(tool) for tool in tools):
        raise InvalidRequest(f"tools must be at most {MAX_TOOLS} functions with a name.", param="tools")
    if choice == "none":
        return ()
    if choice in (None, "auto"):
        raise UnsupportedParameter(
            "tool_choice must be 'none', 'required' or one function here.", param="tool_choice"
        )
    if choice == "required":
        return tuple(tools)
    name = choice.get("function", {}).get("name") if isinstance(choice, dict) else None
    chosen = tuple(tool for tool in tools if tool["function"]["name"] == name)
    if not chosen:
        raise InvalidRequest("tool_choice names no function of tools.", param="tool_choice")
    return chosen


def make_call_schema(tools: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """The schema of `{"name", "arguments"}` for one of the tools. Definitions of the parameters move to the top, where
    their references lead once the parameters are part of a larger schema."""
    options, definitions = [], {}
    for tool in tools:
        parameters = dict(tool["function"].get("parameters") or {"type": "object"})
        for name, definition in parameters.pop("$defs", {}).items():
            if definitions.setdefault(name, definition) != definition:
                raise UnsupportedParameter(f"Two tools define {name!r} differently.", param="tools")
        call = {"name": {"const": tool["function"]["name"]}, "arguments": parameters}
        options.append({"type": "object", "properties": call, "required": ["name", "arguments"]})
    return {"anyOf": options, "$defs": definitions}


def parse_call(text: str) -> dict[str, Any] | None:
    """OpenAI's tool call from the answer; None when the answer was cut off."""
    try:
        call = json.loads(text)
    except ValueError:
        return None
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    function = {"name": call["name"], "arguments": arguments}
    return {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}


def _is_function(tool: dict[str, Any]) -> bool:
    function = tool.get("function")
    return (
        tool.get("type") == "function"
        and isinstance(function, dict)
        and isinstance(function.get("name"), str)
    )
