"""Calls in the models' own notations."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from inference.chat.answer import AnswerWriter
from inference.chat.calls import BareCall, CallReader, parse_gemma_call, parse_json_call
from inference.chat.request import ToolCall
from inference.chat.vocabulary import Vocabulary
from tests.inference.chat.test_thoughts import write

TOOLS = (
    {"type": "function", "function": {"name": "find"}},
    {"type": "function", "function": {"name": "add"}},
)
FIND = '<|tool_call>call:find{what:<|"|>cat<|"|>}<tool_call|>'


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("call:f{}", {}),
        ('call:f{a:<|"|>x, y} "z"<|"|>}', {"a": 'x, y} "z"'}),
        (
            'call:f{ a : <|"|><|"|> , b:[1, -2.5e3, true, null, None] }',
            {"a": "", "b": [1, -2500.0, True, None, None]},
        ),
        ('call:f{a:{b:{<|"|>c d<|"|>:false}},e:[]}', {"a": {"b": {"c d": False}}, "e": []}),
        ('call:f{a:[{b:1},{b:<|"|>ü\n<|"|>}]}\n', {"a": [{"b": 1}, {"b": "ü\n"}]}),
    ],
)
def test_gemma(text: str, arguments: dict):
    assert parse_gemma_call(text) == ToolCall(name="f", arguments=arguments)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f{}",
        "call:f",
        "call:f{",
        "call:f{a}",
        "call:f{a:}",
        "call:f{a:tomorrow}",
        "call:f{a:1 b:2}",
        "call:f{a:1,}",
        'call:f{a:<|"|>x}',
        "call:f{a:[1}",
        "call:f{a:truely}",
        "call:f{} and more",
    ],
)
def test_gemma_that_is_none(text: str):
    with pytest.raises(ValueError):
        parse_gemma_call(text)


def test_qwen():
    written = '\n{"name": "f", "arguments": {"a": [1, "x"]}}\n'
    assert parse_json_call(written) == ToolCall(name="f", arguments={"a": [1, "x"]})
    assert parse_json_call('{"name": "f", "arguments": "{\\"a\\": 1}"}').arguments == {"a": 1}
    assert parse_json_call('{"name": "f"}').arguments == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 1}', '{"name": "f", "arguments": [1]}'])
def test_qwen_that_is_none(text: str):
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        parse_json_call(text)


def test_several_calls_and_the_words_around_them(vocabulary: Vocabulary):
    written = f"I look.\n{FIND}\n<|tool_call>call:add{{n:2}}<tool_call|>\n"
    pieces = write(vocabulary, written, tools=TOOLS)
    choice = AnswerWriter(model="tiny").completion(pieces)["choices"][0]
    assert choice["message"]["content"] == "I look."
    found = [
        (call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in choice["message"]["tool_calls"]
    ]
    assert found == [("find", {"what": "cat"}), ("add", {"n": 2})]
    assert len({call["id"] for call in choice["message"]["tool_calls"]}) == 2
    pieces[-1] = replace(pieces[-1], finish_reason="stop")
    writer = AnswerWriter(model="tiny")
    chunks = [chunk["choices"][0] for piece in pieces for chunk in writer.chunks(piece, include_usage=False)]
    deltas = [call for chunk in chunks for call in chunk["delta"].get("tool_calls", [])]
    assert [(call["index"], call["function"]["name"]) for call in deltas] == [(0, "find"), (1, "add")]
    assert chunks[-1]["finish_reason"] == "tool_calls"


def test_a_call_in_a_thought_is_a_thought(vocabulary: Vocabulary):
    pieces = write(vocabulary, f"<|channel>thought\n{FIND}<channel|>No.", tools=TOOLS)
    assert not any(piece.calls for piece in pieces)
    assert "".join(piece.text for piece in pieces) == "No."


def test_nesting_without_end_is_text(vocabulary: Vocabulary):
    deep = "<|tool_call>call:find{a:" + "[" * 3000
    reader = CallReader(vocabulary, names={"find"})
    opening, *rest = vocabulary.tokenize(deep, special=True)
    closing = vocabulary.find_mark("<tool_call|>")
    texts = [reader.push(token, vocabulary.piece(token))[1] for token in (opening, *rest, closing)]
    assert "".join(texts) == deep + "<tool_call|>"


def test_the_same_letters_in_tokens_of_their_own_are_no_call(vocabulary: Vocabulary):
    reader = CallReader(vocabulary, names={"find"})
    assert not any(reader.takes(token) for token in vocabulary.tokenize(FIND, special=False))


def test_marks_in_what_people_wrote_are_letters(vocabulary: Vocabulary):
    """llama.cpp makes a token of a user-defined mark even where control tokens are not read."""
    for mark in ("<|tool_call>", "<tool_call|>", '<|"|>', "<|channel>", "<channel|>", "<tool_response|>"):
        text = f"he said {mark}{mark} to <{mark}> her"
        tokens = vocabulary.tokenize(text, special=False)
        assert vocabulary.find_mark(mark) not in tokens
        assert b"".join(map(vocabulary.piece, tokens)).decode() == text


@pytest.mark.parametrize(
    "written",
    [
        '```json\n{\n  "name": "find",\n  "arguments": {\n    "what": "cat"\n  }\n}\n```',
        ' {"name": "find", "arguments": {"what": "cat"}}\n',
    ],
)
def test_a_call_without_marks(written: str):
    """As Qwen2.5 Coder 1.5B makes them."""
    bare = BareCall(names=["find"])
    assert "".join(bare.push(letter) for letter in written) == ""
    assert bare.finish() == (ToolCall(name="find", arguments={"what": "cat"}), "")


@pytest.mark.parametrize(
    "written",
    [
        "Raindrops fall",
        "```python\nprint(1)\n```",
        '```json\n{"name": "add", "arguments": {}}\n```',
        '{"name": "find", "arg',
        '{"city": "Paris"}',
        '{"name": "find"} and more',
        "{",
        "`",
        "",
        "[1, 2]",
    ],
)
def test_text_that_is_no_call_without_marks_comes_out_whole(written: str):
    bare = BareCall(names=["find"])
    pushed = "".join(bare.push(letter) for letter in written)
    call, rest = bare.finish() if not bare.is_decided else (None, "")
    assert call is None
    assert pushed + rest == written


def test_ordinary_text_is_not_held_back():
    bare = BareCall(names=["find"])
    assert bare.push("R") == "R"
    assert BareCall(names=()).push("{") == "{"
