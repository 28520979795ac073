"""A network written down as an ONNX graph, step by step, and run by onnxruntime.

For weights that come without a graph. Every step takes the name of what it reads and gives the name of what it makes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from inference.sessions import make_options

OPSET = 17
IR_VERSION = 9


class Graph:
    """One input of float32, one output."""

    def __init__(self, weights: dict[str, np.ndarray], *, input_shape: tuple[int | str | None, ...]) -> None:
        self.weights = weights
        self._input_shape = input_shape
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """One operator of ONNX. The name of its output, or a list of names when it has several."""
        self._count += 1
        names = [f"{kind}_{self._count}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, values: np.ndarray) -> str:
        self._count += 1
        return self._keep(f"constant_{self._count}", values)

    def weight(self, name: str) -> str:
        return self._keep(name, self.weights[name])

    def conv(self, source: str, name: str, **attributes: Any) -> str:
        """A convolution with the weights `name.weight` and, where there is one, `name.bias`."""
        inputs = [source, self.weight(f"{name}.weight")]
        if f"{name}.bias" in self.weights:
            inputs.append(self.weight(f"{name}.bias"))
        return self.add("Conv", *inputs, **attributes)

    def batch_norm(self, source: str, name: str) -> str:
        mean = self.weights[f"{name}.running_mean"]
        scale = self.weights.get(f"{name}.weight", np.ones_like(mean))
        shift = self.weights.get(f"{name}.bias", np.zeros_like(mean))
        rest = [self._keep(f"{name}.{what}", values) for what, values in (("weight", scale), ("bias", shift))]
        rest += [self.weight(f"{name}.running_mean"), self.weight(f"{name}.running_var")]
        return self.add("BatchNormalization", source, *rest, epsilon=1e-5)

    def linear(self, source: str, name: str) -> str:
        product = self.add("MatMul", source, self._keep(f"{name}.T", self.weights[f"{name}.weight"].T))
        return self.add("Add", product, self.weight(f"{name}.bias"))

    def start(self, output: str, *, threads: int) -> onnxruntime.InferenceSession:
        """The session; its input is called "input"."""
        graph = helper.make_graph(
            [*self._nodes, helper.make_node("Identity", [output], ["output"])],
            "network",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, list(self._input_shape))],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)],
            initializer=list(self._tensors.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        return onnxruntime.InferenceSession(
            model.SerializeToString(), sess_options=make_options(threads), providers=["CPUExecutionProvider"]
        )

    def _keep(self, name: str, values: np.ndarray) -> str:
        if name not in self._tensors:
            self._tensors[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name
