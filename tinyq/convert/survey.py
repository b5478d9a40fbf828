"""The layers with weights of a graph: what their filters are made of, and what was asked of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tinyq.convert.asks import Ask, Request
from tinyq.convert.filters import Forms, rows_of, shape_key, take_apart
from tinyq.core.spec import Scheme
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor
from tinyq.graph.lower_names import step_names

PACKED_KIND = {
    "CONV_2D": "TqConv2D",
    "DEPTHWISE_CONV_2D": "TqDepthwiseConv2D",
    "FULLY_CONNECTED": "TqFullyConnected",
    "TRANSPOSE_CONV": "TqTransposeConv",
}


@dataclass(frozen=True, eq=False)
class Layer:
    """One operator with weights.

    Args:
        index: its number in the graph.
        operator: itself.
        filter: its weights, int8 or packed.
        shape: of the filter, unpacked.
        taken: the packed schemes that hold the filter, or why there is none.
        output_name: name of its output tensor, which holds Keras layers' names.
        name: as inspect, emit and run say it.
        ask: the quantizer's ask that means this layer.
        wish: what the user's patterns say.
    """

    index: int
    operator: Operator
    filter: Tensor
    shape: tuple[int, ...]
    taken: Forms | str
    output_name: str
    name: str = ""
    ask: Ask | None = None
    wish: Scheme | None = None

    @property
    def depthwise(self) -> bool:
        """Whether the filter is 1HWO."""
        return self.operator.kind in ("DEPTHWISE_CONV_2D", PACKED_KIND["DEPTHWISE_CONV_2D"])

    @property
    def source(self) -> int:
        """Its input, a tensor's number."""
        return self.operator.inputs[2 if self.operator.kind == "TRANSPOSE_CONV" else 0]

    @property
    def bias(self) -> int:
        """Its bias, a tensor's number or ABSENT."""
        place = 3 if self.operator.kind == "TRANSPOSE_CONV" else 2
        return self.operator.inputs[place] if len(self.operator.inputs) > place else ABSENT

    @property
    def packed(self) -> bool:
        """Whether it is one of our operators already."""
        return self.operator.kind in PACKED_KIND.values()

    @property
    def asked(self) -> str:
        """What was asked, "" if nothing was; the user's patterns win."""
        return self.wish or (self.ask.asked if self.ask else "")

    @property
    def count(self) -> int:
        """Number of weights."""
        return math.prod(self.shape)

    @property
    def channels(self) -> int:
        """Number of output channels."""
        return self.shape[-1 if self.depthwise else 0]


def survey(graph: Graph, request: Request) -> tuple[Graph, list[Layer], list[Ask]]:
    """Find the layers with weights and match them with what is asked.

    Returns:
        The graph, in which filters that an ask means are named after it; its layers in execution order; the
        asks that no layer is left for.

    Raises:
        ConvertError: an ask pattern matches no layer.
    """
    kinds = {*PACKED_KIND, *PACKED_KIND.values()}
    indices = [i for i, operator in enumerate(graph.operators) if operator.kind in kinds]
    layers = [_layer(graph, i) for i in indices]
    matched, lost = match_asks(request.asks, layers)
    tensors = list(graph.tensors)
    for position, ask in matched.items():
        number = graph.operators[indices[position]].inputs[1]
        tensors[number] = replace(tensors[number], name=f"{ask.layer}/{ask.weight}")
    graph = replace(graph, tensors=tuple(tensors))
    names = step_names(graph)
    request.check_patterns([names[i] for i in indices])
    for position, layer in enumerate(layers):
        name, filter_ = names[layer.index], tensors[layer.operator.inputs[1]]
        layers[position] = replace(
            layer, filter=filter_, name=name, ask=matched.get(position), wish=request.wish(name)
        )
    return graph, layers, lost


def _layer(graph: Graph, index: int) -> Layer:
    operator = graph.operators[index]
    source = operator.inputs[2 if operator.kind == "TRANSPOSE_CONV" else 0]
    input_, filter_ = (graph.tensors[i] for i in (source, operator.inputs[1]))
    output = graph.tensors[operator.outputs[0]]
    if operator.kind not in PACKED_KIND:
        shape = _packed_shape(operator, channels=graph.tensors[operator.inputs[3]].shape[0])
        return Layer(index, operator, filter_, shape, "it is packed already", output.name)
    taken: Forms | str = _obstacle(input_, filter_, output, operator.kind)
    if not taken and filter_.data is not None:
        taken = take_apart(filter_.data, depthwise=operator.kind == "DEPTHWISE_CONV_2D")
    return Layer(index, operator, filter_, filter_.shape, taken, output.name)


def _packed_shape(operator: Operator, channels: int) -> tuple[int, ...]:
    """Shape of the filter that one of our operators has packed."""
    options = operator.options
    if operator.kind == PACKED_KIND["FULLY_CONNECTED"]:
        return (channels, options["channels_in"])
    window = (options["filter_height"], options["filter_width"])
    if operator.kind == PACKED_KIND["DEPTHWISE_CONV_2D"]:
        return (1, *window, channels)
    return (channels, *window, options["channels_in"])


def _obstacle(input_: Tensor, filter_: Tensor, output: Tensor, kind: str) -> str:
    """Why an operator cannot be packed whatever its constants are; "" if it can."""
    for role, tensor in (("filter", filter_), ("input", input_), ("output", output)):
        if tensor.dtype != "int8":
            return f"its {role} is {tensor.dtype}; layers with int8 input, filter and output are packed"
    if filter_.data is None:
        return "its filter is computed at run time"
    rank = 2 if kind == "FULLY_CONNECTED" else 4
    if len(filter_.shape) != rank:
        return f"its filter has {len(filter_.shape)} axes, not {rank}"
    quantization = filter_.quantization
    if quantization is None or quantization.zero_point.any():
        return "its filter has no scale, or a zero point that is not 0"
    axis = rank - 1 if kind == "DEPTHWISE_CONV_2D" else 0
    if quantization.scale.size > 1 and quantization.axis != axis:
        return f"its filter has scales along axis {quantization.axis}, not along its output channels"
    return ""


def match_asks(asks: Sequence[Ask], layers: Sequence[Layer]) -> tuple[dict[int, Ask], list[Ask]]:
    """Say which layer every ask means.

    A layer is an ask's if its codes are the asked ones, up to the sign of a channel (a negative folded
    batch-norm gain) and, where nothing fits better, up to channels of zeros (a gain of zero). Of duplicates,
    namesakes come first, then graph order. A Keras layer that is called several times is one ask and several
    layers. What is left goes to a free layer of the same filter shape, its namesake first, so that the report
    can say what became of it.

    Returns:
        Position in `layers` -> its ask; and the asks that no layer is left for.
    """
    matched: dict[int, Ask] = {}
    left = list(asks)
    for gain_zero in (False, True):
        for ask in tuple(left):
            found = [i for i, a in enumerate(layers) if i not in matched and same_codes(ask, a, gain_zero)]
            found.sort(key=lambda i, ask=ask: not _namesakes(layers[i], ask))  # type: ignore[misc]
            if found:
                matched[found[0]] = ask
                left.remove(ask)
    for i, layer in enumerate(layers):
        again = [ask for ask in asks if ask not in left and same_codes(ask, layer)]
        if again and i not in matched:
            matched[i] = again[0]
    # Branches of one layer may share a kernel, and TFLite's converter makes equal operators one.
    merged = [
        a
        for a in left
        if any(_branches_of_one(a, b) and same_codes(a, layers[i]) for i, b in matched.items())
    ]
    left = [ask for ask in left if ask not in merged]
    return matched, _place_leftovers(left, layers, matched)


def _branches_of_one(one: Ask, other: Ask) -> bool:
    """Whether both are the same weight of what `split_branches` made of one layer."""
    (base, branch, _), (base_too, _, _) = (ask.layer.rpartition("_branch_") for ask in (one, other))
    return bool(branch) and base == base_too and one.weight == other.weight


def same_codes(ask: Ask, layer: Layer, gain_zero: bool = False) -> bool:
    """Whether the layer's codes are the asked ones, as `match_asks` says."""
    if ask.scheme is None or isinstance(layer.taken, str) or not _same_shape(ask, layer):
        return False
    asked, found = _asked_and_found(ask, layer)
    good = _same_rows(asked, found) | _same_rows(asked, -found)
    if gain_zero:
        good |= ~found.any(axis=1)
    return bool(good.all())


def negated_channels(ask: Ask, layer: Layer) -> int:
    """How many channels of the layer hold the asked codes with the other sign."""
    if isinstance(layer.taken, str) or not _same_shape(ask, layer):
        return 0
    asked, found = _asked_and_found(ask, layer)
    return int(np.count_nonzero(_same_rows(asked, -found) & found.any(axis=1)))


def _asked_and_found(ask: Ask, layer: Layer) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What is asked and the int8 constants, [c_out, n] both."""
    asked = ask.codes if ask.values is None else ask.values
    found = rows_of(np.asarray(layer.filter.data), layer.depthwise)
    return rows_of(asked, ask.depthwise).astype(np.float64), found.astype(np.float64)


def _same_rows(asked: npt.NDArray[np.float64], found: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which channels of int8 constants are the asked values times a factor above 0, rounded.

    The factor is that of the largest value, which is rounded itself: so others may be 1 off. Values that are
    equal must stay equal, and others different.
    """
    place = np.abs(asked).argmax(axis=1)[:, None]
    most, most_found = np.take_along_axis(asked, place, 1), np.take_along_axis(found, place, 1)
    factor = np.divide(most_found, most, out=np.zeros_like(most), where=most != 0)
    near = (np.abs(found - asked * factor) <= 1).all(axis=1) & (factor > 0)[:, 0]
    near |= ~asked.any(axis=1) & ~found.any(axis=1)
    order = np.argsort(asked, axis=1, kind="stable")
    steps, found_steps = (np.diff(np.take_along_axis(x, order, 1), axis=1) for x in (asked, found))
    near &= ((steps > 0) == (found_steps > 0)).all(axis=1) & (found_steps >= 0).all(axis=1)
    return np.asarray(near, np.bool_)


def _same_shape(ask: Ask, layer: Layer) -> bool:
    return shape_key(ask.codes.shape, ask.depthwise) == shape_key(layer.shape, layer.depthwise)


def _namesakes(layer: Layer, ask: Ask) -> bool:
    """Whether the tensor's name ("net/a/Relu;net/b/Conv2D") has the Keras layer in one of its paths."""
    return any(f"/{ask.layer}/" in f"/{path}/" for path in layer.output_name.split(";"))


def _place_leftovers(asks: list[Ask], layers: Sequence[Layer], matched: dict[int, Ask]) -> list[Ask]:
    """Give every ask a free layer of its shape, its namesake first; return those without one."""
    for by_name in (True, False):
        for ask in tuple(asks):
            free = (i for i, layer in enumerate(layers) if i not in matched and _same_shape(ask, layer))
            found = next((i for i in free if not by_name or _namesakes(layers[i], ask)), None)
            if found is not None:
                matched[found] = ask
                asks.remove(ask)
    return asks
