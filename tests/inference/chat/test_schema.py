"""What the compiler makes of a schema is judged by llama.cpp's own parser: texts it must and must not accept."""

from __future__ import annotations

from typing import Any

import pytest

from inference.chat.grammar import Grammar
from inference.chat.schema import schema_to_gbnf
from inference.chat.vocabulary import Vocabulary
from inference.errors import UnsupportedParameter

STRING = {"type": "string"}


def accepts(schema: Any, text: str, vocabulary: Vocabulary) -> bool:
    """Whether `text` is a whole sentence of the grammar."""
    grammar = Grammar(schema_to_gbnf(schema), vocabulary)
    try:
        for token in vocabulary.tokenize(text, special=False):
            if not grammar.allows(token):
                return False
            grammar.accept(token)
        return grammar.allows(vocabulary.eos)
    finally:
        grammar.close()


OBJECT = {
    "type": "object",
    "properties": {"a": STRING, "b": {"type": "integer"}, "c": {"type": "boolean"}, "d": {"type": "null"}},
    "required": ["b", "d"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
            "required": ["kids"],
        }
    },
    "$ref": "#/$defs/node",
}
ITEMS = {"type": "array", "items": {"enum": ["S1", "S2"]}, "minItems": 1, "maxItems": 3}

GOOD = [
    (True, '{"x": [1, "two", null, {"y": -0.5e3}]}'),
    ({}, '"text"'),
    (STRING, '"a \\"quoted\\" word, \\u00e9, ü, \\n"'),
    (STRING, '""'),
    ({"type": "integer"}, "-120"),
    ({"type": "number"}, "3.25"),
    (OBJECT, '{"b": 1, "d": null}'),
    (OBJECT, '{"a": "x","b":1,"c": true, "d":null}'),
    (OBJECT, '{"b": 1, "c": false, "d": null}'),
    (ITEMS, '["S1"]'),
    (ITEMS, '["S1", "S2", "S1"]'),
    ({"type": "array", "items": STRING}, "[]"),
    ({"type": "array", "maxItems": 0}, "[]"),
    ({"type": "array", "items": STRING, "minItems": 2}, '["a", "b", "c"]'),
    ({"type": ["string", "null"]}, "null"),
    ({"type": ["string", "null"], "maxLength": 3}, '"abc"'),
    ({"anyOf": [{"type": "integer"}, STRING]}, '"x"'),
    ({"enum": ["a\\b", 'say "hi"', 3, None]}, '"say \\"hi\\""'),
    ({"enum": ["a\\b", 3, None]}, '"a\\\\b"'),
    ({"const": "line\nbreak"}, '"line\\nbreak"'),
    (TREE, '{"kids": [{"kids": []}, {"kids": [{"kids": []}]}]}'),
    ({"type": "string", "maxLength": 5}, '"12345"'),
    ({"type": "string", "format": "date"}, '"2026-11-24"'),
    ({"type": "integer", "minimum": 0}, "0"),
    ({"type": "integer", "minimum": 1, "maximum": 120}, "120"),
    ({"type": "number", "minimum": 0, "maximum": 1}, "0.75"),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, '{"any": 1, "key": 2}'),
    ({"type": "object"}, '{"free": ["form"]}'),
    ({"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": STRING}, "title": "T", "description": "D"}, '"x"'),
    ({"properties": {"a": STRING}}, "{}"),
]
BAD = [
    (STRING, '"line\nbreak"'),
    (STRING, '"no end'),
    ({"type": "integer"}, "1.5"),
    ({"type": "integer"}, "012"),
    (OBJECT, '{"d": null, "b": 1}'),
    (OBJECT, '{"b": 1}'),
    (OBJECT, '{"b": 1, "d": null, "e": 2}'),
    (OBJECT, '{"a": "x", "b": 1, "d": null,}'),
    (ITEMS, "[]"),
    (ITEMS, '["S3"]'),
    (ITEMS, '["S1","S1","S1","S1"]'),
    ({"type": "string", "maxLength": 5}, '"123456"'),
    ({"type": "string", "minLength": 2}, '"1"'),
    ({"type": "string", "format": "date"}, '"2026-13-24"'),
    ({"type": "integer", "minimum": 1, "maximum": 120}, "121"),
    ({"type": "integer", "minimum": 1, "maximum": 120}, "0"),
    ({"type": "integer", "minimum": 0}, "-1"),
    ({"type": "number", "minimum": 0, "maximum": 1}, "1.5"),
    (TREE, '{"kids": [{}]}'),
]
REFUSED = [
    {"type": "string", "pattern": "^a+$"},
    {"type": "array", "uniqueItems": True},
    {"type": "object", "minProperties": 1},
    {"type": "number", "multipleOf": 3},
    {"type": "number", "minimum": 3},
    {"type": "integer", "minimum": -5, "maximum": 5},
    {"not": {"type": "string"}},
    {"allOf": [STRING, {"maxLength": 3}]},
    {"$ref": "https://example.org/schema.json"},
    {"$ref": "#/$defs/nowhere"},
    {"type": "tuple"},
    {"type": "string", "maxLength": 100_000},
    {"type": "string", "minLength": 5, "maxLength": 3},
    {"enum": []},
    {"type": "object", "properties": {"a": STRING}, "required": ["b"]},
    {
        "type": "object",
        "properties": {"deep": {"type": "array", "items": {"type": "string", "pattern": "x"}}},
    },
    False,
]


@pytest.mark.parametrize(("schema", "text"), GOOD)
def test_accepts(schema: Any, text: str, vocabulary: Vocabulary):
    assert accepts(schema, text, vocabulary)


@pytest.mark.parametrize(("schema", "text"), BAD)
def test_does_not_accept(schema: Any, text: str, vocabulary: Vocabulary):
    assert not accepts(schema, text, vocabulary)


@pytest.mark.parametrize("schema", REFUSED)
def test_refuses_what_it_cannot_honour(schema: Any):
    with pytest.raises(UnsupportedParameter):
        schema_to_gbnf(schema)


def test_refusal_names_the_place():
    with pytest.raises(UnsupportedParameter, match="/properties/deep/items uses 'pattern'"):
        schema_to_gbnf(REFUSED[-2])


@pytest.mark.parametrize(
    ("low", "high"), [(0, 9), (0, 0), (1, 120), (5, 2026), (99, 1001), (37, 37), (10, 99), (1, 10_000)]
)
def test_ranges_of_whole_numbers_are_exact(low: int, high: int, vocabulary: Vocabulary):
    schema = {"type": "integer", "minimum": low, "maximum": high}
    numbers = {
        low - 1,
        low,
        low + 1,
        (low + high) // 2,
        high - 1,
        high,
        high + 1,
        high * 10,
        7,
        70,
        100,
        999,
        1000,
    }
    for number in sorted(number for number in numbers if number >= 0):
        assert accepts(schema, str(number), vocabulary) == (low <= number <= high), number
