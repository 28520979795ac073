"""A model server with a chat route alone, real llama.cpp and a random model: `python -m tests.faults.tiny_chat_server MODEL PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from inference.chat.engine import ChatEngine
from tests.inference.routes.test_chat_remote import make_app


def main(model: str, port: str) -> None:
    engine = ChatEngine(Path(model), n_ctx=1024, threads=1, piece_tokens=64, name="tiny")
    engine.load()
    uvicorn.run(make_app(engine), host="127.0.0.1", port=int(port), lifespan="off", log_level="error")


if __name__ == "__main__":
    main(*sys.argv[1:])
