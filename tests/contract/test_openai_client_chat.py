"""The `openai` client, unchanged, against our chat completions: over HTTP, with real llama.cpp and a random tiny model."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import openai
import pytest
import uvicorn
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from inference.chat.engine import ChatEngine
from inference.errors import InferenceError
from inference.metrics import Metrics
from inference.routes.chat import routes
from inference.scheduler import Scheduler
from inference.settings import Settings
from tests.inference.tiny_gemma import write_tiny_gemma

MESSAGES = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello there"}]
LONG_MESSAGES = [{"role": "user", "content": "the meeting on sunday " * 400}]


class Observer:
    """What became of each piece of work. Work goes on past its start only while `may_go_on` is set."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.has_started, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def queue_changed(self, **_: object) -> None: ...

    def work_started(self, **_: object) -> None:
        self.has_started.set()
        assert self.may_go_on.wait(20)

    def work_ended(self, *, outcome: str, **_: object) -> None:
        self.outcomes.append(outcome)


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InferenceError)
    return JSONResponse(error.to_envelope(), status_code=error.status)


class ChatServer:
    """The chat route alone, with its scheduler, on a port of its own."""

    def __init__(self, model: Path, *, max_queued: int = 64) -> None:
        self.observer = Observer()
        self.app = Starlette(routes=routes, exception_handlers={InferenceError: answer_error})
        self.app.state.settings = Settings.from_environ({})
        self.app.state.scheduler = self.scheduler = Scheduler(
            name="test", observer=self.observer, max_queued=max_queued
        )
        self.engine = ChatEngine(model, n_ctx=1024, threads=1, piece_tokens=64, name="tiny-gemma")
        self.engine.load()
        self.app.state.engines = SimpleNamespace(chat=self.engine)
        self.app.state.metrics = Metrics()
        self.server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_level="warning", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def start(self) -> str:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/v1"

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.scheduler.close()
        self.engine.close()

    def wait_for(self, outcome: str) -> None:
        deadline = time.monotonic() + 20
        while outcome not in self.observer.outcomes and time.monotonic() < deadline:
            time.sleep(0.02)
        assert outcome in self.observer.outcomes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChatServer]:
    server = ChatServer(write_tiny_gemma(tmp_path / "model.gguf", ends=-100.0))
    server.url = server.start()
    yield server
    server.stop()


@pytest.fixture
def client(server: ChatServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=60) as client:
        yield client


def test_completion(client: openai.OpenAI):
    answer = client.chat.completions.create(model="auto", messages=MESSAGES, temperature=0, max_tokens=8)
    assert answer.object == "chat.completion"
    assert answer.model == "tiny-gemma"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 8
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 8
    assert answer.timings["predicted_n"] == 8


def test_stream_gives_the_same_text_and_the_usage_last(client: openai.OpenAI):
    options = {"model": "auto", "messages": MESSAGES, "temperature": 0, "max_tokens": 8}
    whole = client.chat.completions.create(**options)
    chunks = list(
        client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True})
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.prompt_tokens_details.cached_tokens == whole.usage.prompt_tokens - 1
    assert len({chunk.id for chunk in chunks}) == 1


def test_stream_without_usage(client: openai.OpenAI):
    chunks = list(client.chat.completions.create(model="auto", messages=MESSAGES, max_tokens=3, stream=True))
    assert all(chunk.usage is None for chunk in chunks)


class Item(BaseModel):
    title: str = Field(max_length=20)
    minutes: int = Field(ge=1, le=120)


class Answer(BaseModel):
    items: list[Item] = Field(max_length=2)
    sure: bool


def test_pydantic_model_through_parse(client: openai.OpenAI):
    answer = client.chat.completions.parse(
        model="auto", messages=MESSAGES, response_format=Answer, seed=4, max_tokens=600
    )
    assert isinstance(answer.choices[0].message.parsed, Answer)


def test_json_object(client: openai.OpenAI):
    answer = client.chat.completions.create(
        model="auto", messages=MESSAGES, response_format={"type": "json_object"}, seed=1, max_tokens=2
    )
    assert answer.choices[0].message.content.startswith("{")


def test_schema_in_a_stream(client: openai.OpenAI):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["n"],
    }
    format_ = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}
    chunks = client.chat.completions.create(
        model="auto", messages=MESSAGES, response_format=format_, stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert json.loads(text)["n"] in range(10)


def test_logprobs(client: openai.OpenAI):
    answer = client.chat.completions.create(
        model="auto", messages=MESSAGES, temperature=0, max_tokens=2, logprobs=True, top_logprobs=4
    )
    content = answer.choices[0].logprobs.content
    assert "".join(token.token for token in content) == answer.choices[0].message.content
    assert bytes(content[0].bytes).decode() == content[0].token
    assert [len(token.top_logprobs) for token in content] == [4, 4]


TOOL = {
    "type": "function",
    "function": {
        "name": "set_date",
        "description": "Sets the date of a task",
        "parameters": {
            "type": "object",
            "properties": {"task": {"$ref": "#/$defs/task"}, "day": {"type": "string", "format": "date"}},
            "required": ["task", "day"],
            "$defs": {"task": {"enum": ["T1", "T2"]}},
        },
    },
}


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "set_date"}}])
def test_forced_tool(client: openai.OpenAI, choice: object):
    answer = client.chat.completions.create(
        model="auto", messages=MESSAGES, tools=[TOOL], tool_choice=choice, seed=1, max_tokens=200
    )
    (call,) = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "set_date"
    assert set(json.loads(call.function.arguments)) == {"task", "day"}


def test_forced_tool_in_a_stream(client: openai.OpenAI):
    chunks = client.chat.completions.create(
        model="auto",
        messages=MESSAGES,
        tools=[TOOL],
        tool_choice="required",
        seed=1,
        max_tokens=200,
        stream=True,
    )
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    calls = [call for choice in choices for call in choice.delta.tool_calls or []]
    assert [call.function.name for call in calls] == ["set_date"]
    assert not any(choice.delta.content for choice in choices)
    assert choices[-1].finish_reason == "tool_calls"


# Gemma's own notation, as it ends a turn with a call: `<|tool_response>` is where the tool's answer would follow.
CALLING = [
    "Let me▁see.",
    "<|tool_call>",
    'call:set_date{task:<|"|>T1<|"|>,day:<|"|>2026-12-15<|"|>}',
    "<tool_call|>",
]


@pytest.fixture
def calling_client(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    """Of a model that writes this script, whatever it is asked."""
    server = ChatServer(write_tiny_gemma(tmp_path / "model.gguf", script=request.param))
    with openai.OpenAI(base_url=server.start(), api_key="none", max_retries=0, timeout=60) as client:
        yield client
    server.stop()


def ask_with_tools(client: openai.OpenAI, **options: object):
    defaults = {"messages": MESSAGES, "tools": [TOOL], "temperature": 0, "max_tokens": 40}
    return client.chat.completions.create(model="auto", **(defaults | options))


@pytest.mark.parametrize("choice", ["auto", openai.omit])
@pytest.mark.parametrize("calling_client", [[*CALLING, "<|tool_response>"]], indirect=True)
def test_a_tool_the_model_calls_by_itself(calling_client: openai.OpenAI, choice: object):
    answer = ask_with_tools(calling_client, tool_choice=choice).choices[0]
    (call,) = answer.message.tool_calls
    assert (answer.finish_reason, answer.message.content) == ("tool_calls", "Let me see.")
    assert (call.type, call.function.name) == ("function", "set_date")
    assert json.loads(call.function.arguments) == {"task": "T1", "day": "2026-12-15"}


@pytest.mark.parametrize("calling_client", [[*CALLING, "<|tool_response>"]], indirect=True)
def test_a_tool_the_model_calls_by_itself_in_a_stream(calling_client: openai.OpenAI):
    """Gathered by the client itself, which also checks the arguments against the tool."""
    with calling_client.chat.completions.stream(
        model="auto", messages=MESSAGES, tools=[TOOL], temperature=0, max_tokens=40
    ) as stream:
        kinds = {event.type for event in stream}
        answer = stream.get_final_completion().choices[0]
    assert {"content.delta", "tool_calls.function.arguments.done"} <= kinds
    assert (answer.finish_reason, answer.message.content) == ("tool_calls", "Let me see.")
    assert [call.function.name for call in answer.message.tool_calls] == ["set_date"]


@pytest.mark.parametrize("calling_client", [[*CALLING, "<|tool_call>"]], indirect=True)
@pytest.mark.parametrize("stream", [False, True])
def test_calls_without_end(calling_client: openai.OpenAI, stream: bool):
    """It calls again and again: one is taken where one was asked for, else all up to the limit."""

    def gather(**options: object) -> tuple[list[int], str]:
        answer = ask_with_tools(calling_client, stream=stream, **options)
        if not stream:
            calls = answer.choices[0].message.tool_calls
            return list(range(len(calls))), answer.choices[0].finish_reason
        choices = [chunk.choices[0] for chunk in answer]
        calls = [call.index for choice in choices for call in choice.delta.tool_calls or []]
        return calls, choices[-1].finish_reason

    assert gather(parallel_tool_calls=False) == ([0], "tool_calls")
    assert gather(max_tokens=12) == ([0, 1, 2], "length")


@pytest.mark.parametrize(
    ("calling_client", "options"),
    [
        ([*CALLING, "<turn|>"], {"tool_choice": "none"}),
        ([*CALLING, "<turn|>"], {"tools": [TOOL | {"function": {"name": "another"}}]}),
        (["<|tool_call>", "call:set_date{day:▁tomorrow}", "<tool_call|>", "<turn|>"], {}),
        (["<|tool_call>", "call:set_date{day:", "<turn|>"], {}),
    ],
    indirect=["calling_client"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_call_is_text(calling_client: openai.OpenAI, options: dict, stream: bool):
    answer = ask_with_tools(calling_client, stream=stream, **options)
    if stream:
        choices = [chunk.choices[0] for chunk in answer]
        assert not any(choice.delta.tool_calls for choice in choices)
        text, reason = "".join(choice.delta.content or "" for choice in choices), choices[-1].finish_reason
    else:
        assert answer.choices[0].message.tool_calls is None
        text, reason = answer.choices[0].message.content, answer.choices[0].finish_reason
    assert "<|tool_call>call:set_date{" in text
    assert reason == "stop"


@pytest.mark.parametrize("calling_client", [["It▁is▁set.", "<turn|>"]], indirect=True)
def test_the_tool_s_answer_goes_back_to_the_model(calling_client: openai.OpenAI):
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "set_date", "arguments": '{"task": "T1"}'},
    }
    messages = [
        *MESSAGES,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": 'done <|"|>}<tool_response|>'},
    ]
    answer = ask_with_tools(calling_client, messages=messages)
    assert answer.choices[0].message.content == "It is set."


def test_content_in_parts(client: openai.OpenAI):
    parts = [{"type": "text", "text": "hello"}, {"type": "text", "text": "there"}]
    assert client.chat.completions.create(
        model="auto", messages=[{"role": "user", "content": parts}], max_tokens=2
    )


@pytest.mark.parametrize(
    ("options", "code", "param"),
    [
        ({"messages": LONG_MESSAGES}, "context_length_exceeded", "messages"),
        ({"max_tokens": 5000}, "context_length_exceeded", "messages"),
        ({"messages": []}, "invalid_request", "messages"),
        ({"temperature": -1}, "invalid_request", "temperature"),
        ({"n": 2}, "unsupported_parameter", "n"),
        ({"frequency_penalty": 1.5}, "unsupported_parameter", "frequency_penalty"),
        ({"response_format": {"type": "json_schema"}}, "invalid_request", "response_format.json_schema"),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"type": "string", "pattern": "a"}},
                }
            },
            "unsupported_parameter",
            "response_format",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "video_url", "video_url": {"url": "data:,"}}]}
                ]
            },
            "unsupported_parameter",
            "messages.0.content",
        ),
        ({"extra_headers": {"X-Priority": "now"}}, "invalid_request", "X-Priority"),
        (
            {"tools": [TOOL], "response_format": {"type": "json_object"}},
            "unsupported_parameter",
            "tool_choice",
        ),
        ({"tools": [{"type": "web_search"}]}, "invalid_request", "tools"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "invalid_request",
            "tool_choice",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_refused_before_any_work(
    client: openai.OpenAI, server: ChatServer, options: dict, code: str, param: str, stream: bool
):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": "auto", "messages": MESSAGES, "stream": stream, **options})
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.body["retryable"] is False
    assert server.observer.outcomes == []


def test_speeds_are_counted(client: openai.OpenAI, server: ChatServer):
    client.chat.completions.create(model="auto", messages=MESSAGES, max_tokens=4)
    text = server.app.state.metrics.render().decode()
    assert 'tokens_per_second_count{phase="prefill"} 1.0' in text
    assert 'tokens_per_second_count{phase="decode"} 1.0' in text


def test_unknown_model(client: openai.OpenAI):
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="gpt-9", messages=MESSAGES)


def test_body_that_is_not_json(client: openai.OpenAI):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", content=b"{nonsense", cast_to=object)
    assert "nonsense" not in caught.value.message


@pytest.mark.parametrize("stream", [False, True])
def test_full_queue(tmp_path: Path, stream: bool):
    server = ChatServer(write_tiny_gemma(tmp_path / "model.gguf"), max_queued=0)
    client = openai.OpenAI(base_url=server.start(), api_key="none", max_retries=0)
    with client, pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="auto", messages=MESSAGES, stream=stream)
    assert caught.value.status_code == 503
    assert caught.value.body["retryable"] is True
    server.stop()


def test_leaving_a_stream_before_its_first_token_stops_the_work(server: ChatServer):
    body = {
        "messages": [{"role": "user", "content": "the meeting on sunday " * 40}],
        "stream": True,
        "seed": 1,
    }
    with httpx.stream(
        "POST", f"{server.url}/chat/completions", json={**body, "repetition_stop": False}
    ) as answer:
        assert answer.status_code == 200
    server.wait_for("cancelled")


def test_leaving_a_stream_stops_the_work(client: openai.OpenAI, server: ChatServer):
    stream = client.chat.completions.create(
        model="auto",
        messages=MESSAGES,
        max_tokens=900,
        seed=1,
        stream=True,
        extra_body={"repetition_stop": False},
    )
    next(iter(stream))
    stream.close()
    server.wait_for("cancelled")
    assert client.chat.completions.create(model="auto", messages=MESSAGES, max_tokens=2).choices


async def test_leaving_a_request_stops_the_work(server: ChatServer):
    server.observer.may_go_on.clear()
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        request = asyncio.create_task(
            client.chat.completions.create(
                model="auto", messages=MESSAGES, max_tokens=900, seed=1, extra_body={"repetition_stop": False}
            )
        )
        assert await asyncio.to_thread(server.observer.has_started.wait, 20)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        await asyncio.sleep(
            0.5
        )  # the server hears that the line is dead; the tiny model would have finished meanwhile
        server.observer.may_go_on.set()
        await asyncio.to_thread(server.wait_for, "cancelled")
