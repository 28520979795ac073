"""A chat model for tests: it answers what a function of the prompt says. With the real one: tests/models/test_notes_real.py."""

import json
import re
from collections.abc import Callable, Sequence

import numpy as np

from meetings.inference_client import ChatAnswer

SMALL = {"id": "tiny-1.5b", "role": "chat", "profile": "compact", "context_length": 8192, "sha256": "ab"}
LARGE = {"id": "big-12b", "role": "chat", "profile": "full", "context_length": 32768, "sha256": "cd"}


def get_said(messages: Sequence[dict]) -> list[str]:
    """The lines between the marks of the last message."""
    block = re.search(r"<(transcript|points)>\n(.*?)\n</\1>", messages[-1]["content"], re.DOTALL)
    return block[2].splitlines() if block else []


def get_shape(schema: dict | None) -> set[str]:
    """The names of the fields asked for."""
    return set((schema or {}).get("properties", {}))


def quote_lines(messages: Sequence[dict], schema: dict | None) -> str:
    """An honest writer: repeats what was said, in every shape."""
    texts = [line.partition(": ")[2] or line for line in get_said(messages)]
    last = max(texts, key=len, default="Nothing")
    shape = get_shape(schema)
    if shape == {"text"}:
        return json.dumps({"text": last})
    if shape == {"texts"}:
        return json.dumps({"texts": [last]})
    if shape == {"title"}:
        return json.dumps({"title": " ".join(last.split()[:3])})
    if shape == {"title", "sentence"}:
        return json.dumps({"title": " ".join(last.split()[:3]), "sentence": last})
    if shape == {"sentences"}:
        point = get_said(messages)[0].partition(". ")[2]
        return json.dumps({"sentences": [{"text": point, "points": [1]}]})
    return "{}"


class ScriptedClient:
    """`answer(messages, schema)` gives the text, or a whole ChatAnswer, or raises. `prompts` keeps every conversation that was sent."""

    def __init__(self, answer: Callable = quote_lines, *, model: dict = SMALL) -> None:
        self.answer, self.model = answer, model
        self.prompts: list[list[dict]] = []
        self.priority = "batch"

    def set_priority(self, priority: str) -> None:
        self.priority = priority

    def chat(
        self, messages, *, max_tokens, schema=None, top_logprobs=0, timeout_s=None, **options
    ) -> ChatAnswer:
        self.timeout_s = timeout_s
        self.prompts.append(list(messages))
        said = self.answer(messages, schema)
        return said if isinstance(said, ChatAnswer) else ChatAnswer(text=said, finish_reason="stop")

    def embed(self, texts: Sequence[str], **options) -> np.ndarray:
        """Bags of words by hash, length 1: alike when words are."""
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, sum(map(ord, word)) % 384] += 1
        return vectors / np.maximum(1e-9, np.linalg.norm(vectors, axis=1, keepdims=True))

    def describe_models(self) -> list[dict]:
        return [self.model]
