"""Pictures and decks → pages as PNG with the text of their text layer, by a child process with limits."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..errors import MinutebookError

_CHILD = Path(__file__).resolve().parent.parent / "rendering"
TIMEOUT_S = 180
REFUSALS = {
    "not_a_slide": "This file is neither an image nor a PDF or PPTX deck. Nothing was added.",
    "slide_is_svg": "SVG is a document with scripts, not a picture. Save it as PNG and add that.",
    "slide_too_large": "The image has too many pixels (50 million at most), or the deck is too large when unpacked. Nothing was added.",
    "slide_damaged": "The file is damaged and could not be opened. Nothing was added.",
    "deck_encrypted": "The PDF is protected by a password. Save it without one and add that.",
    "deck_too_long": "The deck has more than 300 pages. Split it and add the part that was shown.",
    "slide_timeout": "Reading the file took too long. Nothing was added.",
}


class SlideRefused(MinutebookError):
    """The file cannot become slides; `code` is one of REFUSALS. Not retryable."""

    code = "not_a_slide"

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code], code=code)


@dataclass(frozen=True, kw_only=True)
class Page:
    """`text`: of the text layer, empty for a picture. Sizes in pixels."""

    path: Path
    width: int
    height: int
    text: str
    shown_ms: int | None = None


def render_pages(source: Path, folder: Path) -> list[Page]:
    """Pages in order, their PNGs in `folder`. About 0.1 s a page. Raises SlideRefused."""
    return _run_child(source, folder, timeout_s=TIMEOUT_S)


def cut_film(source: Path, folder: Path, *, duration_ms: int) -> list[Page]:
    """The distinct, settled screens of a film with the time each appeared. Raises SlideRefused."""
    seconds = duration_ms // 1000
    return _run_child(source, folder, str(seconds), timeout_s=TIMEOUT_S + seconds)


def _run_child(source: Path, folder: Path, *words: str, timeout_s: float) -> list[Page]:
    environment = {"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-I", str(_CHILD), str(source), str(folder), *words]
    try:
        child = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, timeout=timeout_s, check=False)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SlideRefused("slide_timeout") from error
    if not child.stdout:  # killed by a limit, or crashed
        raise SlideRefused("slide_timeout" if child.returncode in (-9, -24) else "slide_damaged")
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise SlideRefused(answer["error"])
    return [
        Page(
            path=folder / page["file"],
            width=page["width"],
            height=page["height"],
            text=page["text"],
            shown_ms=page.get("shown_ms"),
        )
        for page in answer["pages"]
    ]
