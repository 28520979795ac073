"""The engine's pieces as OpenAI's chat completion objects."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from inference.chat.request import ChatPiece, Timings, TokenLogprob, ToolCall, Usage
from inference.chat.tools import parse_forced_call, to_openai_call


class AnswerWriter:
    """Turns the engine's pieces into OpenAI's objects; one per request. `forces_call`: the answer is a tool call in JSON."""

    def __init__(
        self, *, model: str, forces_call: bool = False, fallbacks: Sequence[dict[str, Any]] = ()
    ) -> None:
        """`fallbacks`: sounds and pictures that another engine put into words."""
        self._forces_call = forces_call
        self._noted = {"x-fallback": list(fallbacks)} if fallbacks else {}
        self._text: list[str] = []
        self._calls = 0
        self._base = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def completion(self, pieces: list[ChatPiece]) -> dict[str, Any]:
        last = pieces[-1]
        logprobs = [one for piece in pieces for one in piece.logprobs]
        text = "".join(piece.text for piece in pieces)
        forced = parse_forced_call(text) if self._forces_call else None
        calls = [forced] if forced else [call for piece in pieces for call in piece.calls]
        message: dict[str, Any] = {"content": text}
        if calls:
            said = None if forced else text.strip() or None
            message = {"content": said, "tool_calls": [to_openai_call(call) for call in calls]}
        if thought := "".join(piece.thought for piece in pieces):
            message["reasoning_content"] = thought  # llama-server's name
        choice = {
            "index": 0,
            "message": {"role": "assistant", "refusal": None, **message},
            "finish_reason": _reason(last, has_calls=bool(calls)),
            "stopped_by": last.stopped_by,
            "logprobs": None,
        }
        if logprobs:
            choice["logprobs"] = {"content": [_logprob_json(one) for one in logprobs], "refusal": None}
        return {
            **self._base,
            "object": "chat.completion",
            "choices": [choice],
            **_measured(last),
            **self._noted,
        }

    def first_chunk(self) -> dict[str, Any]:
        return {**self._chunk({"role": "assistant", "content": ""}), **self._noted}

    def chunks(self, piece: ChatPiece, *, include_usage: bool) -> list[dict[str, Any]]:
        """The chunks of one piece: its text, its calls, each whole, and for the last piece the reason of the end and, if wanted, the usage."""
        chunks = []
        calls = piece.calls
        if self._forces_call:
            self._text.append(piece.text)
            forced = parse_forced_call("".join(self._text)) if piece.finish_reason else None
            calls = (forced,) if forced else ()
        elif piece.text or piece.logprobs:
            chunks.append(self._chunk({"content": piece.text}, logprobs=piece.logprobs))
        if piece.thought:
            chunks.append(self._chunk({"reasoning_content": piece.thought}))
        chunks += [self._chunk({"tool_calls": [self._number(call)]}) for call in calls]
        if piece.finish_reason:
            reason = _reason(piece, has_calls=self._calls > 0)
            last = self._chunk({}, finish_reason=reason, stopped_by=piece.stopped_by)
            measured = _measured(piece)
            chunks.append({**last, "timings": measured.get("timings")})
            if include_usage:
                chunks.append({**self._base, "object": "chat.completion.chunk", "choices": [], **measured})
        return chunks

    def _number(self, call: ToolCall) -> dict[str, Any]:
        self._calls += 1
        return {"index": self._calls - 1, **to_openai_call(call)}

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


def _reason(last: ChatPiece, *, has_calls: bool) -> str | None:
    """A turn that was cut off behind a call says so: more calls may have been meant."""
    return "tool_calls" if has_calls and last.finish_reason == "stop" else last.finish_reason


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
        **_guesses_json(timings),
    }


def _guesses_json(timings: Timings) -> dict[str, int]:
    """llama-server's names; left out as there when nothing was guessed."""
    if not timings.guessed_tokens:
        return {}
    return {"draft_n": timings.guessed_tokens, "draft_n_accepted": timings.accepted_tokens}
