"""Which strategy, and what is made of answers."""

import pytest

from meetings.inference_client import ChatAnswer, InferenceUnavailable
from meetings.notes.model import ChatModel, NoChatModel, Writer, choose_model, is_small
from meetings.schemas import WrittenLine
from tests.meetings.notes.scripted import LARGE, SMALL, ScriptedClient


@pytest.mark.parametrize(
    ("model", "small"),
    [
        ({"profile": "compact"}, True),
        ({"profile": "full", "size_bytes": 1_100_000_000}, True),
        ({"profile": "full", "size_bytes": 7_000_000_000}, False),
        ({"id": "qwen2.5-1.5b-instruct-q4_k_m"}, True),
        ({"id": "Qwen2.5-0.5B"}, True),
        ({"id": "gemma-4-12B-it"}, False),
        ({"id": "mixtral-8x7b"}, False),
        ({"id": "gpt-oss"}, False),
        ({}, False),
    ],
)
def test_size_decides(model, small):
    assert is_small(model) is small


def test_another_server_lists_models_without_roles():
    client = ScriptedClient(model={"id": "llama-70b", "max_model_len": 16_384})
    model = choose_model(client)
    assert (model.strategy, model.context_tokens) == ("large", 16_384)


def test_windows_fit_the_context():
    for described in (SMALL, LARGE, {"id": "x", "context_length": 2048}):
        model = choose_model(ScriptedClient(model=described))
        assert 0 < model.window_tokens < model.context_tokens


def test_nothing_that_chats():
    with pytest.raises(NoChatModel):
        choose_model(ScriptedClient(model={"id": "whisper", "role": "asr"}))


def make_writer(answer) -> Writer:
    model = ChatModel(name="m", sha256=None, context_tokens=4096, strategy="small")
    return Writer(client=ScriptedClient(answer), model=model)


def test_unusable_answers_are_counted():
    writer = make_writer(lambda messages, schema: "nonsense")
    assert writer.ask([], WrittenLine, max_tokens=9) is None
    assert (writer.asked, writer.unusable) == (1, 1)


def test_an_unreachable_server_is_not_swallowed():
    def away(messages, schema):
        raise InferenceUnavailable

    with pytest.raises(InferenceUnavailable):
        make_writer(away).ask([], WrittenLine, max_tokens=9)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"yes": -0.1, "no": -2.1}, 2.0),
        ({" Yes": -1.0, "No": -0.5}, -0.5),
        ({"yes": -1.0, "maybe": -4.0}, 3.0),
        ({"maybe": -0.1}, None),
        ({}, None),
    ],
)
def test_yes_or_no(table, expected):
    writer = make_writer(
        lambda messages, schema: ChatAnswer(text="yes", finish_reason="length", logprobs=table)
    )
    score = writer.score_yes([], yes=("yes",), no=("no",))
    assert score == (pytest.approx(expected) if expected is not None else None)
