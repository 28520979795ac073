"""JSON schema to GBNF, llama.cpp's grammar language. What cannot be kept is refused, never ignored.

The grammar admits a subset of what the schema admits: properties in the order in which the schema names them, no additional
ones next to named ones, at most one space between tokens (free whitespace costs tokens and lets small models run away).
`oneOf` is read as `anyOf`. `format` is kept for dates and times and is an annotation otherwise, as JSON Schema has it.
GBNF: https://github.com/ggml-org/llama.cpp/tree/master/grammars
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from inference.errors import UnsupportedParameter

MAX_REPEATS = 2000  # llama.cpp refuses larger ones
MAX_RULES = 4000

_ANNOTATIONS = {
    "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$schema", "$id",
    "$comment", "$defs", "definitions", "discriminator", "contentMediaType", "contentEncoding",
}  # fmt: skip
_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"minLength", "maxLength", "format"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"},
    "boolean": set(),
    "null": set(),
}
_RULES = {
    "ws": '" "?',
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
    "string": r'"\"" char* "\""',
    "digits": "[0-9]{1,15}",
    "natural": '"0" | [1-9] [0-9]{0,15}',
    "integer": '"-"? natural',
    "number": 'integer ("." digits)? ([eE] [-+]? [0-9]{1,3})?',
    "positive": 'natural ("." digits)? ([eE] [-+]? [0-9]{1,3})?',
    "share": r'"0" ("." digits)? | "1" ("." "0"{1,6})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "value": "object | array | string | number | boolean | null",
    "object": '"{" ws (string ":" ws value ("," ws string ":" ws value)* ws)? "}"',
    "array": '"[" ws (value ("," ws value)* ws)? "]"',
    "date-part": '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [1-2] [0-9] | "3" [0-1])',
    "time-part": '([0-1] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? ("Z" | [-+] [0-2] [0-9] ":" [0-5] [0-9])',
    "date": r'"\"" date-part "\""',
    "time": r'"\"" time-part "\""',
    "date-time": r'"\"" date-part "T" time-part "\""',
}  # fmt: skip


def schema_to_gbnf(schema: dict[str, Any] | bool) -> str:
    """A grammar whose root is one JSON value. Raises UnsupportedParameter naming the part that cannot be honoured."""
    compiler = _Compiler(schema)
    root = compiler.visit(schema, "")
    return "\n".join([f"root ::= {root}", *compiler.list_rules()]) + "\n"


class _Compiler:
    """`visit` returns a GBNF expression that stands alone in a sequence: a rule's name or a group in parentheses."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._rules: dict[str, str] = {}
        self._references: dict[str, str] = {}

    def list_rules(self) -> list[str]:
        return [f"{name} ::= {rule}" for name, rule in (self._rules | _RULES).items()]

    def visit(self, schema: Any, path: str) -> str:
        if schema is True or schema == {}:
            return "value"
        if not isinstance(schema, dict):
            _refuse(path, "is not a schema")
        constraints = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
        for keyword in ("$ref", "const", "enum", "anyOf", "oneOf", "allOf"):
            if keyword in constraints:
                return self._visit_combination(keyword, constraints, path)
        kind = constraints.pop("type", None) or _guess_type(constraints)
        if kind is None:
            return self._visit_untyped(constraints, path)
        if isinstance(kind, list):
            return self._add_union(
                [self.visit({"type": one, **_select(constraints, one)}, path) for one in kind], path
            )
        if kind not in _KEYWORDS:
            _refuse(path, "has an unknown type")
        if unknown := set(constraints) - _KEYWORDS[kind]:
            _refuse(path, f"uses {sorted(unknown)[0]!r}")
        return getattr(self, f"_visit_{kind}")(constraints, path)

    # -- combinations -----------------------------------------------------------------------------------------------

    def _visit_combination(self, keyword: str, schema: dict[str, Any], path: str) -> str:
        value = schema[keyword]
        rest = set(schema) - {keyword, "type"}
        if rest:
            _refuse(path, f"uses {sorted(rest)[0]!r} beside {keyword!r}")
        if keyword == "$ref":
            return self._visit_reference(value, path)
        if keyword == "const":
            return self._add(_literal(value))
        if not isinstance(value, list) or not value:
            _refuse(path, f"has an empty {keyword!r}")
        if keyword == "enum":
            return self._add(" | ".join(_literal(one) for one in value))
        if keyword == "allOf" and len(value) > 1:
            _refuse(path, "uses 'allOf' with several schemas")
        return self._add_union(
            [self.visit(one, f"{path}/{keyword}/{at}") for at, one in enumerate(value)], path
        )

    def _visit_reference(self, reference: Any, path: str) -> str:
        """A rule of its own per target, named before it is read, so that a schema may contain itself."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            _refuse(path, "has a reference to another document")
        if reference not in self._references:
            target = self._document
            for part in reference[1:].split("/")[1:]:
                part = part.replace("~1", "/").replace("~0", "~")
                if not isinstance(target, dict) or part not in target:
                    _refuse(path, "has a reference that leads nowhere")
                target = target[part]
            name = self._references[reference] = self._add("")
            self._rules[name] = self.visit(target, reference[1:])
        return self._references[reference]

    def _visit_untyped(self, constraints: dict[str, Any], path: str) -> str:
        if constraints:
            _refuse(path, f"uses {sorted(constraints)[0]!r} without a type")
        return "value"

    def _add_union(self, options: list[str], path: str) -> str:
        return options[0] if len(options) == 1 else self._add(" | ".join(options))

    def _add(self, rule: str) -> str:
        if len(self._rules) >= MAX_RULES:
            _refuse("", "is too large")
        name = f"r{len(self._rules)}"
        self._rules[name] = rule
        return name

    # -- types ------------------------------------------------------------------------------------------------------

    def _visit_object(self, schema: dict[str, Any], path: str) -> str:
        properties = schema.get("properties", {})
        required = set(schema.get("required", []))
        if missing := required - set(properties):
            _refuse(path, f"requires {sorted(missing)[0]!r} without describing it")
        if not properties:
            return self._visit_map(schema.get("additionalProperties", True), path)
        pairs = []
        for name, value in properties.items():
            expression = self.visit(value, f"{path}/properties/{name}")
            pairs.append((self._add(f'{_literal(name)} ":" ws {expression}'), name in required))
        return self._add(f'"{{" ws {self._add_pairs(pairs)} ws "}}"')

    def _add_pairs(self, pairs: list[tuple[str, bool]]) -> str:
        """Every required pair, any optional ones, in order, with commas between those that are there."""
        first, later = '""', '""'  # what may follow when nothing, or something, was written already
        for pair, is_required in reversed(pairs):
            with_pair = f"{pair} {later}"
            if is_required:
                first, later = self._add(with_pair), self._add(f'"," ws {with_pair}')
            else:
                first, later = (
                    self._add(f"{with_pair} | {first}"),
                    self._add(f'("," ws {with_pair}) | {later}'),
                )
        return first

    def _visit_map(self, value: Any, path: str) -> str:
        if value is False:
            return self._add('"{" ws "}"')
        pair = f'string ":" ws {self.visit(value, f"{path}/additionalProperties")}'
        return self._add(f'"{{" ws ({pair} ("," ws {pair})* ws)? "}}"')

    def _visit_array(self, schema: dict[str, Any], path: str) -> str:
        item = self.visit(schema.get("items", True), f"{path}/items")
        low, high = _read_range(schema, "minItems", "maxItems", path)
        if high == 0:
            return self._add('"[" ws "]"')
        more = f'("," ws {item}){_repeat(max(low - 1, 0), None if high is None else high - 1)}'
        items = f"{item} {more}" if low else f"({item} {more})?"
        return self._add(f'"[" ws {items} ws "]"')

    def _visit_string(self, schema: dict[str, Any], path: str) -> str:
        low, high = _read_range(schema, "minLength", "maxLength", path)
        if schema.get("format") in ("date", "time", "date-time"):
            return schema["format"]
        if low == 0 and high is None:
            return "string"
        return self._add(rf'"\"" char{_repeat(low, high)} "\""')

    def _visit_integer(self, schema: dict[str, Any], path: str) -> str:
        low, high = schema.get("minimum"), schema.get("maximum")
        if (above := schema.get("exclusiveMinimum")) is not None:
            low = above + 1
        if (below := schema.get("exclusiveMaximum")) is not None:
            high = below - 1
        if low is None and high is None:
            return "integer"
        if high is None and low in (0, 1):
            return "natural" if low == 0 else self._add("[1-9] [0-9]{0,15}")
        if not (isinstance(low, int) and isinstance(high, int) and 0 <= low <= high):
            _refuse(
                path,
                "has a range of numbers other than 0 or 1 and up, or between two whole numbers that are not negative",
            )
        return self._add(" | ".join(_digit_patterns(low, high)))

    def _visit_number(self, schema: dict[str, Any], path: str) -> str:
        bounds = {key: value for key, value in schema.items() if key != "format"}
        if not bounds:
            return "number"
        if bounds == {"minimum": 0}:
            return "positive"
        if bounds == {"minimum": 0, "maximum": 1}:
            return "share"
        _refuse(path, "has a range of numbers other than 0 and up, or 0 to 1")

    def _visit_boolean(self, schema: dict[str, Any], path: str) -> str:
        return "boolean"

    def _visit_null(self, schema: dict[str, Any], path: str) -> str:
        return "null"


def _guess_type(schema: dict[str, Any]) -> str | None:
    """Schemas often leave out `type` beside `properties` or `items`."""
    return "object" if "properties" in schema else "array" if "items" in schema else None


def _select(constraints: dict[str, Any], kind: str) -> dict[str, Any]:
    """Those constraints that mean something for one of several types."""
    mine = _KEYWORDS.get(kind, set())
    foreign = set().union(*_KEYWORDS.values()) - mine
    return {key: value for key, value in constraints.items() if key not in foreign}


def _read_range(schema: dict[str, Any], low_key: str, high_key: str, path: str) -> tuple[int, int | None]:
    low, high = schema.get(low_key, 0), schema.get(high_key)
    for value in (low, high):
        if value is not None and not (isinstance(value, int) and 0 <= value <= MAX_REPEATS):
            _refuse(path, f"has a {low_key!r} or {high_key!r} that is not from 0 to {MAX_REPEATS}")
    if high is not None and high < low:
        _refuse(path, f"has a {high_key!r} below its {low_key!r}")
    return low, high


def _repeat(low: int, high: int | None) -> str:
    if high is None:
        return "*" if low == 0 else f"{{{low},}}"
    return f"{{{low},{high}}}"


def _literal(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(raw, escaped)
    return f'"{text}"'


def _digit_patterns(low: int, high: int) -> list[str]:
    """Sequences of digit classes that together match exactly the numbers low…high, without leading zeros."""
    patterns = []
    while low <= high:
        step = 1  # grow a block low…low+step-1 of numbers that share all but their last digits
        while (
            low % (step * 10) == 0
            and low > 0
            and low + step * 10 - 1 <= high
            and len(str(low)) == len(str(low + step * 10 - 1))
        ):
            step *= 10
        count = min(9 - (low // step) % 10, (high - low + 1) // step - 1)
        head, digit = divmod(low // step, 10)
        last = f"[{digit}-{digit + count}]" if count else f'"{digit}"'
        tail = f" [0-9]{{{len(str(step)) - 1}}}" if step > 1 else ""
        patterns.append((f'"{head}" ' if head else "") + last + tail)
        low += step * (count + 1)
    return patterns


def _refuse(path: str, why: str) -> NoReturn:
    place = f" at {path}" if path else ""
    raise UnsupportedParameter(
        f"The JSON schema{place} {why}, which this server cannot honour.", param="response_format"
    )
