"""What the chat model at hand can do, and how it is asked.

compact profile, or under 2.5 GB, or under 4 billion parameters by its name ──▶ small: candidates by rule, one item at a time
everything else                                                             ──▶ large: whole windows
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from ..errors import MinutebookError
from ..inference_client import ChatAnswer, InferenceBroken, InferenceClient, InferenceRefused
from ..schemas import build_schema, parse_answer

T = TypeVar("T", bound=BaseModel)

SMALL_BYTES = 2_500_000_000
SMALL_BILLIONS = 4.0
DEFAULT_CONTEXT = 4096
# In less no model answers.
SHORTEST_S = 1.0
# What a prompt needs beside what was said: instruction, examples, the answer.
_OVERHEAD_TOKENS = 900
_BILLIONS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)


class NoChatModel(MinutebookError):
    """The model server has nothing that writes. Not retryable: somebody has to give it a model."""

    code = "no_chat_model"
    text = "The model server has no chat model, so no notes could be written. The transcript is complete. See the page Models."


@dataclass(frozen=True, kw_only=True)
class ChatModel:
    """`context_tokens` bounds a prompt and its answer together. `can_see`: it takes in pictures itself."""

    name: str
    sha256: str | None
    context_tokens: int
    strategy: Literal["small", "large"]
    can_see: bool = False

    @property
    def window_tokens(self) -> int:
        """How much of what was said goes into one prompt. A small model loses the thread in a long one."""
        room = max(256, self.context_tokens - _OVERHEAD_TOKENS)
        return min(room, 1500) if self.strategy == "small" else min(room * 3 // 5, 8000)


def choose_model(client: InferenceClient) -> ChatModel:
    """The chat model and the strategy for it. Raises NoChatModel, InferenceUnavailable, InferenceRefused."""
    models = client.describe_models()
    chats = [model for model in models if model.get("role") == "chat"]
    # Another server by URL lists models without roles; what it lists can chat.
    chats = chats or [model for model in models if "role" not in model]
    if not chats:
        raise NoChatModel
    model = chats[0]
    context = model.get("context_length") or model.get("max_model_len") or DEFAULT_CONTEXT
    return ChatModel(
        name=str(model.get("id") or "unknown"),
        sha256=model.get("sha256"),
        context_tokens=int(context),
        strategy="small" if is_small(model) else "large",
        can_see="image" in (model.get("capabilities") or ()),
    )


def is_small(model: dict) -> bool:
    """See the head of this module."""
    if model.get("profile") == "compact":
        return True
    size = model.get("size_bytes")
    if isinstance(size, int) and 0 < size < SMALL_BYTES:
        return True
    billions = [float(number) for number in _BILLIONS.findall(str(model.get("id") or ""))]
    return bool(billions) and max(billions) < SMALL_BILLIONS


@dataclass(kw_only=True)
class Writer:
    """Asks the chat model and keeps count. `asked` and `unusable` go into the provenance of the notes. `left_s`: for how long the model may
    still be asked (None: as long as it takes); past it everything goes on as if it had no answer."""

    client: InferenceClient
    model: ChatModel
    left_s: Callable[[], float | None] = lambda: None
    asked: int = 0
    unusable: int = 0
    timings_ms: dict[str, int] = field(default_factory=dict)

    def ask(
        self,
        messages: Sequence[dict],
        answer: type[T],
        *,
        max_tokens: int,
        watch: Callable[[str], None] | None = None,
        **closed_lists: list,
    ) -> T | None:
        """The answer in its shape, or None when the model gave none that can be used (cut off, a loop, nonsense, prompt too long).
        `watch`: called with the JSON so far.

        Raises InferenceUnavailable (retryable).
        """
        schema = build_schema(answer, **closed_lists)
        said = self._chat(messages, max_tokens=max_tokens, schema=schema, watch=watch)
        if said is None:
            return None
        parsed = parse_answer(answer, said.text) if said.stopped_by != "repetition" else None
        self.unusable += parsed is None
        return parsed

    def score_yes(self, messages: Sequence[dict], *, yes: Sequence[str], no: Sequence[str]) -> float | None:
        """ln p(yes) - ln p(no) of the first token; None when neither is among the likeliest. Raises InferenceUnavailable (retryable)."""
        said = self._chat(messages, max_tokens=1, top_logprobs=20)
        if said is None:
            return None
        table = {token.strip().casefold(): value for token, value in reversed(list(said.logprobs.items()))}
        scores = [[table[word] for word in words if word in table] for words in (yes, no)]
        if not any(scores):
            return None
        floor = min(table.values())
        return max(scores[0], default=floor) - max(scores[1], default=floor)

    def _chat(self, messages: Sequence[dict], **options: Any) -> ChatAnswer | None:
        left_s = self.left_s()
        if left_s is not None:
            if left_s < SHORTEST_S:
                return None
            options["timeout_s"] = left_s
        self.asked += 1
        try:
            return self.client.chat(list(messages), **options)
        except InferenceRefused:
            # This one prompt is refused (too long, a schema another server cannot honour); others may be answered.
            self.unusable += 1
            return None
        except InferenceBroken:
            if left_s is None or (self.left_s() or 0) >= SHORTEST_S:
                raise
            # It was still at it when the time was over.
            self.unusable += 1
            return None
