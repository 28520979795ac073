"""What the chat model has to answer with. Each model is the JSON schema that goes with the request, and checks what came back.

No lengths in the schema: a grammar turns `maxLength` into hundreds of optional rules. Lengths are checked, and cut, afterwards.
"""

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Text = Annotated[str, StringConstraints(strip_whitespace=True)]
T = TypeVar("T", bound=BaseModel)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WrittenLine(_Answer):
    """One line of the notes."""

    text: Text


class WrittenLines(_Answer):
    """One to three lines of the notes."""

    texts: list[Text] = Field(min_length=1, max_length=3)


class WrittenChapter(_Answer):
    """A chapter's title and what mattered most in it."""

    title: Text
    sentence: Text


class WrittenTitle(_Answer):
    """What a chapter is about."""

    title: Text


class SummarySentence(_Answer):
    """`points`: numbers of the points it rests on."""

    text: Text
    points: list[int] = Field(min_length=1, max_length=4)


class WrittenSummary(_Answer):
    sentences: list[SummarySentence] = Field(min_length=1, max_length=4)


class WrittenReply(_Answer):
    """The answer to a question. `said`: do the lines hold it; `lines`: numbers of those it rests on."""

    said: bool
    answer: Text
    lines: list[int] = Field(min_length=1, max_length=3)


class CitedText(_Answer):
    """`lines`: numbers of the lines it rests on."""

    text: Text
    lines: list[int] = Field(min_length=1, max_length=8)


class WindowAction(CitedText):
    owner: Text
    due_words: Text


class WindowTopic(_Answer):
    title: Text
    first_line: int
    points: list[CitedText] = Field(max_length=6)


class WindowNotes(_Answer):
    """Everything a large model finds in one window."""

    topics: list[WindowTopic] = Field(max_length=8)
    decisions: list[CitedText] = Field(max_length=20)
    action_items: list[WindowAction] = Field(max_length=30)
    questions: list[CitedText] = Field(max_length=20)
    risks: list[CitedText] = Field(max_length=20)


class SlideTable(_Answer):
    """`rows`: cells from left to right; the first row heads the columns."""

    title: Text
    rows: list[list[Text]] = Field(max_length=30)


class ChartPoint(_Answer):
    """`value`: as it is written, with its unit, or as it can be read off."""

    label: Text
    value: Text


class ChartSeries(_Answer):
    name: Text
    points: list[ChartPoint] = Field(max_length=30)


class SlideChart(_Answer):
    title: Text
    series: list[ChartSeries] = Field(max_length=6)


class WrittenSlide(_Answer):
    """What a model that sees makes of a slide. `claim`: what the slide wants to say, in one sentence."""

    title: Text
    text: Text
    tables: list[SlideTable] = Field(max_length=4)
    charts: list[SlideChart] = Field(max_length=4)
    claim: Text


def build_schema(model: type[BaseModel], **closed_lists: list[Any]) -> dict[str, Any]:
    """The JSON schema without references. `closed_lists`: field name → allowed values (of the items, where the field is a list)."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    return _resolve(schema, definitions, closed_lists)


def _resolve(node: Any, definitions: dict[str, Any], closed_lists: dict[str, list[Any]]) -> Any:
    if isinstance(node, list):
        return [_resolve(item, definitions, closed_lists) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolve(definitions[node["$ref"].rsplit("/", 1)[1]], definitions, closed_lists)
    kept = {key: value for key, value in node.items() if key not in ("title", "description", "properties")}
    resolved = {key: _resolve(value, definitions, closed_lists) for key, value in kept.items()}
    if "properties" in node:
        resolved["properties"] = {
            name: _close(_resolve(value, definitions, closed_lists), closed_lists.get(name))
            for name, value in node["properties"].items()
        }
    return resolved


def _close(node: dict[str, Any], values: list[Any] | None) -> dict[str, Any]:
    if values is None:
        return node
    if node.get("type") == "array":
        return {**node, "items": {"enum": values}}
    return {"enum": values}


def parse_answer(model: type[T], text: str) -> T | None:
    """The checked answer, or None: cut off, not JSON, or of another shape. A chat model may answer anything."""
    try:
        return model.model_validate(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        return None
