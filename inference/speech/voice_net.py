"""Voices as vectors: CAM++ (Wang et al. 2023, https://arxiv.org/abs/2303.00332), 192 numbers a voice.

Weights: 3D-Speaker's speech_campplus_sv_zh_en_16k-common_advanced. A 2-D convolutional head over 80 mel bands, then three blocks of
densely joined time-delay layers; each layer is weighted by what stretches of SEGMENT frames and the whole sound like. The sound is cut
to whole such stretches here, so that a stretch is a row of a reshaped array.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from inference.speech.checkpoint import read_checkpoint
from inference.speech.graph import Graph

BANDS = 80
DIMENSIONS = 192
SEGMENT = 100  # frames after the first layer, which halves their number
FRAMES = 2 * SEGMENT  # a multiple of these (2 s) is what the network reads
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers, dilation
_LAYER_WIDTH = 128


def start_voice_net(path: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """Log mel bands without their mean, float32, (n, k · FRAMES, BANDS) → (n, DIMENSIONS). Raises ModelFailed."""
    graph = Graph(read_checkpoint(path), input_shape=("n", "frames", BANDS))
    x = graph.add("Unsqueeze", graph.add("Transpose", "input", perm=[0, 2, 1]), graph.constant(np.array([1])))
    x = _add_head(graph, x)
    x = _conv_norm_relu(
        graph, x, "xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm", pads=[2, 2], strides=[2]
    )
    for number, (layers, dilation) in enumerate(_BLOCKS, start=1):
        for layer in range(1, layers + 1):
            made = _add_layer(graph, x, f"xvector.block{number}.tdnnd{layer}", dilation=dilation)
            x = graph.add("Concat", x, made, axis=1)
        x = graph.add("Relu", graph.batch_norm(x, f"xvector.transit{number}.nonlinear.batchnorm"))
        x = graph.conv(x, f"xvector.transit{number}.linear")
    x = graph.add("Relu", graph.batch_norm(x, "xvector.out_nonlinear.batchnorm"))
    x = graph.conv(_add_statistics(graph, x), "xvector.dense.linear")
    x = graph.batch_norm(x, "xvector.dense.nonlinear.batchnorm")
    return graph.start(graph.add("Squeeze", x, graph.constant(np.array([2]))), threads=threads)


def _conv_norm_relu(graph: Graph, x: str, conv: str, norm: str, **attributes) -> str:
    return graph.add("Relu", graph.batch_norm(graph.conv(x, conv, **attributes), norm))


def _add_head(graph: Graph, x: str) -> str:
    """(n, 1, bands, frames) → (n, channels · bands / 8, frames)."""
    same = {"pads": [1, 1, 1, 1]}
    x = _conv_norm_relu(graph, x, "head.conv1", "head.bn1", **same)
    for layer in ("head.layer1", "head.layer2"):
        for block, stride in (("0", 2), ("1", 1)):
            name, steps = f"{layer}.{block}", [stride, 1]
            made = _conv_norm_relu(graph, x, f"{name}.conv1", f"{name}.bn1", strides=steps, **same)
            made = graph.batch_norm(graph.conv(made, f"{name}.conv2", **same), f"{name}.bn2")
            if f"{name}.shortcut.0.weight" in graph.weights:
                x = graph.batch_norm(graph.conv(x, f"{name}.shortcut.0", strides=steps), f"{name}.shortcut.1")
            x = graph.add("Relu", graph.add("Add", made, x))
    x = _conv_norm_relu(graph, x, "head.conv2", "head.bn2", strides=[2, 1], **same)
    channels = graph.weights["head.conv2.weight"].shape[0] * BANDS // 8
    return graph.add("Reshape", x, graph.constant(np.array([0, channels, -1])))


def _add_layer(graph: Graph, x: str, name: str, *, dilation: int) -> str:
    x = graph.add("Relu", graph.batch_norm(x, f"{name}.nonlinear1.batchnorm"))
    x = _conv_norm_relu(graph, x, f"{name}.linear1", f"{name}.nonlinear2.batchnorm")
    cam = f"{name}.cam_layer"
    local = graph.conv(x, f"{cam}.linear_local", pads=[dilation, dilation], dilations=[dilation])
    # The paper adds the mean of the stretch of 100 frames that a frame is in; up to twice as many, that is the mean of all.
    mean = graph.add("ReduceMean", x, axes=[2], keepdims=1)
    mask = graph.add("Relu", graph.conv(graph.add("Add", mean, mean), f"{cam}.linear1"))
    mask = graph.add("Sigmoid", graph.conv(mask, f"{cam}.linear2"))
    return graph.add("Mul", local, mask)


def _add_statistics(graph: Graph, x: str) -> str:
    """Mean and deviation over time, (n, c, frames) → (n, 2c, 1)."""
    mean = graph.add("ReduceMean", x, axes=[2], keepdims=1)
    off = graph.add("Sub", x, mean)
    total = graph.add("ReduceSum", graph.add("Mul", off, off), graph.constant(np.array([2])), keepdims=1)
    frames = graph.add(
        "Cast", graph.add("Gather", graph.add("Shape", x), graph.constant(np.array([2]))), to=1
    )
    spread = graph.add("Div", total, graph.add("Sub", frames, graph.constant(np.ones(1, dtype=np.float32))))
    return graph.add("Concat", mean, graph.add("Sqrt", spread), axis=1)
