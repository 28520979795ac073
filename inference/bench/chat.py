"""Rows about the chat engine."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from inference.bench.figures import Figure, Goal, compare
from inference.bench.ground import Ground
from inference.bench.llama_loop import LlamaLoop
from inference.chat.engine import ChatEngine
from inference.chat.request import ChatPiece, ChatRequest

ROUNDS = 2
PROMPT_TOKENS = 512
WRITTEN_TOKENS = 64
TRANSCRIPT_TOKENS = 6000
NAMES = ("Priya", "Tom", "Elena", "Marcus")
SENTENCES = (
    "we went through the open points and two of them are closed now",
    "the supplier wants an answer before the end of the week",
    "the second price list has a mistake in the third column",
    "nobody has tested the new build on the old machines yet",
    "I can write to the customers as soon as the text is agreed",
)
SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "owner": {"type": "string"},
                    "task": {"type": "string"},
                    "is_urgent": {"type": "boolean"},
                },
                "required": ["owner", "task", "is_urgent"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}


def measure_schema(ground: Ground) -> list[Figure]:
    """Tokens per second while writing, with a schema and without, in turns."""
    engine = ground.chat
    free, bound = [], []
    for round_ in range(ROUNDS):
        ask = f"Round {round_}. List twelve tasks of a product launch as JSON, each with owner, task and is_urgent."
        free.append(measure_decode_tps(engine, ask, schema=None))
        bound.append(measure_decode_tps(engine, ask, schema=SCHEMA))
    note = f"tokens/s, medians of {ROUNDS} runs of {WRITTEN_TOKENS} tokens in turns"
    return [
        compare(
            "schema",
            "decoding under a JSON schema ÷ free decoding",
            ours=median(bound),
            other=median(free),
            goal=Goal(limit=0.9, is_floor=True),
            note=note,
        )
    ]


def measure_engine(ground: Ground) -> list[Figure]:
    """Reading a prompt and writing behind it, by our engine and by llama.cpp's calls alone, in turns."""
    engine = ground.chat
    path = ground.profile.files("chat", models_dir=ground.settings.models_dir)[0]
    speeds: dict[str, list[float]] = {"ours read": [], "ours write": [], "loop read": [], "loop write": []}
    loop = LlamaLoop(path, n_ctx=2 * PROMPT_TOKENS, threads=ground.settings.threads)
    try:
        for round_ in range(ROUNDS):
            last = ask(engine, make_prompt(engine, PROMPT_TOKENS, salt=round_), max_tokens=WRITTEN_TOKENS)
            speeds["ours read"].append(read_tps(last))
            speeds["ours write"].append(write_tps(last))
            read, write = loop.run(read=PROMPT_TOKENS, write=WRITTEN_TOKENS)
            speeds["loop read"].append(read)
            speeds["loop write"].append(write)
    finally:
        loop.close()
    found = {name: median(values) for name, values in speeds.items()}
    goal = Goal(limit=0.95, is_floor=True)
    note = (
        f"tokens/s, medians of {ROUNDS} turns; the other side is a bare loop of llama_decode as in llama-bench, with batches of 512: "
        "no llama-bench program is used"
    )
    return [
        compare(
            "engine",
            f"reading {PROMPT_TOKENS} tokens",
            ours=found["ours read"],
            other=found["loop read"],
            goal=goal,
        ),
        compare(
            "engine",
            f"writing {WRITTEN_TOKENS} tokens behind them",
            ours=found["ours write"],
            other=found["loop write"],
            goal=goal,
            note=note,
        ),
    ]


def measure_question(ground: Ground) -> list[Figure]:
    """Time to the first token of two questions about one transcript."""
    engine = ground.chat
    transcript = make_prompt(engine, TRANSCRIPT_TOKENS, salt=7)
    times = [
        measure_first_token_s(engine, f"{transcript}\n\nQuestion: {question}")
        for question in ("Who writes to the customers?", "What is wrong with the price list?")
    ]
    return [
        compare(
            "question",
            "second question's time to first token ÷ first question's",
            ours=times[1],
            other=times[0],
            goal=Goal(limit=0.1),
            note="seconds",
        )
    ]


def measure_decode_tps(engine: ChatEngine, prompt: str, *, schema: dict[str, Any] | None) -> float:
    return write_tps(ask(engine, prompt, max_tokens=WRITTEN_TOKENS, schema=schema))


def measure_first_token_s(engine: ChatEngine, prompt: str) -> float:
    started_at = time.monotonic()
    request = ChatRequest(
        messages=[{"role": "user", "content": prompt}], temperature=0.0, max_tokens=WRITTEN_TOKENS
    )
    for piece in engine.generate(request):
        if piece is not None:
            return time.monotonic() - started_at
    raise RuntimeError("a generation ends with a piece")


def ask(
    engine: ChatEngine, prompt: str, *, max_tokens: int, schema: dict[str, Any] | None = None
) -> ChatPiece:
    """The last piece, which has the figures."""
    request = ChatRequest(
        messages=[{"role": "user", "content": prompt}],
        temperature=0.0,
        max_tokens=max_tokens,
        schema=schema,
        repetition_stop=False,
    )
    return [piece for piece in engine.generate(request) if piece is not None][-1]


def read_tps(last: ChatPiece) -> float:
    return (last.usage.prompt_tokens - last.usage.cached_tokens) / last.timings.prefill_s


def write_tps(last: ChatPiece) -> float:
    """Steps, not tokens of the answer: the end of it is computed too."""
    return max(1, last.usage.completion_tokens) / last.timings.decode_s


def make_prompt(engine: ChatEngine, tokens: int, *, salt: int) -> str:
    """A transcript of about so many tokens; another `salt` gives another one from its first line on."""
    lines: list[str] = [f"Transcript of meeting {salt * 7919}."]
    count = 0
    while count < tokens:
        number = len(lines)
        name, sentence = NAMES[(number + salt) % len(NAMES)], SENTENCES[number * (salt + 1) % len(SENTENCES)]
        lines.append(f"[{number * 7}] {name}: {sentence}, as in point {number + salt}.")
        count += engine.count_tokens(lines[-1]) + 1
    return "\n".join(lines)
