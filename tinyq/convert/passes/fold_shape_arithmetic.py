"""Compute shapes now that every size is known: a model with an open batch computes them while it runs.

x ─▶ SHAPE ─▶ STRIDED_SLICE ─▶ PACK ─▶ RESHAPE        -->   x ─▶ RESHAPE
x ───────────────────────────────────▶                      [1, 36, 6] ─▶
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.graph.ir import Graph, Tensor

Array = npt.NDArray[Any]


def fold_shape_arithmetic(graph: Graph) -> Graph:
    """Replace SHAPE, STRIDED_SLICE and PACK by constants where all that they read is known; RESHAPE, too.

    An operator that slices or packs activations, or makes an output of the graph, is left alone.
    """
    tensors = list(graph.tensors)
    left = []
    for operator in graph.operators:
        fold = _FOLDS.get(operator.kind)
        index = operator.outputs[0]
        value = None
        if fold and index not in graph.outputs:
            value = fold(operator.options, [tensors[i] for i in operator.inputs])
        if value is None or value.shape != tensors[index].shape:
            left.append(operator)
        else:
            data = np.array(value, tensors[index].dtype)
            data.flags.writeable = False
            tensors[index] = replace(tensors[index], data=data)
    return replace(graph, tensors=tuple(tensors), operators=tuple(left))


def _shape(options: Mapping[str, Any], inputs: Sequence[Tensor]) -> Array:
    return np.array(inputs[0].shape, np.int64)


def _pack(options: Mapping[str, Any], inputs: Sequence[Tensor]) -> Array | None:
    values = _integers(inputs)
    if (
        values is None
        or len({value.shape for value in values}) != 1
        or values[0].ndim
        or options.get("axis", 0)
    ):
        return None
    return np.stack(values)


def _strided_slice(options: Mapping[str, Any], inputs: Sequence[Tensor]) -> Array | None:
    """Of a vector only: that is what a shape is."""
    values = _integers(inputs)
    odd = any(options.get(name) for name in ("ellipsis_mask", "new_axis_mask", "offset"))
    if values is None or odd or [value.shape for value in values][1:] != [(1,)] * 3 or values[0].ndim != 1:
        return None
    source, (begin,), (end,), (stride,) = values
    if options.get("shrink_axis_mask", 0) & 1:
        return np.array(source[begin]) if -source.size <= begin < source.size else None
    first = None if options.get("begin_mask", 0) & 1 else begin
    last = None if options.get("end_mask", 0) & 1 else end
    return source[first:last:stride] if stride else None


def _reshape(options: Mapping[str, Any], inputs: Sequence[Tensor]) -> Array | None:
    """Of a constant of any type: parameters that are stored in another shape than they are used in."""
    source = inputs[0].data
    if source is None or (len(inputs) == 2 and inputs[1].data is None):
        return None
    given = inputs[1].data if len(inputs) == 2 else options.get("new_shape", ())
    try:
        return source.reshape([int(size) for size in np.ravel(np.asarray(given))])
    except ValueError:  # lowering says what is wrong
        return None


def _integers(inputs: Sequence[Tensor]) -> list[Array] | None:
    """The inputs, if all are constants of int32 or int64."""
    values = [tensor.data for tensor in inputs if tensor.dtype in ("int32", "int64")]
    known = [value.astype(np.int64) for value in values if value is not None]
    return known if len(known) == len(inputs) else None


_FOLDS: dict[str, Callable[[Mapping[str, Any], Sequence[Tensor]], Array | None]] = {
    "SHAPE": _shape,
    "PACK": _pack,
    "STRIDED_SLICE": _strided_slice,
    "RESHAPE": _reshape,
}
