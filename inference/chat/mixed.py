"""One sequence of tokens and of what a model hears and sees, behind the same calls as a sequence of tokens alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from inference.chat.native import NativeContext
from inference.chat.projector import Projector, Span


class MixedContext:
    """A `prefix.Cache` whose `decode` also takes the places of spans that are held. Belongs to the model thread."""

    def __init__(self, context: NativeContext, projector: Projector) -> None:
        self._context = context
        self._projector = projector
        self._places: dict[int, tuple[Span, int]] = {}
        self._holders: dict[int, int] = {}
        self.n_ctx, self.piece_tokens = context.n_ctx, context.piece_tokens

    def hold(self, spans: Iterable[Span]) -> None:
        """Until `release` the places of these spans can be computed, also again after a pause."""
        for span in spans:
            first = span.places[0]
            if self._holders.get(first, 0) == 0:
                self._places |= {place: (span, index) for index, place in enumerate(span.places)}
            self._holders[first] = self._holders.get(first, 0) + 1

    def release(self, spans: Iterable[Span]) -> None:
        for span in spans:
            first = span.places[0]
            self._holders[first] -= 1
            if self._holders[first] == 0:
                del self._holders[first]
                for place in span.places:
                    del self._places[place]

    def decode(self, tokens: Sequence[int], *, at: int, **how: bool) -> None:
        """As `NativeContext.decode`. What holds media is not stopped: it may be computed in several parts."""
        if any(token < 0 for token in tokens):
            how = {}
        for is_media, run in groupby(tokens, key=lambda token: token < 0):
            part = list(run)
            if is_media:
                for rows, is_whole in self._find_rows(part):
                    self._context.decode_rows(rows, at=at, is_causal=not is_whole)
                    at += len(rows)
            else:
                self._context.decode(part, at=at, **how)
                at += len(part)

    def _find_rows(self, places: Sequence[int]) -> Iterator[tuple[np.ndarray, bool]]:
        """Neighbouring places of one span at a time."""
        for _, run in groupby(places, key=lambda place: id(self._places[place][0])):
            found = [self._places[place] for place in run]
            span = found[0][0]
            rows = self._projector.encode(span)
            yield rows[[index for _, index in found]], span.is_whole

    def get_first_position(self) -> int:
        return self._context.get_first_position()

    def cut(self, length: int) -> bool:
        return self._context.cut(length)

    def clear(self) -> None:
        self._context.clear()

    def take_snapshot(self) -> np.ndarray:
        return self._context.take_snapshot()

    def restore_snapshot(self, data: np.ndarray) -> bool:
        return self._context.restore_snapshot(data)
