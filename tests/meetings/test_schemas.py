"""The schemas that go with a request, and what is made of the answers."""

import json

import pytest

from meetings import schemas


@pytest.mark.parametrize(
    "model",
    [
        schemas.WrittenLine,
        schemas.WrittenLines,
        schemas.WrittenChapter,
        schemas.WrittenSummary,
        schemas.WindowNotes,
        schemas.WrittenSlide,
    ],
)
def test_schemas_have_no_references_no_lengths_of_text_and_no_open_objects(model):
    text = json.dumps(schemas.build_schema(model))
    assert "$ref" not in text and "$defs" not in text and "maxLength" not in text
    assert text.count('"type": "object"') == text.count('"additionalProperties": false')


def test_closed_lists():
    schema = schemas.build_schema(schemas.WindowNotes, lines=[3, 4], owner=["", "Ann"])
    action = schema["properties"]["action_items"]["items"]["properties"]
    assert action["lines"]["items"] == {"enum": [3, 4]}
    assert action["owner"] == {"enum": ["", "Ann"]}
    assert schema["properties"]["topics"]["items"]["properties"]["title"]["type"] == "string"


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '{"text": 3}', '{"text": "a", "more": 1}', "[" * 100_000]
)
def test_answers_that_cannot_be_used(text):
    assert schemas.parse_answer(schemas.WrittenLine, text) is None


def test_an_answer_is_stripped():
    assert schemas.parse_answer(schemas.WrittenLine, '{"text": "  Call Ann "}').text == "Call Ann"
