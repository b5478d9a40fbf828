"""Small graphs, and damaged files made from them."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinyq.graph import ABSENT, Graph, Operator, Quantization, Tensor
from tinyq.graph.operators import KINDS
from tinyq.graph.options import ENUMS, option_fields
from tinyq.graph.schema import SCALAR_BYTES, TABLES
from tinyq.graph.verify import OPTIONS_TABLES
from tinyq.graph.writer import _Writer


def per_tensor(scale: float, zero_point: int = 0) -> Quantization:
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))


def per_channel(count: int, axis: int = 0) -> Quantization:
    scale = (np.arange(count, dtype=np.float32) + 1) / 64
    return Quantization(scale, np.zeros(count, np.int64), axis)


def activation(name: str, *shape: int) -> Tensor:
    return Tensor(name, shape, "int8", per_tensor(0.5, -3))


def constant(name: str, data: np.ndarray, quantization: Quantization | None = None) -> Tensor:
    return Tensor(name, data.shape, data.dtype.name, quantization, data)


def sample_options(kind: str) -> dict[str, Any]:
    """Every option, none at its default."""
    by_type = {"bool": True, "byte": 1, "int": 3, "float": 0.25, "string": "a8w1"}
    options: dict[str, Any] = {}
    for field in option_fields(kind):
        if field.name in ENUMS:
            options[field.name] = list(ENUMS[field.name])[1]
        elif field.vector:
            options[field.name] = (1, -1, 70_000)
        else:
            options[field.name] = 1 if field.name == "abi" else by_type[field.type]
    return options


def every_kind() -> Graph:
    """A chain of every operator kind. Its shapes mean nothing: it is for reading and writing only."""
    rng = np.random.default_rng(0)
    tensors = [
        activation("input", 1, 3, 2, 4),
        constant("filter", rng.integers(-128, 128, (4, 1, 2, 2)).astype(np.int8), per_channel(4)),
        constant("bias", rng.integers(-999, 999, 4).astype(np.int32), per_channel(4)),
        constant("packed/é", rng.integers(0, 243, 7).astype(np.uint8)),
        constant("levels", np.full(4, 127, np.int8), per_channel(4)),
        constant("half", np.array([[0.5, -2.0]], np.float16)),
        constant("scalar", np.array(3.5, np.float32)),
        constant("shape", np.array([1, -1], np.int64)),
    ]
    operators = []
    current = 0
    for kind, facts in KINDS.items():
        inputs = [current, *range(1, facts.fewest)]
        if facts.custom:
            sources = range(facts.most if facts.absent else facts.fewest)
            inputs = [(current, 3)[i] if i < 2 else ABSENT if i in facts.absent else 4 for i in sources]
        tensors.append(activation(f"out/{kind}", 1, 3, 2, 4))
        current = len(tensors) - 1
        operators.append(
            Operator(kind, tuple(inputs), (current,), sample_options(kind), version=len(tensors))
        )
    return Graph(
        tensors=tuple(tensors),
        operators=tuple(operators),
        inputs=(0,),
        outputs=(current, current - 1),
        name="chain",
        description="hand-made",
        metadata={"note": b"\x00\x01\xff", "empty": b"", "same": b"\x00\x01\xff"},
        signatures={"serve": ({"x": 0}, {"y": current, "z": current - 1})},
    )


def small() -> Graph:
    """Two ternary operators, a stock one and a softmax: the seed of most damaged files."""
    tensors = (
        activation("image", 1, 4, 4, 1),
        constant("conv/packed", np.array([55, 43, 128, 128], np.uint8)),
        constant("conv/levels", np.array([127, 64], np.int8)),
        activation("conv", 1, 4, 4, 2),
        constant("shape", np.array([1, 32], np.int32)),
        activation("flat", 1, 32),
        constant("dense/weights", np.ones((3, 32), np.int8), per_tensor(0.01)),
        constant("dense/bias", np.array([1, -2, 3], np.int32), per_tensor(0.005)),
        activation("dense", 1, 3),
        activation("softmax", 1, 3),
        constant("conv/scales", np.array([0.01, 0.02], np.float32)),
    )
    operators = (
        Operator("TqConv2D", (0, 1, ABSENT, 2, 10), (3,), sample_options("TqConv2D")),
        Operator("RESHAPE", (3, 4), (5,), {"new_shape": (1, -1)}),
        Operator("FULLY_CONNECTED", (5, 6, 7), (8,), {"fused_activation_function": "RELU"}),
        Operator("SOFTMAX", (8,), (9,), {"beta": 1.0}),
    )
    signatures = {"serving_default": ({"image": 0}, {"softmax": 9})}
    return Graph(tensors, operators, (0,), (9,), metadata={"note": b"made by hand"}, signatures=signatures)


def runnable() -> Graph:
    """y = softmax(dense(relu(conv(x)))) in int8, all built-in: other interpreters can run it."""
    rng = np.random.default_rng(1)
    tensors = (
        Tensor("x", (1, 5, 5, 2), "int8", per_tensor(0.05, 3)),
        constant("conv/w", rng.integers(-127, 128, (3, 3, 3, 2)).astype(np.int8), per_channel(3)),
        constant("conv/b", rng.integers(-50, 50, 3).astype(np.int32), _bias(0.05, per_channel(3))),
        Tensor("conv", (1, 3, 3, 3), "int8", per_tensor(2.0, -128)),
        constant("shape", np.array([1, 27], np.int32)),
        Tensor("flat", (1, 27), "int8", per_tensor(2.0, -128)),
        constant("dense/w", rng.integers(-127, 128, (4, 27)).astype(np.int8), per_tensor(0.01)),
        Tensor("dense", (1, 4), "int8", per_tensor(4.0, 7)),
        Tensor("y", (1, 4), "int8", per_tensor(1 / 256, -128)),
    )
    conv = {"padding": "VALID", "stride_w": 1, "stride_h": 1, "fused_activation_function": "RELU"}
    operators = (
        Operator("CONV_2D", (0, 1, 2), (3,), conv, version=3),
        Operator("RESHAPE", (3, 4), (5,), {"new_shape": (1, 27)}),
        Operator("FULLY_CONNECTED", (5, 6, ABSENT), (7,), {}, version=4),
        Operator("SOFTMAX", (7,), (8,), {"beta": 1.0}, version=2),
    )
    return Graph(tensors, operators, (0,), (8,), signatures={"serve": ({"x": 0}, {"y": 8})})


def _bias(input_scale: float, weights: Quantization) -> Quantization:
    return Quantization((weights.scale * np.float32(input_scale)).astype(np.float32), weights.zero_point)


def same(a: Graph, b: Graph) -> bool:
    """Equal in every field, arrays bit for bit."""
    return _plain(a) == _plain(b)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.name, value.shape, value.tobytes())
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def unchecked(graph: Graph, **edits: Mapping[str, Any]) -> bytes:
    """A file of a graph that may be wrong.

    `edits`: table -> field -> value, or a function writer -> value; they go into every such table.
    """

    class Editing(_Writer):
        def _table(self, kind: str, /, **values: Any) -> int:
            for name, value in edits.get(kind, {}).items():
                values[name] = value(self) if callable(value) else value
            return super()._table(kind, **values)

    return Editing(graph).file()


def locate(data: bytes, path: str) -> int:
    """Position of a value in a sound file, as "subgraphs.0.tensors.3.shape.0".

    Of a vector or string: where its length is; of a table: where it starts.
    """
    parts = path.split(".")
    at, kind = _follow(data, 0), "Model"
    while parts:
        names = [field.name for field in TABLES[kind]]
        index = names.index(parts.pop(0))
        field = TABLES[kind][index]
        table, at = at, _slot(data, at, index)
        if field.vector or field.type == "string":
            at = _follow(data, at)
            if not parts:
                break
            at += 4 + SCALAR_BYTES.get(field.type, 4) * int(parts.pop(0))
        kind = OPTIONS_TABLES[data[_slot(data, table, index - 1)]] if field.type == "union" else field.type
        at = _follow(data, at) if kind in TABLES else at
    return at


def _follow(data: bytes, at: int) -> int:
    return at + struct.unpack_from("<I", data, at)[0]


def _slot(data: bytes, table: int, index: int) -> int:
    vtable = table - struct.unpack_from("<i", data, table)[0]
    offset = struct.unpack_from("<H", data, vtable + 4 + 2 * index)[0]
    if not offset:
        raise KeyError("the field has its default")
    return table + offset


def patched(data: bytes, position: int, value: int, form: str = "<I") -> bytes:
    """`data` with one number overwritten."""
    changed = bytearray(data)
    struct.pack_into(form, changed, position, value)
    return bytes(changed)
