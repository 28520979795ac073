"""PyTorch's files read without PyTorch."""

from __future__ import annotations

import collections
import io
import pickle
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest

from inference.errors import ModelFailed
from inference.speech.checkpoint import read_checkpoint

NUMBERS = np.arange(12, dtype=np.float32)


class Tensor:
    """Pickled as torch.save does it: a call of torch's own function with the storage by name."""

    def __init__(self, key: str, offset: int, size: tuple, stride: tuple) -> None:
        self.parts = (key, offset, size, stride)

    def __reduce__(self):
        key, offset, size, stride = self.parts
        rest = (offset, size, stride, False, collections.OrderedDict())
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (Storage(key), *rest)


class Storage:
    def __init__(self, key: str) -> None:
        self.key = key


class Writer(pickle.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            return ("storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", NUMBERS.size)
        return None


@pytest.fixture
def torch_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that stand in such a file; nothing of PyTorch is needed beyond them."""
    torch, tools = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*_): ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    tools._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", tools)


def save(path: Path, content: object) -> Path:
    data = io.BytesIO()
    Writer(data, protocol=2).dump(content)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", data.getvalue())
        archive.writestr("archive/data/7", NUMBERS.tobytes())
    return path


def test_tensors_come_as_arrays_of_their_shape(torch_names, tmp_path: Path):
    weights = {"a": Tensor("7", 0, (3, 4), (4, 1)), "turned": Tensor("7", 2, (2, 3), (1, 2))}
    read = read_checkpoint(save(tmp_path / "w.pt", collections.OrderedDict(weights)))
    assert list(read) == ["a", "turned"]
    assert read["a"].tolist() == NUMBERS.reshape(3, 4).tolist()
    assert read["turned"].tolist() == [[2, 4, 6], [3, 5, 7]]


def test_a_file_that_would_run_code_is_refused(tmp_path: Path):
    with pytest.raises(ModelFailed):
        read_checkpoint(save(tmp_path / "w.pt", {"call": print}))


def test_missing_and_damaged_files(tmp_path: Path):
    (tmp_path / "w.pt").write_bytes(b"not a zip")
    for name in ("w.pt", "missing.pt"):
        with pytest.raises(ModelFailed):
            read_checkpoint(tmp_path / name)
