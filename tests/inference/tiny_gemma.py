"""Writes a random Gemma 4 of 0.6 MB: the real architecture, tokenizer, chat template and window rule, and words without sense.

Layout as llama.cpp's converter writes it (conversion/gemma.py), with one departure: the output matrix is not tied to the
embedding, so that a bias per token can make the text word-like and let turns end. Window 32 makes window bugs visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np

HIDDEN, FFN, HEADS = 64, 128, 4
HEAD_DIM_WINDOW, HEAD_DIM_FULL = 16, 32
WINDOW = 32
CONTEXT = 1024


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Which layers are sliding, how many heads their keys have, which have values of their own (others take the keys), numbers per layer
    that each token brings along, and how many layers look at the cache of earlier ones."""

    is_window: Sequence[bool]
    kv_heads: Sequence[int]
    has_values: Sequence[bool]
    per_layer: int = 0
    shared: int = 0


LIKE_12B = Shape(
    is_window=[True, True, True, False], kv_heads=[2, 2, 2, 1], has_values=[True, True, True, False]
)
LIKE_E2B = Shape(
    is_window=[True, False, True, False], kv_heads=[1] * 4, has_values=[True] * 4, per_layer=8, shared=2
)
LAYERS = 4

CONTROL = [
    "<pad>",
    "<eos>",
    "<bos>",
    "<unk>",
    "<|turn>",
    "<turn|>",
    "<|image>",
    "<image|>",
    "<|audio>",
    "<audio|>",
    "<|tool_response>",
]
USER_DEFINED = ["<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<tool_response|>", '<|"|>']
LETTERS = list("▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\n.,:;!?'\"{}[]()-_/\\@#éüß")
MERGES = ["t h", "th e", "▁ the", "i n", "e r", "▁ a", "o n", "▁ s", "r e", "a t", "u s", "m o", "d el"]

TEMPLATE = """{{ bos_token }}{% if tools %}<|turn>system
{% for tool in tools %}<|tool>declaration:{{ tool.function.name }}{}<tool|>{% endfor %}<turn|>
{% endif %}{% for message in messages %}{% set role = 'model' if message.role == 'assistant' else message.role -%}
<|turn>{{ role }}
{% for call in message.tool_calls or [] %}<|tool_call>call:{{ call.function.name }}{{ call.function.arguments | tojson }}<tool_call|>{% endfor %}{{ message.content | trim }}<turn|>
{% endfor %}{% if add_generation_prompt %}<|turn>model
{% if not enable_thinking %}<|channel>thought
<channel|>{% endif %}{% endif %}"""


def write_tiny_gemma(
    path: Path, *, seed: int = 0, ends: float = 2.0, script: Sequence[str] = (), shape: Shape = LIKE_12B
) -> Path:
    """`ends`: how likely a turn is to end; -100 for never. `script`: what it writes, whatever it is asked, a token each; a token that
    comes twice leads to where it led before."""
    writer = gguf.GGUFWriter(str(path), "gemma4")
    tokens, types = _list_tokens(script)
    _write_header(writer, shape)
    _write_tokenizer(writer, tokens, types)
    tensors = _make_tensors(tokens, types, seed=seed, ends=ends, shape=shape)
    if script:
        _learn_by_heart(tensors, [tokens.index(token) for token in ("<channel|>", *script)], seed=seed)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _list_tokens(script: Sequence[str] = ()) -> tuple[list[str], list[int]]:
    merged = ["".join(merge.split()) for merge in MERGES]
    normal = LETTERS + merged + ["el"]
    known = {*CONTROL, *USER_DEFINED, *normal}
    normal = normal + [token for token in dict.fromkeys(script) if token not in known]
    groups = [
        (CONTROL, gguf.TokenType.CONTROL),
        (USER_DEFINED, gguf.TokenType.USER_DEFINED),
        ([f"<0x{byte:02X}>" for byte in range(256)], gguf.TokenType.BYTE),
        (normal, gguf.TokenType.NORMAL),
    ]
    tokens = [token for group, _ in groups for token in group]
    types = [int(kind) for group, kind in groups for _ in group]
    return tokens, types


def _write_header(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name("tiny gemma")
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(list(shape.kv_heads))
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_key_length(HEAD_DIM_FULL)
    writer.add_value_length(HEAD_DIM_FULL)
    writer.add_uint32("gemma4.attention.key_length_swa", HEAD_DIM_WINDOW)
    writer.add_uint32("gemma4.attention.value_length_swa", HEAD_DIM_WINDOW)
    writer.add_sliding_window(WINDOW)
    writer.add_array("gemma4.attention.sliding_window_pattern", list(shape.is_window))
    writer.add_uint32("gemma4.embedding_length_per_layer_input", shape.per_layer)
    writer.add_uint32("gemma4.attention.shared_kv_layers", shape.shared)
    writer.add_float32("gemma4.final_logit_softcapping", 30.0)
    writer.add_rope_freq_base(1e6)
    writer.add_float32("gemma4.rope.freq_base_swa", 1e4)
    writer.add_rope_dimension_count(HEAD_DIM_FULL)
    writer.add_uint32("gemma4.rope.dimension_count_swa", HEAD_DIM_WINDOW)


def _write_tokenizer(writer: gguf.GGUFWriter, tokens: list[str], types: list[int]) -> None:
    writer.add_tokenizer_model("gemma4")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(tokens.index("<bos>"))
    writer.add_eos_token_id(tokens.index("<turn|>"))
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_array("tokenizer.ggml.suppress_tokens", [tokens.index("<image|>"), tokens.index("<audio|>")])
    writer.add_chat_template(TEMPLATE)


def _make_tensors(
    tokens: list[str], types: list[int], *, seed: int, ends: float, shape: Shape
) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int, scale: float = 0.15) -> np.ndarray:
        return (random.standard_normal((rows, columns)) * scale).astype(np.float32)

    embedding = matrix(len(tokens), HIDDEN, 0.3)
    embedding[:, 0] = 1.0
    output = matrix(len(tokens), HIDDEN, 0.35)
    output[:, 0] = _biases(tokens, types, ends=ends)
    untouched = np.ones(HIDDEN, dtype=np.float32)
    untouched[0] = 0.0  # no layer may write the constant the biases hang on
    tensors = {
        "token_embd.weight": embedding,
        "output.weight": output,
        "output_norm.weight": np.ones(HIDDEN, dtype=np.float32),
        "rope_freqs.weight": np.ones(HEAD_DIM_FULL // 2, dtype=np.float32),
    }
    if shape.per_layer:
        tensors |= {
            "per_layer_token_embd.weight": matrix(len(tokens), shape.per_layer * LAYERS),
            "per_layer_model_proj.weight": matrix(shape.per_layer * LAYERS, HIDDEN),
            "per_layer_proj_norm.weight": np.ones(shape.per_layer, dtype=np.float32),
        }
    for layer in range(LAYERS):
        head_dim = HEAD_DIM_WINDOW if shape.is_window[layer] else HEAD_DIM_FULL
        block = {
            "attn_norm": np.ones(HIDDEN, dtype=np.float32),
            "attn_q": matrix(HEADS * head_dim, HIDDEN),
            "attn_output": matrix(HIDDEN, HEADS * head_dim),
            "attn_q_norm": np.ones(head_dim, dtype=np.float32),
            "post_attention_norm": untouched,
            "ffn_norm": np.ones(HIDDEN, dtype=np.float32),
            "ffn_gate": matrix(FFN, HIDDEN),
            "ffn_up": matrix(FFN, HIDDEN),
            "ffn_down": matrix(HIDDEN, FFN),
            "post_ffw_norm": untouched,
            "layer_output_scale": np.ones(1, dtype=np.float32),
        }
        if layer < LAYERS - shape.shared:
            block["attn_k"] = matrix(shape.kv_heads[layer] * head_dim, HIDDEN)
            block["attn_k_norm"] = np.ones(head_dim, dtype=np.float32)
            if shape.has_values[layer]:
                block["attn_v"] = matrix(shape.kv_heads[layer] * head_dim, HIDDEN)
        if shape.per_layer:
            block["inp_gate"] = matrix(shape.per_layer, HIDDEN)
            block["proj"] = matrix(HIDDEN, shape.per_layer)
            block["post_norm"] = untouched
        tensors |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in block.items()}
    return tensors


def _learn_by_heart(tensors: dict[str, np.ndarray], chain: list[int], *, seed: int) -> None:
    """Each token leads to the next: layers write nothing, and the output row of a token looks like the one before it. A prompt ends with
    the first of the chain."""
    random = np.random.default_rng(seed)
    embedding = random.standard_normal(tensors["token_embd.weight"].shape).astype(np.float32)
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    output = np.zeros_like(embedding)
    for before, after in dict(reversed(list(pairwise(chain)))).items():
        output[after] += 3 * embedding[before]
    tensors |= {"token_embd.weight": embedding, "output.weight": output}
    for name, tensor in tensors.items():
        if name.endswith(("post_attention_norm.weight", "post_ffw_norm.weight")):
            tensors[name] = np.zeros_like(tensor)


def _biases(tokens: list[str], types: list[int], *, ends: float) -> list[float]:
    """Logit of each token before what the layers add (they add about ±2)."""
    special = {
        "<turn|>": ends,
        "<image|>": 9.0,
        '"': 3.0,
        "▁": 2.0,
        "▁the": 2.0,
    }  # <image|> is likely, and suppressed
    by_type = {gguf.TokenType.NORMAL: 1.0, gguf.TokenType.BYTE: -8.0}
    return [
        special.get(token, by_type.get(gguf.TokenType(kind), -20.0))
        for token, kind in zip(tokens, types, strict=True)
    ]


def write_tiny_mmproj(path: Path, *, seed: int = 1, ears: bool = True, eyes: bool = True) -> Path:
    """The projector beside it: `gemma4ua` (640 samples a token, one linear layer) and `gemma4uv` (48-pixel patches). Random weights."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_type("mmproj")
    writer.add_bool("clip.has_vision_encoder", eyes)
    writer.add_bool("clip.has_audio_encoder", ears)
    tensors: dict[str, np.ndarray] = {}
    if eyes:
        tensors |= _write_eyes(writer, random)
    if ears:
        writer.add_string("clip.audio.projector_type", "gemma4ua")
        _write_sense(writer, "audio")
        writer.add_uint32("clip.audio.num_mel_bins", 640)
        tensors["mm.a.input_projection.weight"] = _draw(random, HIDDEN, 640)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_eyes(writer: gguf.GGUFWriter, random: np.random.Generator) -> dict[str, np.ndarray]:
    writer.add_string("clip.vision.projector_type", "gemma4uv")
    _write_sense(writer, "vision")
    writer.add_uint32("clip.vision.image_size", 672)
    writer.add_uint32("clip.vision.patch_size", 16)
    writer.add_uint32("clip.vision.projector.scale_factor", 3)
    writer.add_array("clip.vision.image_mean", [0.0, 0.0, 0.0])
    writer.add_array("clip.vision.image_std", [1.0, 1.0, 1.0])
    patch = 48 * 48 * 3
    tensors = {
        "v.patch_embd.weight": _draw(random, HIDDEN, patch),
        "v.patch_embd.bias": np.zeros(HIDDEN, dtype=np.float32),
        "v.position_embd.weight": _draw(random, 2, 1120, HIDDEN),
        "mm.input_projection.weight": _draw(random, HIDDEN, HIDDEN),
    }
    for number, size in ((1, patch), (2, HIDDEN), (3, HIDDEN)):
        tensors[f"v.patch_norm.{number}.weight"] = np.ones(size, dtype=np.float32)
        tensors[f"v.patch_norm.{number}.bias"] = np.zeros(size, dtype=np.float32)
    return tensors


def _write_sense(writer: gguf.GGUFWriter, name: str) -> None:
    prefix = f"clip.{name}"
    writer.add_uint32(f"{prefix}.embedding_length", HIDDEN)
    writer.add_uint32(f"{prefix}.feed_forward_length", 0)
    writer.add_uint32(f"{prefix}.block_count", 0)
    writer.add_uint32(f"{prefix}.projection_dim", HIDDEN)
    writer.add_uint32(f"{prefix}.attention.head_count", 0)
    writer.add_float32(f"{prefix}.attention.layer_norm_epsilon", 1e-6)


def _draw(random: np.random.Generator, *shape: int) -> np.ndarray:
    return (random.standard_normal(shape) * 0.05).astype(np.float32)
