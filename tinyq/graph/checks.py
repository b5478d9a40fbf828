"""What must hold in every graph, whether it was read from a file or made by a pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from tinyq.core.errors import GraphError
from tinyq.graph.ir import ABSENT, Graph, Operator, Quantization, Tensor
from tinyq.graph.operators import KINDS

DTYPES = ("bool", "float32", "float16", "int8", "uint8", "int16", "int32", "int64")
MAX_RANK = 8
MAX_ELEMENTS = 1 << 26
DAMAGED = "the file is damaged, or the pass that made this graph is wrong"


def tensor_label(index: int, name: str) -> str:
    """How errors call a tensor; a name may be hostile, so it is quoted and cut."""
    return f"tensor {index} {name[:80]!r}"


def operator_label(graph: Graph, index: int) -> str:
    """How errors call an operator: number, kind, and its output's name."""
    operator = graph.operators[index]
    return f"operator {index} {operator.kind[:80]}{layer_name(operator.outputs, graph.tensors)}"


def layer_name(outputs: Sequence[int], tensors: Sequence[Tensor]) -> str:
    """ " (layer 'x')" after the first output's name, or nothing if that does not exist."""
    return f" (layer {tensors[outputs[0]].name[:80]!r})" if outputs and 0 <= outputs[0] < len(tensors) else ""


def check_graph(graph: Graph, where: str) -> None:
    """Check indices, shapes, constants, quantization, operators and their order.

    Args:
        graph: any graph.
        where: the file's or the pass's name, for the error.

    Raises:
        GraphError: the first thing that is wrong, with the tensor or operator concerned.
    """
    for index, tensor in enumerate(graph.tensors):
        check_tensor(tensor, f"{where}: {tensor_label(index, tensor.name)}")
    for index in range(len(graph.operators)):
        _check_operator(graph, index, where)
    _check_ends(graph, where)
    _check_flow(graph, where)
    for key, (inputs, outputs) in graph.signatures.items():
        _check_indices((*inputs.values(), *outputs.values()), graph, f"{where}: signature {key[:80]!r}")


def check_shape(shape: Sequence[int], where: str) -> None:
    """All sizes positive, at most MAX_RANK of them, at most MAX_ELEMENTS elements.

    Raises:
        GraphError: they are not.
    """
    if len(shape) > MAX_RANK:
        raise GraphError(where, f"rank {len(shape)}", f"at most {MAX_RANK}")
    if any(size < 1 for size in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise GraphError(
            where, f"shape {list(shape)}", f"sizes of 1 or more, at most {MAX_ELEMENTS} elements in all"
        )


def check_tensor(tensor: Tensor, where: str) -> None:
    """Shape, dtype, constant data and quantization agree with each other.

    Raises:
        GraphError: they do not.
    """
    check_shape(tensor.shape, where)
    if tensor.dtype not in DTYPES:
        raise GraphError(where, f"dtype {tensor.dtype}", ", ".join(DTYPES))
    data = tensor.data
    if data is not None and (data.dtype != np.dtype(tensor.dtype) or data.shape != tensor.shape):
        raise GraphError(
            where, f"constant {data.dtype} {list(data.shape)}", f"{tensor.dtype} {list(tensor.shape)}"
        )
    if tensor.quantization is not None:
        _check_quantization(tensor.quantization, tensor, where)


def _check_quantization(quantization: Quantization, tensor: Tensor, where: str) -> None:
    scale, zero_point, axis = quantization.scale, quantization.zero_point, quantization.axis
    if not 0 <= axis < max(len(tensor.shape), 1):
        raise GraphError(where, f"quantized axis {axis}", f"an axis of shape {list(tensor.shape)}")
    channels = tensor.shape[axis] if tensor.shape else 1
    if scale.shape not in ((1,), (channels,)) or zero_point.shape != scale.shape:
        raise GraphError(
            where, f"{scale.size} scales, {zero_point.size} zero points", f"1 of each, or {channels} of each"
        )
    if not (np.isfinite(scale) & (scale > 0)).all():
        remedy = "calibrate again, with weights and data of a sane range; or the file is damaged"
        raise GraphError(where, "a scale that is not positive or not finite", "finite scales above 0", remedy)
    if tensor.dtype.startswith(("int", "uint")):
        limits = np.iinfo(tensor.dtype)
        if (zero_point < limits.min).any() or (zero_point > limits.max).any():
            raise GraphError(where, "a zero point out of range", f"{limits.min} to {limits.max}")


def _check_operator(graph: Graph, index: int, where: str) -> None:
    operator = graph.operators[index]
    label = f"{where}: {operator_label(graph, index)}"
    kind = KINDS.get(operator.kind)
    if kind is None:
        raise GraphError(label, "tinyq does not know this operator", ", ".join(KINDS))
    if not kind.fewest <= len(operator.inputs) <= kind.most or len(operator.outputs) != 1:
        raise GraphError(
            label,
            f"{len(operator.inputs)} inputs, {len(operator.outputs)} outputs",
            f"{kind.fewest} to {kind.most} inputs, 1 output",
        )
    given = [t for i, t in enumerate(operator.inputs) if t != ABSENT or i not in kind.absent]
    _check_indices((*given, *operator.outputs), graph, label)
    if not 1 <= operator.version < 2**31:
        raise GraphError(label, f"version {operator.version}", "1 or more")


def _check_indices(indices: Iterable[int], graph: Graph, where: str) -> None:
    for index in indices:
        if not 0 <= index < len(graph.tensors):
            raise GraphError(where, f"tensor {index}", f"0 to {len(graph.tensors) - 1}", DAMAGED)


def _check_ends(graph: Graph, where: str) -> None:
    for name, ends in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        _check_indices(ends, graph, f"{where}: graph {name}")
        if not ends:
            raise GraphError(f"{where}: graph {name}", "none", "at least one", DAMAGED)
        twice = next((index for index in ends if ends.count(index) > 1), None)
        if twice is not None:
            label = tensor_label(twice, graph.tensors[twice].name)
            raise GraphError(
                f"{where}: graph {name}",
                f"{label} is listed more than once",
                "at least one, none twice",
                "list it once in the model: who calls it can read it as often as he likes",
            )
    for index in graph.inputs:
        if graph.tensors[index].data is not None:
            label = tensor_label(index, graph.tensors[index].name)
            raise GraphError(f"{where}: graph inputs", f"{label} is a constant", remedy=DAMAGED)


def _check_flow(graph: Graph, where: str) -> None:
    """Every tensor is made once, before it is read: so there are no cycles."""
    ready = {index for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    ready.update(graph.inputs)
    made: set[int] = set()
    for number, operator in enumerate(graph.operators):
        label = f"{where}: {operator_label(graph, number)}"
        for index in operator.inputs:
            if index != ABSENT and index not in ready:
                name = tensor_label(index, graph.tensors[index].name)
                raise GraphError(
                    label, f"reads {name} before an operator makes it", "operators in order", DAMAGED
                )
        _check_outputs(operator, ready, label)
        ready.update(operator.outputs)
        made.update(operator.outputs)
    for index in graph.outputs:
        if index not in made:
            raise _not_made(graph, index, f"{where}: graph outputs")


def _not_made(graph: Graph, index: int, where: str) -> GraphError:
    """Why an output that no operator makes is refused: such files may be sound."""
    label = tensor_label(index, graph.tensors[index].name)
    for kind, is_it in (
        ("an input", index in graph.inputs),
        ("a constant", graph.tensors[index].data is not None),
    ):
        if is_it:
            got = f"no operator makes {label}: it is {kind} as well"
            remedy = "take it out of the model's outputs: it is known without running the model"
            return GraphError(where, got, "tensors that operators make", remedy)
    return GraphError(where, f"no operator makes {label}", remedy=DAMAGED)


def _check_outputs(operator: Operator, ready: set[int], label: str) -> None:
    for index in operator.outputs:
        if index in ready:
            raise GraphError(
                label,
                f"writes tensor {index}, which is an input, a constant or made before",
                "each tensor made once",
                DAMAGED,
            )
