"""A model's vocabulary: text to tokens and back, and which texts are marks that nobody's words may become."""

from __future__ import annotations

import ctypes
import re
from functools import cached_property
from itertools import pairwise

import numpy as np
from llama_cpp import llama_cpp as lib

# Of the tokens a model file calls user-defined, those that mean something to a chat template. llama.cpp makes tokens of them in any text.
_SOFT_MARK = re.compile(r"<\|.+>|<.+\|>|</?(?:tool_call|tool_response|think)>", re.DOTALL)


class Vocabulary:
    """Text to tokens and back. `special=True` reads `<|im_end|>`, `<|tool_call>` and the like as the tokens they name; never do that to
    text that people or models wrote."""

    def __init__(self, model: lib.llama_model_p) -> None:
        self._vocab = lib.llama_model_get_vocab(model)
        self.handle = self._vocab
        self.size = lib.llama_vocab_n_tokens(self._vocab)
        self.bos = lib.llama_vocab_bos(self._vocab)
        self.eos = lib.llama_vocab_eos(self._vocab)
        self.adds_bos = lib.llama_vocab_get_add_bos(self._vocab)
        self.suppressed = self._read_suppressed()
        self._pieces: dict[int, bytes] = {}

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """No BOS is added."""
        if special or self._soft_marks is None:
            return self._tokenize(text, special=special)
        starts = [found.start() + 1 for found in self._soft_marks.finditer(text)]
        parts = (text[start:end] for start, end in pairwise([0, *starts, len(text)]))
        return [token for part in parts for token in self._tokenize(part, special=False)]

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (lib.llama_token * room)()
        count = lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
        if (
            count < 0
        ):  # byte fallback with more tokens than bytes does not exist, but the call reports its need
            room = -count
            tokens = (lib.llama_token * room)()
            count = lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of one token, possibly a part of a character; empty for control tokens."""
        found = self._pieces.get(token)
        if found is None:
            found = self._pieces[token] = self._read_piece(token, special=False)
        return found

    def control_text(self, token: int) -> str:
        """The written form of a control token (`<|im_end|>`); "" for -1, which llama.cpp uses for "has none"."""
        return self._read_piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def find_mark(self, text: str) -> int | None:
        """The token that is written so; None where the letters are tokens of their own."""
        tokens = self.tokenize(text, special=True)
        return tokens[0] if len(tokens) == 1 else None

    def is_end(self, token: int) -> bool:
        return lib.llama_vocab_is_eog(self._vocab, token)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The written forms of all tokens that no text of people may become. Walks the vocabulary once: about 0.1 s."""
        return (*self._list_texts(lib.LLAMA_TOKEN_ATTR_CONTROL), *self._soft_texts)

    @cached_property
    def _soft_marks(self) -> re.Pattern[str] | None:
        """Where one begins."""
        texts = map(re.escape, self._soft_texts)
        return re.compile(f"(?={'|'.join(texts)})") if self._soft_texts else None

    @cached_property
    def _soft_texts(self) -> list[str]:
        texts = self._list_texts(lib.LLAMA_TOKEN_ATTR_USER_DEFINED)
        return [text for text in texts if _SOFT_MARK.fullmatch(text)]

    def _list_texts(self, attribute: int) -> list[str]:
        wanted = (
            token for token in range(self.size) if lib.llama_vocab_get_attr(self._vocab, token) & attribute
        )
        return [text for token in wanted if (text := self.control_text(token))]

    def _read_piece(self, token: int, *, special: bool) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = lib.llama_token_to_piece(self._vocab, token, buffer, room, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def _read_suppressed(self) -> np.ndarray:
        """Tokens the model file says must never be sampled. libllama reads the list, only its server applies it."""
        count = ctypes.c_int32(0)
        tokens = lib.llama_vocab_get_suppress_tokens(self._vocab, ctypes.byref(count))
        return np.array([tokens[index] for index in range(count.value)], dtype=np.int64)
