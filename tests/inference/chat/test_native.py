"""The settings that decide whether a large model with a sliding window is usable at all (each wrong one was measured once)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_cpp import llama_cpp as lib

from inference.chat.native import NativeContext, NativeModel
from tests.inference.tiny_gemma import CONTEXT, WINDOW


@pytest.fixture(scope="module")
def model(tiny_path: Path) -> Iterator[NativeModel]:
    model = NativeModel(tiny_path)
    yield model
    model.close()


@pytest.fixture
def context(model: NativeModel) -> Iterator[NativeContext]:
    context = NativeContext(model, n_ctx=CONTEXT, threads=1, piece_tokens=64)
    yield context
    context.close()


def test_one_computation_is_one_batch(context: NativeContext):
    """With n_batch above n_ubatch a picture between the two aborts the process."""
    assert lib.llama_n_batch(context.handle) == lib.llama_n_ubatch(context.handle) == context.piece_tokens


def test_sliding_layers_keep_their_window_only(context: NativeContext):
    """swa_full: 10 GiB more at 32k for Gemma 4 12B."""
    for at in range(0, 960, 64):
        context.decode([300] * 64, at=at)
    first = context.get_first_position()
    assert 960 - WINDOW - 400 < first <= 960 - WINDOW


def test_a_snapshot_holds_the_state_and_no_logits(context: NativeContext, model: NativeModel):
    """llama-cpp-python's own save_state adds n_batch x vocabulary floats: 537 MB for the real one."""
    context.decode([300] * 64, at=0)
    with_64 = context.take_snapshot().nbytes
    context.decode([300] * 64, at=64)
    with_128 = context.take_snapshot().nbytes
    assert with_128 - with_64 < 64 * model.vocabulary.size * 4 / 4


def test_logits_of_the_last_token_only(context: NativeContext):
    """logits_all: 32 GiB at 32k."""
    context.decode([300, 301, 302], at=0)
    assert lib.llama_get_logits_ith(context.handle, 2)
    assert not lib.llama_get_logits_ith(context.handle, 0)


def list_layers(
    monkeypatch: pytest.MonkeyPatch, path: Path, *, has_card: bool, fits: bool, **options: int
) -> list[int]:
    """How many layers were asked to lie on a card, load by load. This build has none: llama.cpp's answer to the question is a stand-in, the
    load is real."""
    asked = []
    real = lib.llama_model_load_from_file

    def load(path: bytes, params: object) -> object:
        asked.append(params.n_gpu_layers)
        return None if params.n_gpu_layers and not fits else real(path, params)

    monkeypatch.setattr(lib, "llama_supports_gpu_offload", lambda: has_card)
    monkeypatch.setattr(lib, "llama_model_load_from_file", load)
    model = NativeModel(path, **options)
    asked.append(model.gpu_layers)
    model.close()
    return asked


def test_all_layers_lie_on_a_card_that_this_build_uses(monkeypatch: pytest.MonkeyPatch, tiny_path: Path):
    assert list_layers(monkeypatch, tiny_path, has_card=True, fits=True) == [-1, -1]
    assert list_layers(monkeypatch, tiny_path, has_card=True, fits=True, gpu_layers=2) == [2, 2]
    assert list_layers(monkeypatch, tiny_path, has_card=False, fits=True) == [0, 0]


def test_a_card_that_is_too_small_leaves_the_model_to_the_processor(
    monkeypatch: pytest.MonkeyPatch, tiny_path: Path
):
    assert list_layers(monkeypatch, tiny_path, has_card=True, fits=False) == [-1, 0, 0]


def test_flash_attention_and_no_full_window(monkeypatch: pytest.MonkeyPatch, model: NativeModel):
    """Without flash attention V is padded to the widest layer (twice the cache), with swa_full the 12B takes 10 GiB more at 32k."""
    seen = []
    real = lib.llama_init_from_model
    monkeypatch.setattr(
        lib, "llama_init_from_model", lambda handle, params: seen.append(params) or real(handle, params)
    )
    NativeContext(model, n_ctx=CONTEXT, threads=1, piece_tokens=64).close()
    assert seen[0].flash_attn_type == lib.LLAMA_FLASH_ATTN_TYPE_ENABLED
    assert seen[0].swa_full is False


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux alone tells what is mapped")
def test_the_file_does_not_stay_mapped(tmp_path: Path, tiny_path: Path):
    """The CPU build repacks weights into new memory and keeps a mapped file beside them: 13.9 GB instead of 9 for the 12B."""
    path = tmp_path / "not-mapped.gguf"
    path.write_bytes(tiny_path.read_bytes())
    model = NativeModel(path)
    assert path.name not in Path("/proc/self/maps").read_text()
    model.close()


def test_an_abort_starts_no_debugger():
    """ggml starts gdb and prints a long backtrace, with what it was working on, unless told not to."""
    assert os.environ["GGML_NO_BACKTRACE"] == "1"
