"""Float32 filters that are codes of few bits, after the stock converter has folded gains into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tinyq.convert.asks import Ask
from tinyq.convert.filters import rows_of, shape_key
from tinyq.convert.targets.signs import SignArray, planes_of_codes
from tinyq.graph.ir import Graph, Operator

FILTERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_SAME = 2e-6  # of a channel's largest weight: some roundings of float32
_MOST_PLANES = 8

Rows = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Form = TypeVar("Form")


@dataclass(frozen=True, eq=False)
class SignSum:
    """A filter = sum of gains[m] * planes[m] + constant.

    Args:
        planes: int8 [planes, ...], the shape of the filter behind the first axis.
        gains: float32 of each plane, one an output channel, shaped to broadcast.
        constant: likewise.
        letter: of the weights in a scheme code.
    """

    planes: SignArray
    gains: tuple[npt.NDArray[np.float32], ...]
    constant: npt.NDArray[np.float32]
    letter: str


@dataclass(frozen=True, eq=False)
class Int8Filter:
    """A filter = codes * scale of the output channel, an index of `axis`; scales float32 [c_out], above 0."""

    codes: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    axis: int = 0


def filters_of(graph: Graph) -> list[Operator]:
    """The operators with a constant float32 filter."""
    found = [o for o in graph.operators if o.kind in FILTERS]
    tensors = [graph.tensors[o.inputs[1]] for o in found]
    return [o for o, t in zip(found, tensors, strict=True) if t.dtype == "float32" and t.data is not None]


def matched(
    graph: Graph, asks: Sequence[Ask], form: Callable[[Any, bool, Ask], Form | None]
) -> tuple[dict[Operator, tuple[Ask, Form | None]], list[Ask]]:
    """Which quantizer gave the filter of which operator, and the filter in another form.

    Args:
        graph: float32.
        asks: of the quantizers, in layer order.
        form: (filter, depthwise, ask) -> the form, None if the quantizer's codes are not in the filter.

    An operator is an ask's if it has the form; a layer that is called twice is one ask and two operators.
    What is left goes to a free operator of the same filter shape, without a form; or it is in the list.
    """
    operators = filters_of(graph)
    found: dict[Operator, tuple[Ask, Form | None]] = {}
    lost = []
    for ask in asks:
        fitting = [o for o in operators if _same_shape(graph, o, ask)]
        forms = [(o, form(graph.tensors[o.inputs[1]].data, _depthwise(o), ask)) for o in fitting]
        good = [(o, made) for o, made in forms if made is not None]
        left = [(o, made) for o, made in good if o not in found]
        for operator, made in left:
            if operator.inputs[1] == left[0][0].inputs[1]:
                found[operator] = (ask, made)
        if good and not left:  # equal kernels are stored once: the last of their layers is this one
            last = next((o for o, _ in good if sum(a is found[o][0] for a, _ in found.values()) > 1), None)
            if last is not None:
                found[last] = (ask, found[last][1])
        if not good:
            lost.append(ask)
    for ask in tuple(lost):
        same = [o for o in operators if o not in found and _same_shape(graph, o, ask)]
        if same:
            found[same[0]] = (ask, None)
            lost.remove(ask)
    return found, lost


def as_signs(values: npt.NDArray[Any], depthwise: bool, ask: Ask) -> SignSum | None:
    """A float32 filter as planes of signs; None if it is not made of the quantizer's codes.

    Example:
        >>> ask = Ask("conv", "kernel", "Q", "a8wt", np.int8([[1, 0, -1]]), integers=np.array([[1, 0, -1]]))
        >>> found = as_signs(np.float32([[0.5, 0, -0.5]]), False, ask)
        >>> found.planes.tolist(), [gain.tolist() for gain in found.gains], found.constant.tolist()
        ([[[1, 1, -1]], [[1, -1, -1]]], [[[0.25]], [[0.25]]], [[0.0]])
    """
    if ask.integers is None:
        return None
    codes, rows = rows_of(ask.integers, ask.depthwise), rows_of(np.asarray(values, np.float64), depthwise)
    if np.abs(codes).max(initial=0) <= 1:
        planes, gains, constant = _ternary(codes, rows)
    else:
        planes, gains, constant = _digits(codes, rows)
    if len(planes) > _MOST_PLANES:
        return None
    if not _same(np.einsum("mc,mcn->cn", gains, planes) + constant[:, None], rows):
        return None
    shape = (-1, *(1,) * ((1 if depthwise else values.ndim) - 1))
    shaped = np.stack([_shaped(plane, depthwise, values.shape) for plane in planes])
    letter = "t" if len(planes) == 2 and np.abs(codes).max(initial=0) <= 1 else str(len(planes))
    each = [np.asarray(a, np.float32).reshape(shape) for a in (*gains, constant)]
    return SignSum(shaped, tuple(each[:-1]), each[-1], letter)


def as_int8(values: npt.NDArray[Any], depthwise: bool, ask: Ask) -> Int8Filter | None:
    """A float32 filter as int8 codes and scales; None if it is no such product.

    Example:
        >>> ask = Ask("conv", "kernel", "Q", "a8wt", np.int8([[1, 0, -1]]), integers=np.array([[1, 0, -1]]))
        >>> found = as_int8(np.float32([[-0.5, 0, 0.5]]), False, ask)
        >>> found.codes.tolist(), found.scales.tolist()
        ([[-1, 0, 1]], [0.5])
    """
    if ask.integers is None or np.abs(ask.integers).max(initial=0) > 127:
        return None
    codes, rows = rows_of(ask.integers, ask.depthwise), rows_of(np.asarray(values, np.float64), depthwise)
    scales = _scales(codes, rows)
    codes = np.where(scales[:, None] < 0, -codes, codes)
    codes = np.where(rows.any(axis=1)[:, None], codes, 0)  # a gain of 0
    stored = np.asarray(np.where(scales == 0, 1.0, np.abs(scales)), np.float32)
    if not _same(codes * stored.astype(np.float64)[:, None], rows):
        return None
    axis = values.ndim - 1 if depthwise else 0
    return Int8Filter(_shaped(codes, depthwise, values.shape), stored, axis)


def _ternary(codes: Codes, rows: Rows) -> tuple[SignArray, Rows, Rows]:
    """Codes -1, 0, 1, whose positive and negative values may differ."""
    above, below = (_value_at(rows, codes == code) for code in (1, -1))
    above, below = (np.where(np.isnan(x), -y, x) for x, y in ((above, below), (below, above)))
    above, below = np.nan_to_num(above), np.nan_to_num(below)
    if codes.all() and (above == -below).all():
        return planes_of_codes(codes, 2), above[None], np.zeros(len(rows))
    return planes_of_codes(codes, 3), np.stack([-below / 2, above / 2]), (above + below) / 2


def _value_at(rows: Rows, where: npt.NDArray[np.bool_]) -> Rows:
    """The first value of each row where something holds; NaN where it does nowhere."""
    first = np.take_along_axis(rows, where.argmax(axis=1)[:, None], 1)[:, 0]
    return np.where(where.any(axis=1), first, np.nan)


def _digits(codes: Codes, rows: Rows) -> tuple[SignArray, Rows, Rows]:
    """Odd integers as sums of powers of two; other integers as half of such sums, and a half."""
    scales = _scales(codes, rows)
    odd = bool((codes % 2 != 0).all())
    wide = codes if odd else 2 * codes + 1
    bits = int(np.abs(wide).max()).bit_length()
    planes = planes_of_codes(wide, 1 << bits)
    weights = 2.0 ** np.arange(bits) * (1.0 if odd else 0.5)
    return planes, weights[:, None] * scales, np.zeros(len(rows)) if odd else -scales / 2


def _scales(codes: Codes, rows: Rows) -> Rows:
    """Of each row, at its largest code."""
    place = np.abs(codes).argmax(axis=1)[:, None]
    most, value = (np.take_along_axis(x, place, 1)[:, 0].astype(np.float64) for x in (codes, rows))
    return np.divide(value, most, out=np.zeros(len(rows)), where=most != 0)


def _same(found: Rows, rows: Rows) -> bool:
    return bool((np.abs(found - rows).max(axis=1) <= _SAME * np.abs(rows).max(axis=1)).all())


def _shaped(rows: npt.NDArray[Any], depthwise: bool, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    ordered = (rows.T if depthwise else rows).reshape(shape)
    return np.ascontiguousarray(ordered, np.int8)


def _depthwise(operator: Operator) -> bool:
    return operator.kind == "DEPTHWISE_CONV_2D"


def _same_shape(graph: Graph, operator: Operator, ask: Ask) -> bool:
    shape = graph.tensors[operator.inputs[1]].shape
    return shape_key(ask.codes.shape, ask.depthwise) == shape_key(shape, _depthwise(operator))
