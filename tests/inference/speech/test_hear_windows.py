"""In which company are windows heard? On the demo recording, with the real detector of speech and no recogniser."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from inference.speech.whisper import FIRST_WINDOW, hear_windows
from inference.speech.windows import Window
from inference.types import Progress
from tests.inference.sound import cut_demo, make_silence


def gather(samples: np.ndarray, at_once: int) -> tuple[list[list[Window]], list[Progress]]:
    heard: list[list[Window]] = []

    def listen(windows: list[Window]) -> Iterator[None]:
        heard.append(windows)
        yield None

    pieces = list(hear_windows(samples, listen, first=FIRST_WINDOW, at_once=at_once))
    return heard, [piece for piece in pieces if piece]


@pytest.fixture(scope="module")
def demo() -> np.ndarray:
    return cut_demo(0, 200)


def test_the_first_comes_alone_and_the_others_in_twos(demo: np.ndarray):
    sizes = [len(windows) for windows in gather(demo, 2)[0]]
    assert sizes[0] == 1
    assert len(sizes) > 3 and set(sizes[1:-1]) == {2} and sizes[-1] in (1, 2)


def test_the_windows_are_the_same_in_any_company(demo: np.ndarray):
    one, two = ([window for windows in gather(demo, count)[0] for window in windows] for count in (1, 2))
    assert one == two


@pytest.mark.parametrize("at_once", [1, 2])
def test_progress_never_falls_nor_runs_ahead_of_what_was_heard(demo: np.ndarray, at_once: int):
    heard, progress = gather(demo, at_once)
    positions = [one.position for one in progress]
    assert positions == sorted(positions)
    assert positions[-1] == pytest.approx(200)
    assert positions[-2] <= heard[-1][-1].end / 16_000 + 0.01


def test_silence_is_heard_by_nobody():
    heard, progress = gather(make_silence(3), 2)
    assert heard == []
    assert progress[-1].position == progress[-1].duration == 3
