"""OpenAI's chat completion JSON: reading requests, writing answers. No field that changes the answer is ignored."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.chat.request import ChatPiece, ChatRequest, Timings, TokenLogprob, Usage
from inference.chat.tools import choose_tools, make_call_schema, parse_call
from inference.errors import InvalidRequest, UnsupportedParameter


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: str
    text: str = ""


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None
    name: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None


class _JsonSchema(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    name: str = ""
    schema_: dict[str, Any] | bool = Field(True, alias="schema")


class _ResponseFormat(BaseModel):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None


class _StreamOptions(BaseModel):
    include_usage: bool = False


_Stop = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=16)]


class ChatBody(BaseModel):
    """The body of POST /v1/chat/completions. `top_k`, `min_p`, `repetition_stop` and `thinking` are extensions."""

    model_config = ConfigDict(extra="ignore")

    messages: list[_Message] = Field(min_length=1, max_length=10_000)
    model: str = "auto"
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=0)
    min_p: float | None = Field(None, ge=0, le=1)
    seed: int | None = None
    stop: str | _Stop | None = None
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    response_format: _ResponseFormat | None = None
    logprobs: bool | None = False
    top_logprobs: int | None = Field(None, ge=0, le=20)
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    repetition_stop: bool = True
    thinking: bool = False
    # Known to OpenAI, not to us. Their neutral values are accepted.
    n: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None


def parse_body(data: bytes) -> ChatBody:
    """Raises InvalidRequest naming the first bad field, UnsupportedParameter for one that cannot be honoured."""
    try:
        body = ChatBody.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        param = ".".join(str(part) for part in first["loc"]) or None
        raise InvalidRequest(f"{param or 'The body'}: {first['msg']}.", param=param) from None
    neutral = {
        "n": 1,
        "frequency_penalty": 0,
        "presence_penalty": 0,
        "logit_bias": {},
        "modalities": ["text"],
    }
    for name in ("n", "frequency_penalty", "presence_penalty", "logit_bias", "modalities", "audio"):
        if getattr(body, name) not in (None, neutral.get(name)):
            raise UnsupportedParameter(f"{name!r} is not supported by this server.", param=name)
    return body


def to_request(body: ChatBody) -> ChatRequest:
    """Raises InvalidRequest and UnsupportedParameter."""
    tools = choose_tools(body.tools, body.tool_choice)
    schema = _read_schema(body.response_format)
    if tools and schema is not None:
        raise UnsupportedParameter(
            "response_format and a forced tool exclude each other.", param="tool_choice"
        )
    return ChatRequest(
        messages=[_to_message(message, at) for at, message in enumerate(body.messages)],
        max_tokens=body.max_completion_tokens or body.max_tokens,
        temperature=_default(body.temperature, ChatRequest.temperature),
        top_k=_default(body.top_k, ChatRequest.top_k),
        top_p=_default(body.top_p, ChatRequest.top_p),
        min_p=_default(body.min_p, ChatRequest.min_p),
        seed=None if body.seed is None else body.seed % (1 << 63),
        stop=(body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ()),
        schema=make_call_schema(tools) if tools else schema,
        tools=tools,
        top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        repetition_stop=body.repetition_stop,
        thinking=body.thinking,
    )


def _default(value: Any, default: Any) -> Any:
    return default if value is None else value


def _to_message(message: _Message, at: int) -> dict[str, Any]:
    content = message.content
    if isinstance(content, list):
        for part in content:
            if part.type != "text":
                raise UnsupportedParameter(
                    f"Parts of type {part.type!r} are not supported by this model.",
                    param=f"messages.{at}.content",
                )
        content = "\n".join(part.text for part in content)
    read: dict[str, Any] = {
        "role": "system" if message.role == "developer" else message.role,
        "content": content or "",
    }
    for name in ("name", "tool_calls", "tool_call_id"):
        if value := getattr(message, name):
            read[name] = value
    return read


def _read_schema(response_format: _ResponseFormat | None) -> dict[str, Any] | None:
    if response_format is None or response_format.type == "text":
        return None
    if response_format.type == "json_object":
        return {"type": "object"}
    if response_format.json_schema is None:
        raise InvalidRequest("response_format.json_schema is missing.", param="response_format.json_schema")
    schema = response_format.json_schema.schema_
    return {} if schema is True else schema


class AnswerWriter:
    """Turns the engine's pieces into OpenAI's objects; one per request. `calls_tool`: the answer is a forced tool call."""

    def __init__(self, *, model: str, calls_tool: bool = False) -> None:
        self._calls_tool = calls_tool
        self._text: list[str] = []
        self._base = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def completion(self, pieces: list[ChatPiece]) -> dict[str, Any]:
        last = pieces[-1]
        logprobs = [one for piece in pieces for one in piece.logprobs]
        text = "".join(piece.text for piece in pieces)
        call = parse_call(text) if self._calls_tool else None
        message = {"content": None, "tool_calls": [call]} if call else {"content": text}
        choice = {
            "index": 0,
            "message": {"role": "assistant", "refusal": None, **message},
            "finish_reason": "tool_calls" if call else last.finish_reason,
            "stopped_by": last.stopped_by,
            "logprobs": None,
        }
        if logprobs:
            choice["logprobs"] = {"content": [_logprob_json(one) for one in logprobs], "refusal": None}
        return {**self._base, "object": "chat.completion", "choices": [choice], **_measured(last)}

    def first_chunk(self) -> dict[str, Any]:
        return self._chunk({"role": "assistant", "content": ""})

    def chunks(self, piece: ChatPiece, *, include_usage: bool) -> list[dict[str, Any]]:
        """The chunks of one piece: its text, and for the last piece the reason of the end and, if wanted, the usage."""
        chunks = []
        finish_reason = piece.finish_reason
        if self._calls_tool:  # a call is sent whole
            self._text.append(piece.text)
            call = parse_call("".join(self._text)) if finish_reason else None
            if call:
                chunks.append(self._chunk({"tool_calls": [{"index": 0, **call}]}))
                finish_reason = "tool_calls"
        elif piece.text or piece.logprobs:
            chunks.append(self._chunk({"content": piece.text}, logprobs=piece.logprobs))
        if finish_reason:
            last = self._chunk({}, finish_reason=finish_reason, stopped_by=piece.stopped_by)
            measured = _measured(piece)
            chunks.append({**last, "timings": measured.get("timings")})
            if include_usage:
                chunks.append({**self._base, "object": "chat.completion.chunk", "choices": [], **measured})
        return chunks

    def _chunk(
        self,
        delta: dict[str, Any],
        *,
        logprobs: tuple[TokenLogprob, ...] = (),
        finish_reason: str | None = None,
        stopped_by: str | None = None,
    ) -> dict[str, Any]:
        choice: dict[str, Any] = {
            "index": 0,
            "delta": delta,
            "finish_reason": finish_reason,
            "logprobs": None,
        }
        if logprobs:
            choice["logprobs"] = {"content": [_logprob_json(one) for one in logprobs], "refusal": None}
        if stopped_by:
            choice["stopped_by"] = stopped_by
        return {**self._base, "object": "chat.completion.chunk", "choices": [choice]}


def _logprob_json(one: TokenLogprob) -> dict[str, Any]:
    written = {"token": one.text, "logprob": one.logprob, "bytes": list(one.data)}
    return {
        **written,
        "top_logprobs": [{"token": t.text, "logprob": t.logprob, "bytes": list(t.data)} for t in one.top],
    }


def _measured(piece: ChatPiece) -> dict[str, Any]:
    if piece.usage is None or piece.timings is None:
        return {}
    return {"usage": _usage_json(piece.usage), "timings": _timings_json(piece.usage, piece.timings)}


def _usage_json(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _timings_json(usage: Usage, timings: Timings) -> dict[str, Any]:
    """llama-server's names: prompt_n counts the tokens that were computed, cache_n those that were not."""
    computed = usage.prompt_tokens - usage.cached_tokens
    return {
        "cache_n": usage.cached_tokens,
        "prompt_n": computed,
        "prompt_ms": timings.prefill_s * 1000,
        "prompt_per_second": computed / timings.prefill_s if timings.prefill_s else 0.0,
        "predicted_n": usage.completion_tokens,
        "predicted_ms": timings.decode_s * 1000,
        "predicted_per_second": usage.completion_tokens / timings.decode_s if timings.decode_s else 0.0,
    }
