"""Writes a random drafter (`gemma4-assistant`) for the tiny Gemma of `tiny_gemma`: its guesses are worth nothing, its path is the real one."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from tests.inference import tiny_gemma as target

ARCHITECTURE = "gemma4-assistant"  # gguf 0.19 does not know it; the writer takes any name
HIDDEN, FFN = 32, 64  # must differ from the target's
LAYERS = 2
IS_WINDOW = [True, False]  # it looks at the keys of the target's last two layers


def write_tiny_drafter(path: Path, *, seed: int = 2, target_hidden: int = target.HIDDEN) -> Path:
    writer = gguf.GGUFWriter(str(path), ARCHITECTURE)
    tokens, types = target._list_tokens()
    _write_header(writer, target_hidden=target_hidden)
    target._write_tokenizer(writer, tokens, types)
    for name, tensor in _make_tensors(len(tokens), seed=seed, target_hidden=target_hidden).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_header(writer: gguf.GGUFWriter, *, target_hidden: int) -> None:
    key = ARCHITECTURE
    writer.add_name("tiny drafter")
    for name, value in {
        "block_count": LAYERS,
        "nextn_predict_layers": LAYERS,
        "context_length": target.CONTEXT,
        "embedding_length": HIDDEN,
        "embedding_length_out": target_hidden,
        "feed_forward_length": FFN,
        "attention.head_count": target.HEADS,
        "attention.key_length": target.HEAD_DIM_FULL,
        "attention.value_length": target.HEAD_DIM_FULL,
        "attention.key_length_swa": target.HEAD_DIM_WINDOW,
        "attention.value_length_swa": target.HEAD_DIM_WINDOW,
        "attention.sliding_window": target.WINDOW,
        "attention.shared_kv_layers": LAYERS,
        "embedding_length_per_layer_input": 0,
        "rope.dimension_count": target.HEAD_DIM_FULL,
        "rope.dimension_count_swa": target.HEAD_DIM_WINDOW,
    }.items():
        writer.add_uint32(f"{key}.{name}", value)
    writer.add_array(f"{key}.attention.head_count_kv", list(target.LIKE_12B.kv_heads[-LAYERS:]))
    writer.add_array(f"{key}.attention.sliding_window_pattern", IS_WINDOW)
    writer.add_float32(f"{key}.attention.layer_norm_rms_epsilon", 1e-6)
    writer.add_float32(f"{key}.rope.freq_base", 1e6)
    writer.add_float32(f"{key}.rope.freq_base_swa", 1e4)


def _make_tensors(vocabulary: int, *, seed: int, target_hidden: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) * 0.2).astype(np.float32)

    ones = np.ones(HIDDEN, dtype=np.float32)
    tensors = {
        "token_embd.weight": matrix(vocabulary, HIDDEN),
        "output_norm.weight": ones,
        "rope_freqs.weight": np.ones(target.HEAD_DIM_FULL // 2, dtype=np.float32),
        "nextn.pre_projection.weight": matrix(HIDDEN, 2 * target_hidden),
        "nextn.post_projection.weight": matrix(target_hidden, HIDDEN),
    }
    for layer in range(LAYERS):
        head_dim = target.HEAD_DIM_WINDOW if IS_WINDOW[layer] else target.HEAD_DIM_FULL
        block = {
            "attn_norm": ones,
            "attn_q": matrix(target.HEADS * head_dim, HIDDEN),
            "attn_q_norm": np.ones(head_dim, dtype=np.float32),
            "attn_output": matrix(HIDDEN, target.HEADS * head_dim),
            "post_attention_norm": ones,
            "ffn_norm": ones,
            "ffn_gate": matrix(FFN, HIDDEN),
            "ffn_up": matrix(FFN, HIDDEN),
            "ffn_down": matrix(HIDDEN, FFN),
            "post_ffw_norm": ones,
            "layer_output_scale": np.ones(1, dtype=np.float32),
        }
        tensors |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in block.items()}
    return tensors
