"""Slides out of a film. Runs in the child process only.

    keyframes ─▶ 80 × 45 grey cells each ─▶ cells that change all the time are left out (a webcam)
      ─▶ a new screen: 2 % of the other cells changed, and it stays for 2 s   (a pointer or a cursor changes fewer)
      ─▶ not seen before ─▶ its first frame is looked for between the two keyframes, and kept as PNG

Reading keyframes alone costs a few hundredths of what decoding all would. Where they are rarer than every 12 s, all frames are decoded.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

CONTAINERS = "asf,avi,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts"
CELLS = (80, 45)
CHANGED = 6  # grey levels in the mean of a cell
NEW_SCREEN = 0.02
RESTLESS = 0.4  # a cell that changed in so many of the steps shows something that moves
SETTLED_S = 2.0
RARE_KEYFRAMES_S = 12.0
SAMPLE_S = 1.0
MAX_SAMPLES = 20_000
MAX_SLIDES = 200


@dataclass
class Sample:
    at_s: float
    cells: np.ndarray


def to_cells(frame: av.VideoFrame) -> np.ndarray:
    """int16, (45, 80), 0 … 255."""
    small = frame.reformat(width=CELLS[0] * 2, height=CELLS[1] * 2, format="gray", interpolation="AREA")
    pixels = small.to_ndarray()[: CELLS[1] * 2, : CELLS[0] * 2].astype(np.int16)
    return pixels.reshape(CELLS[1], 2, CELLS[0], 2).mean(axis=(1, 3)).astype(np.int16)


def read_frames(container, stream, *, only_keys: bool) -> Iterator[av.VideoFrame]:
    stream.codec_context.skip_frame = "NONKEY" if only_keys else "DEFAULT"
    try:
        for frame in container.decode(stream):
            if frame.pts is not None:
                yield frame
    except av.error.FFmpegError:
        return  # damaged from here on: what was seen is kept


def take_samples(path: Path) -> list[Sample]:
    with open_film(path) as container:
        samples = sample(container, only_keys=True)
        ends = [one.at_s for one in samples] + [float(container.duration or 0) / av.time_base]
    gaps = [after - before for before, after in itertools.pairwise(ends)]
    if samples and max(gaps, default=0) <= RARE_KEYFRAMES_S:
        return samples
    with open_film(path) as container:
        return sample(container, only_keys=False)


def open_film(path: Path):
    return av.open(str(path), options={"protocol_whitelist": "file", "format_whitelist": CONTAINERS})


def sample(container, *, only_keys: bool) -> list[Sample]:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    samples: list[Sample] = []
    for frame in read_frames(container, stream, only_keys=only_keys):
        at_s = float(frame.pts * stream.time_base)
        if samples and not only_keys and at_s - samples[-1].at_s < SAMPLE_S:
            continue
        samples.append(Sample(at_s, to_cells(frame)))
        if len(samples) >= MAX_SAMPLES:
            break
    return samples


def find_quiet(samples: list[Sample]) -> np.ndarray:
    """Cells that do not move all the time: bool, (45, 80)."""
    quiet = np.zeros((CELLS[1], CELLS[0]))
    steps = max(1, len(samples) - 1)
    for before, after in itertools.pairwise(samples):
        quiet += np.abs(after.cells - before.cells) > CHANGED
    return quiet / steps < RESTLESS if len(samples) > 4 else np.ones_like(quiet, dtype=bool)


def is_same(one: np.ndarray, other: np.ndarray, quiet: np.ndarray) -> bool:
    changed = (np.abs(one - other) > CHANGED) & quiet
    return changed.sum() < NEW_SCREEN * max(1, quiet.sum())


def find_screens(samples: list[Sample], *, end_s: float) -> list[tuple[float, Sample]]:
    """Distinct settled screens with the time of the sample before each (it began after that)."""
    quiet = find_quiet(samples)
    if quiet.mean() < 0.25:
        return []  # a film, not a screen
    kept: list[tuple[float, Sample]] = []
    index = 0
    while index < len(samples) and len(kept) < MAX_SLIDES:
        first = samples[index]
        after = index + 1
        while after < len(samples) and is_same(samples[after].cells, first.cells, quiet):
            after += 1
        until_s = samples[after].at_s if after < len(samples) else end_s
        is_old = any(is_same(first.cells, old.cells, quiet) for _, old in kept)
        if until_s - first.at_s >= SETTLED_S and not is_old and first.cells.std() > 2:
            kept.append((samples[index - 1].at_s if index else 0.0, first))
        index = after
    return kept


def cut_slides(path: Path, folder: Path) -> list[dict]:
    """PNGs `0001.png` … and when each appeared: `{"file", "width", "height", "shown_ms"}`."""
    samples = take_samples(path)
    with open_film(path) as container:
        end_s = float(container.duration or 0) / av.time_base
        screens = find_screens(samples, end_s=end_s)
        quiet = find_quiet(samples)
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return [
            keep(container, stream, folder, number, before_s, screen, quiet)
            for number, (before_s, screen) in enumerate(screens, 1)
        ]


def keep(container, stream, folder: Path, number: int, before_s: float, screen: Sample, quiet) -> dict:
    """The picture at the sample, the time of the first frame that looks like it."""
    container.seek(int(before_s / stream.time_base), stream=stream)
    shown_s, picture = None, None
    for frame in read_frames(container, stream, only_keys=False):
        at_s = float(frame.pts * stream.time_base)
        picture = frame
        if shown_s is None and at_s > before_s - 0.01 and is_same(to_cells(frame), screen.cells, quiet):
            shown_s = at_s
        if at_s >= screen.at_s - 0.01:
            break
    image = picture.to_image()
    image.thumbnail((1600, 1600))
    name = f"{number:04}.png"
    image.save(folder / name, compress_level=4)
    shown_ms = max(0, int(1000 * (screen.at_s if shown_s is None else shown_s)))
    return {"file": name, "width": image.width, "height": image.height, "text": "", "shown_ms": shown_ms}
