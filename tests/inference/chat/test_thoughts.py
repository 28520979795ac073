"""What a model thinks is kept out of its answer, on the real vocabulary of a random Gemma."""

from __future__ import annotations

import numpy as np
import pytest

from inference.chat.answer import AnswerWriter
from inference.chat.request import ChatPiece, ChatRequest
from inference.chat.vocabulary import Vocabulary
from inference.chat.wire import parse_body, to_request
from inference.chat.writer import Writer
from inference.errors import UnsupportedParameter

OPEN, CLOSE = "<|channel>", "<channel|>"


def write(vocabulary: Vocabulary, text: str, **options: object) -> list[ChatPiece]:
    """The pieces of a model that writes exactly this, marks being tokens."""
    request = ChatRequest(messages=[], temperature=0.0, **options)
    writer = Writer(request, vocabulary, max_tokens=500)
    pieces = []
    for token in [*vocabulary.tokenize(text, special=True), vocabulary.eos]:
        logits = np.zeros(vocabulary.size, dtype=np.float32)
        logits[token] = 9.0
        pieces.append(writer.step(logits, None))
        if writer.stopped_by:
            return pieces
    raise AssertionError("it ends with the end token")


def join(pieces: list[ChatPiece]) -> tuple[str, str]:
    return "".join(piece.text for piece in pieces), "".join(piece.thought for piece in pieces)


@pytest.mark.parametrize(
    ("written", "answer", "thought"),
    [
        (f"{OPEN}thought\nTwo and two,\nis four.{CLOSE}Four.", "Four.", "Two and two,\nis four."),
        (f"Four.{OPEN}thought\nSure?{CLOSE} Yes.", "Four. Yes.", "Sure?"),
        (f"{CLOSE}Four.", "Four.", ""),
        (f"{OPEN}thought\nnever closed", "", "never closed"),
        (f"{OPEN}{CLOSE}Four.", "Four.", ""),
        ("Grüße: channel thought", "Grüße: channel thought", ""),
    ],
)
def test_thoughts_are_no_part_of_the_answer(vocabulary: Vocabulary, written: str, answer: str, thought: str):
    assert join(write(vocabulary, written)) == (answer, thought)


def test_a_stop_string_in_a_thought_stops_nothing(vocabulary: Vocabulary):
    pieces = write(vocabulary, f"{OPEN}thought\nSTOP here{CLOSE}on STOP off", stop=("STOP",))
    assert join(pieces) == ("on ", "STOP here")


def test_the_same_letters_in_tokens_of_their_own_are_text(vocabulary: Vocabulary):
    request = ChatRequest(messages=[], temperature=0.0)
    writer = Writer(request, vocabulary, max_tokens=500)
    pieces = []
    for letter in OPEN + "x" + CLOSE:
        (token,) = vocabulary.tokenize(letter, special=False)
        logits = np.zeros(vocabulary.size, dtype=np.float32)
        logits[token] = 9.0
        pieces.append(writer.step(logits, None))
    assert join(pieces) == (OPEN + "x" + CLOSE, "")


def test_in_the_answer_s_objects(vocabulary: Vocabulary):
    pieces = write(vocabulary, f"{OPEN}thought\nHm.{CLOSE}Yes.")
    writer = AnswerWriter(model="tiny")
    message = writer.completion(pieces)["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("Yes.", "Hm.")
    assert "reasoning_content" not in writer.completion(write(vocabulary, "Yes."))["choices"][0]["message"]
    chunks = [chunk for piece in pieces for chunk in writer.chunks(piece, include_usage=False)]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "Hm."
    assert "".join(delta.get("content", "") for delta in deltas) == "Yes."


@pytest.mark.parametrize(
    "form",
    [
        b'"response_format": {"type": "json_object"}',
        b'"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "required"',
    ],
)
def test_thinking_and_a_given_form_exclude_each_other(form: bytes):
    """The grammar binds from the first token (gemma4.md, section 3)."""
    body = b'{"messages": [{"role": "user", "content": "x"}], "thinking": true, %s}' % form
    with pytest.raises(UnsupportedParameter) as caught:
        to_request(parse_body(body))
    assert caught.value.param == "thinking"


def test_a_system_message_in_parts_reaches_the_template_as_a_string():
    """Gemma's template prints a list as Python would (section 4)."""
    body = (
        b'{"messages": [{"role": "system", "content": [{"type": "text", "text": "Be brief."}, '
        b'{"type": "text", "text": "Be kind."}]}, {"role": "user", "content": "x"}]}'
    )
    assert to_request(parse_body(body)).messages[0]["content"] == "Be brief.\nBe kind."
