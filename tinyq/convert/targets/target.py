"""The targets of a conversion, and what each of them writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from tinyq.convert.asks import Ask, Request
from tinyq.convert.passes.commute_max_pool import commute_max_pool
from tinyq.convert.passes.fold_shape_arithmetic import fold_shape_arithmetic
from tinyq.convert.passes.fold_space_to_batch import fold_space_to_batch
from tinyq.convert.passes.fold_thresholds import fold_thresholds
from tinyq.convert.passes.remove_unused_tensors import remove_unused_tensors
from tinyq.convert.report import LayerReport
from tinyq.convert.stitch import Parts, named, stitch
from tinyq.convert.survey import survey
from tinyq.convert.targets.bits_to_lce import bits_to_lce
from tinyq.convert.targets.bits_to_stock import bits_to_stock
from tinyq.convert.targets.filter_passes import FilterResult, filters_to_int8, filters_to_planes
from tinyq.convert.targets.rows import target_rows
from tinyq.convert.targets.stitch_float import stitch_float
from tinyq.convert.targets.stored import Stored, macs_of
from tinyq.core.errors import ConvertError
from tinyq.graph.ir import Graph, Operator

Target = Literal["tinyq", "lce", "tflite"]
TARGETS: tuple[Target, ...] = get_args(Target)

Result = tuple[Graph, tuple[LayerReport, ...]]
_SIGNS = 2  # levels
_INT8 = "int8: built-in operators take no fewer bits"


def check_target(target: str) -> None:
    """Raise ConvertError unless it is one of `TARGETS`."""
    if target not in TARGETS:
        raise ConvertError(f"target {target!r}", "not known", ", ".join(TARGETS))


def lce_graph(host: Graph, asks: Sequence[Ask], parts: Parts | None) -> Result:
    """What Larq Compute Engine's interpreter runs.

    Args:
        host: the float32 part, as the stock converter wrote it.
        asks: of its quantizers.
        parts: the rest of a network with low-bit layers.

    Returns:
        The graph, and a row for each layer with weights.
    """
    whole = _float_whole(host, parts)
    # First: pooled numbers stand between a layer and its threshold, pooled signs do not.
    whole = commute_max_pool(whole, _few)
    whole = fold_thresholds(whole, _binary)
    return _written(whole, filters_to_planes(whole, asks), bits_to_lce, parts)


def float_graph(host: Graph, asks: Sequence[Ask], parts: Parts | None) -> Result:
    """float32 built-in operators only; arguments and result as `lce_graph`."""
    whole = _float_whole(host, parts)
    return _written(whole, filters_to_int8(whole, asks), bits_to_stock, parts)


def int8_graph(host: Graph, asks: Sequence[Ask], parts: Parts | None) -> Result:
    """int8 built-in operators, and float32 ones where layers work on codes; otherwise as `lce_graph`.

    Args:
        host: the int8 part, as the stock converter wrote it.
    """
    host, layers, lost = survey(_tidied(named(host) if parts else host), Request(tuple(asks)))
    filters = {
        layer.operator.outputs[0]: (
            layer.ask,
            Stored(
                layer.operator.kind,
                "a8w8",
                layer.count,
                layer.count,
                4 * layer.channels,
                macs_of(host, layer.operator),
                _INT8,
            ),
        )
        for layer in layers
    }
    whole = host if parts is None else stitch(host, parts)
    return _written(whole, (whole, filters, lost), bits_to_stock, parts)


def _written(
    whole: Graph,
    stored: FilterResult,
    lower: Callable[[Graph], tuple[Graph, Mapping[int, Stored]]],
    parts: Parts | None,
) -> Result:
    """The graph with stored filters, its packed data lowered; and rows of what was `whole`."""
    graph, filters, lost = stored
    graph, layers = lower(graph)
    return remove_unused_tensors(graph), target_rows(whole, lost, filters, layers, parts)


def _float_whole(host: Graph, parts: Parts | None) -> Graph:
    host = _tidied(host)
    return host if parts is None else stitch_float(named(host), parts)


def _tidied(host: Graph) -> Graph:
    """What the stock converter does to dilated layers and open shapes is taken back."""
    return fold_space_to_batch(fold_shape_arithmetic(host))


def _few(quantizer: Operator) -> bool:
    """The largest code of up to three levels is that of each plane."""
    return int(quantizer.options["x_levels"]) <= _SIGNS + 1


def _binary(layer: Operator, quantizer: Operator) -> bool:
    """Only signs times signs, of which LCE makes signs."""
    levels = {layer.options["x_levels"], layer.options["w_levels"], quantizer.options["x_levels"]}
    return layer.kind != "TqBitDepthwiseConv2D" and levels == {_SIGNS} and _lce_groups(layer)


def _lce_groups(layer: Operator) -> bool:
    groups = int(layer.options.get("groups", 1))
    return groups == 1 or int(layer.options["channels_in"]) // groups % 32 == 0
