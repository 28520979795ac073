"""Another server in place of the chat model of this one (`CHAT_BASE_URL`): any that speaks OpenAI's chat completions.

    request ─▶ this server: checked, sound and pictures put into words ─▶ the other server ─▶ its answer, as it comes

Callers know one address only. The model thread takes no part, so a long answer holds up nothing here.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from inference.chat.media import MediaPart
from inference.chat.request import ModelFacts
from inference.chat.wire import MediaAt
from inference.errors import InferenceError

CONNECT_S = 5.0
PIECE_S = 600.0  # between two pieces of an answer
UNKNOWN_CONTEXT = 8192
OWN_FIELDS = ("repetition_stop", "thinking")  # extensions only a server of ours knows; others may refuse them


class ChatUnreachable(InferenceError):
    """The server of CHAT_BASE_URL does not answer, or broke off. Retryable."""

    status = 503
    type = "server_error"
    code = "chat_unreachable"
    retryable = True


class ChatRefused(InferenceError):
    """The server of CHAT_BASE_URL refused the request; `status` and `retryable` are its own."""

    status = 502
    type = "invalid_request_error"
    code = "chat_refused"

    def __init__(self, status: int) -> None:
        super().__init__(f"The server of CHAT_BASE_URL refused the request (status {status}).")
        self.status = status
        self.retryable = status == 429 or status >= 500


class RemoteChat:
    """As an engine, so that it stands where one stands; but its answers are forwarded, not computed."""

    can_hear = can_see = False

    def __init__(self, base_url: str, *, api_key: str | None = None, model: str | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._model = model
        self._entry: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._model or self._entry.get("id") or "chat"

    def load(self) -> None:
        """Ask which models it has. One that does not answer yet is no failure: it is asked again with each request until it does."""
        try:
            answer = httpx.get(f"{self._base_url}/models", headers=self._headers, timeout=CONNECT_S)
            models = answer.raise_for_status().json()["data"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return
        known = [one for one in models if isinstance(one, dict) and isinstance(one.get("id"), str)]
        chat = [one for one in known if one.get("role", "chat") == "chat"]
        if self._model:
            self._entry = next((one for one in chat if one["id"] == self._model), {"id": self._model})
        elif chat:
            self._entry = chat[0]

    def warm(self) -> None: ...

    def close(self) -> None: ...

    @property
    def is_known(self) -> bool:
        return bool(self._entry)

    def get_facts(self) -> ModelFacts:
        meta = self._entry.get("meta")  # llama-server's
        length = (
            self._entry.get("context_length")
            or self._entry.get("max_model_len")
            or (meta.get("n_ctx") if isinstance(meta, dict) else None)
        )
        return ModelFacts(
            description="another server",
            context_length=length if isinstance(length, int) else UNKNOWN_CONTEXT,
        )

    def rewrite(self, data: bytes, media: dict[MediaAt, str | MediaPart]) -> bytes:
        """The request as it is sent on: its model, and words in place of sounds and pictures."""
        body = json.loads(data)
        body["model"] = self.name
        if "role" not in self._entry:
            body = {name: value for name, value in body.items() if name not in OWN_FIELDS}
        for (at, index), text in media.items():
            body["messages"][at]["content"][index] = {"type": "text", "text": text}
        return json.dumps(body, ensure_ascii=False).encode()

    async def complete(self, data: bytes, *, priority: str) -> dict[str, Any]:
        """The whole answer. Raises ChatUnreachable, ChatRefused."""
        chunks = [chunk async for chunk in self.stream(data, priority=priority)]
        try:
            answer = json.loads(b"".join(chunks))
        except ValueError as error:
            raise ChatUnreachable("The server of CHAT_BASE_URL broke off its answer.") from error
        if not isinstance(answer, dict):
            raise ChatUnreachable("The server of CHAT_BASE_URL did not answer as OpenAI's does.")
        return answer

    async def stream(self, data: bytes, *, priority: str) -> AsyncIterator[bytes]:
        """The answer's bytes as they come; nothing of a refusal's words is passed on, since they may repeat what was asked. Raises
        ChatUnreachable, ChatRefused."""
        headers = {**self._headers, "Content-Type": "application/json", "X-Priority": priority}
        timeout = httpx.Timeout(PIECE_S, connect=CONNECT_S)
        try:
            async with (
                httpx.AsyncClient(timeout=timeout) as client,
                client.stream(
                    "POST", f"{self._base_url}/chat/completions", content=data, headers=headers
                ) as answer,
            ):
                if answer.status_code != 200:
                    raise ChatRefused(answer.status_code)
                async for chunk in answer.aiter_bytes():
                    yield chunk
        except httpx.HTTPError as error:
            raise ChatUnreachable("The server of CHAT_BASE_URL does not answer.", retry_after_s=5) from error
