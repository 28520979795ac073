"""The ears and eyes of a random Gemma 4 E2B: unlike the 12B's a conformer over mel bands (`gemma4a`) and a vision transformer (`gemma4v`).

Names and shapes as llama.cpp's loader wants them (tools/mtmd/clip.cpp); one block of each, 4 heads.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from tests.inference.tiny_gemma import HIDDEN

WIDTH, HEADS, MEL_BANDS, CHANNELS = 32, 4, 128, 4
PATCH = 16


def write_tiny_small_senses(path: Path, *, seed: int = 1) -> Path:
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_type("mmproj")
    for name, projector in (("vision", "gemma4v"), ("audio", "gemma4a")):
        writer.add_bool(f"clip.has_{name}_encoder", True)
        writer.add_string(f"clip.{name}.projector_type", projector)
        writer.add_uint32(f"clip.{name}.embedding_length", WIDTH)
        writer.add_uint32(f"clip.{name}.feed_forward_length", 2 * WIDTH)
        writer.add_uint32(f"clip.{name}.block_count", 1)
        writer.add_uint32(f"clip.{name}.projection_dim", HIDDEN)
        writer.add_uint32(f"clip.{name}.attention.head_count", HEADS)
        writer.add_float32(f"clip.{name}.attention.layer_norm_epsilon", 1e-6)
    writer.add_uint32("clip.audio.num_mel_bins", MEL_BANDS)
    writer.add_uint32("clip.vision.image_size", 672)
    writer.add_uint32("clip.vision.patch_size", PATCH)
    writer.add_uint32("clip.vision.projector.scale_factor", 3)
    writer.add_array("clip.vision.image_mean", [0.0, 0.0, 0.0])
    writer.add_array("clip.vision.image_std", [1.0, 1.0, 1.0])
    for name, shape in (_list_ears() | _list_eyes()).items():
        is_norm = "norm" in name or ".ln" in name or "per_dim" in name
        numbers = np.ones(shape) if is_norm else random.standard_normal(shape) * 0.1
        writer.add_tensor(name, numbers.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _list_block(prefix: str) -> dict[str, tuple[int, ...]]:
    square = {f"attn_{one}": (WIDTH, WIDTH) for one in ("q", "k", "v", "out")}
    shapes = square | {"ffn_up": (2 * WIDTH, WIDTH), "ffn_down": (WIDTH, 2 * WIDTH), "ln2": (WIDTH,)}
    return {f"{prefix}.blk.0.{name}.weight": shape for name, shape in shapes.items()}


def _list_eyes() -> dict[str, tuple[int, ...]]:
    return {
        **_list_block("v"),
        "v.blk.0.ln1.weight": (WIDTH,),
        "v.blk.0.ffn_gate.weight": (2 * WIDTH, WIDTH),
        "v.patch_embd.weight": (WIDTH, 3, PATCH, PATCH),
        "v.position_embd.weight": (2, 10_240, WIDTH),
        "mm.input_projection.weight": (HIDDEN, WIDTH),
    }


def _list_ears() -> dict[str, tuple[int, ...]]:
    block = {
        "ffn_norm": (WIDTH,),
        "attn_pre_norm": (WIDTH,),
        "attn_post_norm": (WIDTH,),
        "per_dim_scale": (WIDTH // HEADS,),
        "attn_k_rel": (WIDTH, WIDTH),
        "conv_norm": (WIDTH,),
        "norm_conv": (WIDTH,),
        "conv_pw1": (2 * WIDTH, WIDTH),
        "conv_dw": (WIDTH, 5),
        "conv_pw2": (WIDTH, WIDTH),
        "ffn_norm_1": (WIDTH,),
        "ffn_up_1": (2 * WIDTH, WIDTH),
        "ffn_down_1": (WIDTH, 2 * WIDTH),
    }
    return {
        **_list_block("a"),
        **{f"a.blk.0.{name}.weight": shape for name, shape in block.items()},
        "a.conv1d.0.weight": (CHANNELS, 1, 3, 3),
        "a.conv1d.1.weight": (CHANNELS, CHANNELS, 3, 3),
        "a.conv1d.0.norm.weight": (CHANNELS,),
        "a.conv1d.1.norm.weight": (CHANNELS,),
        "a.input_projection.weight": (WIDTH, CHANNELS * MEL_BANDS // 4),
        "mm.a.input_projection.weight": (HIDDEN, WIDTH),
    }
