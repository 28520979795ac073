"""Weights that PyTorch saved, without PyTorch: a zip with a pickle that names the tensors, and one file of raw numbers for each.

The pickle may build tensors and ordered dictionaries and nothing else: a file that asks for another class is refused, so reading a
damaged or hostile file runs no code of its own.
"""

from __future__ import annotations

import collections
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import ModelFailed

_NUMBERS = {"FloatStorage": np.float32, "HalfStorage": np.float16, "LongStorage": np.int64}


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `torch.save` wrote, tensors as arrays. Raises ModelFailed when the file is missing, damaged or holds anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            root = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(root) as file:
                return _Reader(file, archive, folder=root.removesuffix("data.pkl")).load()
    except (
        OSError,
        zipfile.BadZipFile,
        pickle.UnpicklingError,
        StopIteration,
        KeyError,
        ValueError,
    ) as error:
        raise ModelFailed("The speaker model's weights cannot be read.") from error


class _Reader(pickle.Unpickler):
    """torch.save's format of version 1.6 and later: https://pytorch.org/docs/stable/notes/serialization.html"""

    def __init__(self, file, archive: zipfile.ZipFile, *, folder: str) -> None:
        super().__init__(file)
        self._archive = archive
        self._folder = folder

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _NUMBERS:
            return _NUMBERS[name]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a table of weights")

    def persistent_load(self, pid: tuple) -> np.ndarray:
        _, kind, key, _, _ = pid
        return np.frombuffer(self._archive.read(f"{self._folder}data/{key}"), dtype=kind)


def _rebuild(numbers: np.ndarray, offset: int, size: tuple, stride: tuple, *_: Any) -> np.ndarray:
    width = numbers.itemsize
    strides = tuple(step * width for step in stride)
    return np.lib.stride_tricks.as_strided(numbers[offset:], shape=size, strides=strides).copy()
