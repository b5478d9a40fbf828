"""The layers with weights of a graph: what their filters are made of, and what was asked of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinyq.convert.asks import Ask, Request
from tinyq.convert.filters import Codes, rows_of, shape_key, take_apart
from tinyq.core.spec import Scheme
from tinyq.graph.ir import Graph, Operator, Tensor
from tinyq.graph.lower_names import step_names

PACKED_KIND = {
    "CONV_2D": "TqConv2D",
    "DEPTHWISE_CONV_2D": "TqDepthwiseConv2D",
    "FULLY_CONNECTED": "TqFullyConnected",
}


@dataclass(frozen=True, eq=False)
class Layer:
    """One operator with weights.

    Args:
        index: its number in the graph.
        operator: itself.
        filter: its weights, int8 or packed.
        shape: of the filter, unpacked.
        taken: codes and levels of the filter, or why it has none.
        output_name: name of its output tensor, which holds Keras layers' names.
        name: as inspect, emit and run say it.
        ask: the quantizer's ask that means this layer.
        wish: what the user's patterns say.
    """

    index: int
    operator: Operator
    filter: Tensor
    shape: tuple[int, ...]
    taken: Codes | str
    output_name: str
    name: str = ""
    ask: Ask | None = None
    wish: Scheme | None = None

    @property
    def depthwise(self) -> bool:
        """Whether the filter is 1HWO."""
        return self.operator.kind in ("DEPTHWISE_CONV_2D", PACKED_KIND["DEPTHWISE_CONV_2D"])

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
    input_, filter_ = (graph.tensors[i] for i in operator.inputs[:2])
    output = graph.tensors[operator.outputs[0]]
    if operator.kind not in PACKED_KIND:
        shape = _packed_shape(operator, channels=graph.tensors[operator.inputs[3]].shape[0])
        return Layer(index, operator, filter_, shape, "it is packed already", output.name)
    taken: Codes | str = _obstacle(input_, filter_, output, operator.kind)
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
    return matched, _place_leftovers(left, layers, matched)


def same_codes(ask: Ask, layer: Layer, gain_zero: bool = False) -> bool:
    """Whether the layer's codes are the asked ones, as `match_asks` says."""
    if ask.scheme is None or isinstance(layer.taken, str) or not _same_shape(ask, layer):
        return False
    asked, found = rows_of(ask.codes, ask.depthwise), rows_of(layer.taken.codes, layer.depthwise)
    good = (asked == found).all(axis=1) | (asked == -found).all(axis=1)
    if gain_zero:
        good |= ~found.any(axis=1)
    return bool(good.all())


def negated_channels(ask: Ask, layer: Layer) -> int:
    """How many channels of the layer hold the asked codes with the other sign."""
    if isinstance(layer.taken, str) or not _same_shape(ask, layer):
        return 0
    asked, found = rows_of(ask.codes, ask.depthwise), rows_of(layer.taken.codes, layer.depthwise)
    return int(np.count_nonzero((asked == -found).all(axis=1) & found.any(axis=1)))


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
