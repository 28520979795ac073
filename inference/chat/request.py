"""What the engine is asked and what it answers, free of HTTP and of llama.cpp."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """One generation.

    `messages` are OpenAI messages whose content is a string, or a tuple of strings, sounds and pictures (`chat.media`). `temperature` 0 means the most probable token;
    `top_k` 0, `top_p` 1 and `min_p` 0 switch a filter off. `max_tokens` None means: to the end of the context.
    `schema` is a JSON schema the answer must follow, see `chat.schema` for what can be honoured. `top_logprobs` None means no
    logprobs, 0 those of the sampled tokens only. `tools` are told to the model, which may call up to `max_calls` of them (None: any number)
    in its own notation; where `forces_call`, the answer is one call in JSON, held to it by `schema`. Two requests with the same seed give the same text on the same machine.
    """

    messages: list[dict[str, Any]]
    max_tokens: int | None = None
    temperature: float = 1.0
    top_k: int = 40
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | bool | None = None
    top_logprobs: int | None = None
    tools: tuple[dict[str, Any], ...] = ()
    forces_call: bool = False
    max_calls: int | None = None
    repetition_stop: bool = True
    thinking: bool = False


@dataclass(frozen=True, kw_only=True)
class TokenLogprob:
    """A token and the natural logarithm of its probability, before temperature, filters and grammar."""

    text: str
    data: bytes
    logprob: float
    top: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call the model made by itself. Its arguments are JSON, but nobody has checked them against the tool's parameters."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds of computing, without the pauses in which more urgent work ran; as llama-server's `timings`. Of the tokens a drafter guessed
    some were accepted; both 0 without one."""

    prefill_s: float
    decode_s: float
    guessed_tokens: int = 0
    accepted_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class ChatPiece:
    """The text of zero or more tokens, what was thought and which tools were called. The last piece of a generation, and only it, has a
    `finish_reason`.

    `stopped_by`: "end" (the model), "stop" (a stop string), "calls" (as many as wanted), "max_tokens", "context", "repetition" or "grammar".
    """

    text: str = ""
    thought: str = ""
    calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: str | None = None
    stopped_by: str | None = None
    usage: Usage | None = None
    timings: Timings | None = None


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What a caller may want to know about the loaded chat model. `device`: gpu or cpu; None where another server has it."""

    description: str
    context_length: int
    device: str | None = None
    capabilities: tuple[str, ...] = field(default=("chat", "json_schema", "logprobs", "tools"))
