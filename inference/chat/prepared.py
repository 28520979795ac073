"""A chat request after everything that can be refused was refused."""

from __future__ import annotations

from dataclasses import dataclass

from inference.chat.projector import Span
from inference.chat.request import ChatRequest


@dataclass(frozen=True)
class PreparedChat:
    """A request that was checked: it fits, its template renders, its schema can be honoured."""

    request: ChatRequest
    prompt: list[int]
    max_tokens: int
    grammar_text: str | None
    spans: tuple[Span, ...] = ()

    def list_solids(self) -> list[tuple[int, int]]:
        """Where the prompt holds pictures."""
        places = {span.places[0]: len(span.places) for span in self.spans if span.is_whole}
        return [(at, at + places[token]) for at, token in enumerate(self.prompt) if token in places]
