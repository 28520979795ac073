"""What is in the protocol, and that nothing else is."""

import pytest

from meetings.live import protocol
from meetings.live.protocol import Hello, LiveError, Note, Stop, parse_text
from tests.tiers import PROJECT_DIR


def test_messages_of_the_protocol():
    assert parse_text('{"type":"hello","version":1,"key":"k","session":"12345678"}') == Hello(
        type="hello", version=1, key="k", session="12345678"
    )
    assert parse_text('{"type":"stop","frames":7}') == Stop(type="stop", frames=7)
    line = parse_text(
        '{"type":"note","id":"6f1e2f0c-3f5e-4c4b-9d3e-0d1c6a1b2c3d","kind":"note","at_ms":5,"text":"x"}'
    )
    assert isinstance(line, Note) and line.text == "x"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"hello"',
        '{"type":"shout"}',
        '{"type":"stop"}',
        '{"type":"stop","frames":-1}',
        '{"type":"stop","frames":1,"more":1}',
        '{"type":"note","id":"1","kind":"note","at_ms":5,"text":"x"}',
        '{"type":"stop","frames":1}' + " " * 9000,
    ],
)
def test_anything_else_is_refused_without_repeating_it(text):
    with pytest.raises(LiveError) as caught:
        parse_text(text)
    assert caught.value.code == "live_bad_message" and caught.value.__cause__ is None


def test_every_code_and_close_code_is_documented():
    text = (PROJECT_DIR / "docs" / "live-protocol.md").read_text()
    errors = [LiveError, *LiveError.__subclasses__()]
    assert len(errors) > 10
    for error in errors:
        row = next((line for line in text.splitlines() if f"`{error.code}`" in line and "|" in line), "")
        assert str(error.close_code) in row, error.code
        assert ("yes" in row) == error.retryable, error.code
    for code, close_code in protocol.CLOSE_CODES.items():
        assert any(f"`{code}`" in line and str(close_code) in line for line in text.splitlines())
