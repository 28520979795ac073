"""OpenAI's chat completion requests. No field that changes the answer is ignored; `chat.answer` writes the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.chat.media import Content, MediaPart
from inference.chat.request import ChatRequest
from inference.chat.tools import choose_tools, make_call_schema
from inference.errors import InvalidRequest, UnsupportedParameter

MediaAt = tuple[int, int]


class _ImageUrl(BaseModel):
    url: str


class _InputAudio(BaseModel):
    data: str
    format: str = "wav"


class WirePart(BaseModel):
    """A part of a message's content: `text`, `image_url` or `input_audio`."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str = ""
    image_url: _ImageUrl | None = None
    input_audio: _InputAudio | None = None


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[WirePart] | None = None
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
    parallel_tool_calls: bool | None = None
    repetition_stop: bool = True
    thinking: bool = False
    # Known to OpenAI, not to us. Their neutral values are accepted.
    n: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None

    def list_media(self) -> Iterator[tuple[MediaAt, WirePart]]:
        """Sounds and pictures in order, by the numbers of message and part. Raises UnsupportedParameter for parts of other kinds."""
        for at, message in enumerate(self.messages):
            for index, part in enumerate(message.content if isinstance(message.content, list) else ()):
                if part.type in ("image_url", "input_audio"):
                    yield (at, index), part
                elif part.type != "text":
                    raise UnsupportedParameter(
                        f"Parts of type {part.type!r} are not supported by this server.",
                        param=f"messages.{at}.content",
                    )


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


def to_request(
    body: ChatBody, *, media: Mapping[MediaAt, str | MediaPart] = MappingProxyType({})
) -> ChatRequest:
    """`media`: what stands for the parts of `list_media`. Raises InvalidRequest and UnsupportedParameter."""
    tools, forces_call = choose_tools(body.tools, body.tool_choice)
    schema = _read_schema(body.response_format)
    if tools and schema is not None:
        raise UnsupportedParameter(
            "response_format and tools exclude each other: the form binds from the first token.",
            param="tool_choice",
        )
    if body.thinking and (forces_call or schema is not None):
        raise UnsupportedParameter(
            "thinking and an answer in a given form exclude each other: the form binds from the first token.",
            param="thinking",
        )
    return ChatRequest(
        messages=[_to_message(message, at, media) for at, message in enumerate(body.messages)],
        max_tokens=body.max_completion_tokens or body.max_tokens,
        temperature=_default(body.temperature, ChatRequest.temperature),
        top_k=_default(body.top_k, ChatRequest.top_k),
        top_p=_default(body.top_p, ChatRequest.top_p),
        min_p=_default(body.min_p, ChatRequest.min_p),
        seed=None if body.seed is None else body.seed % (1 << 63),
        stop=(body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ()),
        schema=make_call_schema(tools) if forces_call else schema,
        tools=tools,
        forces_call=forces_call,
        max_calls=1 if body.parallel_tool_calls is False else None,
        top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        repetition_stop=body.repetition_stop,
        thinking=body.thinking,
    )


def _default(value: Any, default: Any) -> Any:
    return default if value is None else value


def _to_message(message: _Message, at: int, media: Mapping[MediaAt, str | MediaPart]) -> dict[str, Any]:
    content = message.content
    if isinstance(content, list):
        content = _join_parts([media.get((at, index), part.text) for index, part in enumerate(content)])
    read: dict[str, Any] = {
        "role": "system" if message.role == "developer" else message.role,
        "content": content or "",
    }
    for name in ("name", "tool_calls", "tool_call_id"):
        if value := getattr(message, name):
            read[name] = value
    return read


def _join_parts(parts: Sequence[str | MediaPart]) -> Content:
    """Neighbouring texts become one, a line each."""
    joined: list[str | MediaPart] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] = f"{joined[-1]}\n{part}"
        else:
            joined.append(part)
    return joined[0] if len(joined) == 1 and isinstance(joined[0], str) else tuple(joined)


def _read_schema(response_format: _ResponseFormat | None) -> dict[str, Any] | None:
    if response_format is None or response_format.type == "text":
        return None
    if response_format.type == "json_object":
        return {"type": "object"}
    if response_format.json_schema is None:
        raise InvalidRequest("response_format.json_schema is missing.", param="response_format.json_schema")
    schema = response_format.json_schema.schema_
    return {} if schema is True else schema
