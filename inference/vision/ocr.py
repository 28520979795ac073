"""OCR with the PP-OCRv6 models that lie inside the `rapidocr` package. They are loaded by the first picture, since most days have none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import ModelFailed
from inference.vision.order import order_lines
from inference.vision.types import Line, Reading

NAME = "pp-ocrv6-small"
CROPS_PER_PIECE = 6
SMALLEST_SIDE = 8  # nothing can be read in less
MAX_SIDE = 2000


class OcrEngine:
    """`load`, `warm`, `read` and `close` belong to the model thread."""

    def __init__(self, *, threads: int, name: str = NAME) -> None:
        self.name = name
        self._threads = threads
        self._models: Any = None

    def load(self) -> None:
        """Nothing yet: see the module."""

    def warm(self) -> None: ...

    def close(self) -> None:
        self._models = None

    def read(self, image: np.ndarray) -> Iterator[Reading | None]:
        """`image`: RGB, uint8, (height, width, 3). One Reading at the end; a pause point after finding the lines and after every six
        of them, about 0.5 s each. Raises ModelFailed (retryable)."""
        height, width = image.shape[:2]
        lines: list[Line] = []
        if min(height, width) >= SMALLEST_SIDE:
            try:
                for line in self._read_lines(np.ascontiguousarray(image[:, :, ::-1])):
                    if line is None:
                        yield None
                    else:
                        lines.append(line)
            except ModelFailed:
                raise
            except Exception as error:  # the library raises its own, undocumented classes
                raise ModelFailed("Reading the text of the image failed.") from error
        rows = order_lines(lines)
        yield Reading(
            text="\n".join("\t".join(line.text for line in row) for row in rows),
            lines=tuple(line for row in rows for line in row),
            width=width,
            height=height,
        )

    def _read_lines(self, bgr: np.ndarray) -> Iterator[Line | None]:
        models = self._open()
        smaller, record = models.preprocess_img(bgr)
        try:
            crops, found = models.detect_and_crop(smaller, record)
        except Exception as error:
            if type(error).__name__ == "RapidOCRError":  # its word for "no text"
                return
            raise
        boxes = _map_back(found.boxes, record, bgr)
        yield None
        # Crops of like shape together: a batch is padded to its widest.
        order = sorted(range(len(crops)), key=lambda index: crops[index].shape[1] / crops[index].shape[0])
        for start in range(0, len(order), CROPS_PER_PIECE):
            batch = order[start : start + CROPS_PER_PIECE]
            result = models.recognize_txt([crops[index] for index in batch])
            for index, text, score in zip(batch, result.txts, result.scores, strict=True):
                if text.strip() and score >= models.text_score:
                    yield Line(text=text.strip(), box=_to_box(boxes[index]), score=float(score))
            yield None

    def _open(self) -> Any:
        if self._models is None:
            import rapidocr  # here, since it brings OpenCV into memory

            folder = Path(rapidocr.__file__).parent / "models"
            params = {
                "Global.log_level": "error",
                "Global.use_cls": False,  # slides stand upright
                "Global.max_side_len": MAX_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                # Named, so that a missing file is an error and never a download.
                "Det.model_path": str(folder / "PP-OCRv6_det_small.onnx"),
                "Rec.model_path": str(folder / "PP-OCRv6_rec_small.onnx"),
            }
            self._models = rapidocr.RapidOCR(params=params)
        return self._models


def _map_back(boxes: np.ndarray, record: dict[str, Any], image: np.ndarray) -> np.ndarray:
    from rapidocr.utils.process_img import map_boxes_to_original

    return map_boxes_to_original(np.array(boxes), record, image.shape[0], image.shape[1])


def _to_box(corners: np.ndarray) -> tuple[int, int, int, int]:
    """Four corners → x, y, width, height."""
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return int(left), int(top), int(right - left), int(bottom - top)
