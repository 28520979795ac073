"""Which tools may, or must, the model call? `tool_choice` of a request.

"auto"               the model decides, and calls in its own notation (`chat.calls`); the default where there are tools
"required", a name   the answer is one call in JSON that the grammar holds to the tool's parameters: works with every model
"none"               the model does not hear of them
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from inference.chat.request import ToolCall
from inference.errors import InvalidRequest, UnsupportedParameter

MAX_TOOLS = 64


def choose_tools(
    tools: list[dict[str, Any]] | None, choice: str | dict[str, Any] | None
) -> tuple[tuple[dict[str, Any], ...], bool]:
    """The tools the model is told of, and whether it must call one of them.

    Raises InvalidRequest for a tool or a choice that is malformed.
    """
    if not tools:
        if choice not in (None, "none", "auto"):
            raise InvalidRequest("tool_choice without tools.", param="tool_choice")
        return (), False
    if len(tools) > MAX_TOOLS or not all(_is_function(tool) for tool in tools):
        raise InvalidRequest(f"tools must be at most {MAX_TOOLS} functions with a name.", param="tools")
    if choice == "none":
        return (), False
    if choice in (None, "auto", "required"):
        return tuple(tools), choice == "required"
    name = choice.get("function", {}).get("name") if isinstance(choice, dict) else None
    chosen = tuple(tool for tool in tools if tool["function"]["name"] == name)
    if not chosen:
        raise InvalidRequest("tool_choice names no function of tools.", param="tool_choice")
    return chosen, True


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


def parse_forced_call(text: str) -> ToolCall | None:
    """The call from an answer of `make_call_schema`; None when the answer was cut off."""
    try:
        call = json.loads(text)
    except ValueError:
        return None
    return ToolCall(name=call["name"], arguments=call["arguments"])


def to_openai_call(call: ToolCall) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    function = {"name": call.name, "arguments": arguments}
    return {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}


def _is_function(tool: dict[str, Any]) -> bool:
    function = tool.get("function")
    return (
        tool.get("type") == "function"
        and isinstance(function, dict)
        and isinstance(function.get("name"), str)
    )
