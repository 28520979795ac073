"""What reading a picture gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Line:
    """Text that stands together on one line. `box`: x, y, width, height in pixels of the picture; `score`: 0…1."""

    text: str
    box: tuple[int, int, int, int]
    score: float

    @property
    def height(self) -> int:
        return self.box[3]

    @property
    def centre_y(self) -> float:
        return self.box[1] + self.box[3] / 2

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "box": list(self.box), "score": round(self.score, 3)}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`text`: lines in reading order, cells of a table divided by tabs. `width`, `height`: pixels of what was read."""

    text: str
    lines: tuple[Line, ...]
    width: int
    height: int

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "lines": [line.to_json() for line in self.lines],
            "width": self.width,
            "height": self.height,
        }
