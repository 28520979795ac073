"""llama.cpp's grammar sampler as a question: may this token come next?

Asking about one token costs microseconds, asking about all 151,936 of Qwen's vocabulary about as much as computing a token.
So the sampler asks about the token it would take anyway, see `chat.sampling`.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib

from inference.chat.schema import schema_to_gbnf
from inference.chat.vocabulary import Vocabulary
from inference.errors import UnsupportedParameter

_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data


def compile_grammar(schema: dict[str, Any] | bool | None, vocabulary: Vocabulary) -> str | None:
    """GBNF for a JSON schema, tried out; None for no schema. Raises UnsupportedParameter."""
    if schema is None:
        return None
    text = schema_to_gbnf(schema)
    Grammar(text, vocabulary).close()
    return text


class Grammar:
    """The state of one answer in its grammar. Close it: llama.cpp's memory is not Python's."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._sampler = lib.llama_sampler_init_grammar(vocabulary.handle, text.encode(), b"root")
        if not self._sampler:
            raise UnsupportedParameter(
                "The JSON schema is too complex to be followed token by token.", param="response_format"
            )
        self._vocabulary = vocabulary

    def allows(self, token: int) -> bool:
        return self.select(np.array([token])).size == 1

    def select(self, tokens: np.ndarray) -> np.ndarray:
        """Of `tokens` those that may come next, in the same order. The end of the answer is a token like any other."""
        candidates = np.zeros(tokens.size, dtype=_TOKEN_DATA)
        candidates["id"] = tokens
        data = candidates.ctypes.data_as(ctypes.POINTER(lib.llama_token_data))
        array = lib.llama_token_data_array(data=data, size=tokens.size, selected=-1, sorted=False)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return tokens[candidates["logit"] == 0]

    def accept(self, token: int) -> None:
        """Step on. Only with a token that is allowed: llama.cpp ends the process otherwise."""
        lib.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        if self._sampler:
            lib.llama_sampler_free(self._sampler)
            self._sampler = None
