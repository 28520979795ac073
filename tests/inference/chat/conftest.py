"""The engine on a random Gemma 4 that loads in 30 ms: real llama.cpp, real architecture, real window rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inference.chat.engine import ChatEngine
from inference.chat.native import NativeModel
from inference.chat.request import ChatPiece, ChatRequest
from inference.chat.vocabulary import Vocabulary
from tests.inference.tiny_gemma import write_tiny_gemma


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ends its turns after some words."""
    return write_tiny_gemma(tmp_path_factory.mktemp("tiny") / "model.gguf")


@pytest.fixture(scope="session")
def endless_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never ends a turn."""
    return write_tiny_gemma(tmp_path_factory.mktemp("endless") / "model.gguf", ends=-100.0)


@pytest.fixture(scope="session")
def vocabulary(tiny_path: Path) -> Iterator[Vocabulary]:
    model = NativeModel(tiny_path)
    yield model.vocabulary
    model.close()


@pytest.fixture
def make_engine() -> Iterator[Callable[..., ChatEngine]]:
    """`make_engine(path, **options)`: a loaded engine, closed after the test."""
    engines = []

    def make(path: Path, **options: object) -> ChatEngine:
        engine = ChatEngine(path, **{"n_ctx": 1024, "threads": 1, "piece_tokens": 64, **options})
        engine.load()
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.close()


def ask(system: str, user: str, **options: object) -> ChatRequest:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return ChatRequest(messages=messages, **{"temperature": 0.0, "max_tokens": 12, **options})


def run(engine: ChatEngine, request: ChatRequest) -> tuple[str, ChatPiece]:
    """All of the text, and the last piece."""
    pieces = [piece for piece in engine.generate(request) if piece]
    return "".join(piece.text for piece in pieces), pieces[-1]
