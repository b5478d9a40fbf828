"""Graph -> kernel calls; nothing else computes multipliers, shifts, paddings and activation ranges.

Both the NumPy interpreter and the C emitter run what `lower` returns. Every operator is checked: types,
shapes (the declared output shape must be the computed one), quantization, options, and that no accumulator
can leave 32 bits; so kernels need not check anything.

Source: the arithmetic of TFLite Micro's `Prepare` functions (tensorflow/lite/micro/kernels/*_common.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinyq.core.errors import GraphError
from tinyq.core.kernels import Step
from tinyq.graph.ir import Graph
from tinyq.graph.lower_bits import conv_2d_bits, depthwise_conv_2d_bits, fully_connected_bits
from tinyq.graph.lower_bits_codes import (
    concatenation_bits,
    dequantize_bits,
    max_pool_2d_bits,
    quantize_bits,
)
from tinyq.graph.lower_common import REMEDY_FILE, Call, title
from tinyq.graph.lower_float import FLOAT_LOWERINGS, is_float32
from tinyq.graph.lower_layout import (
    average_pool_2d,
    concatenation,
    expand_dims,
    max_pool_2d,
    mean,
    pad,
    reshape,
    squeeze,
)
from tinyq.graph.lower_lce import lce_bconv_2d, lce_dequantize, lce_max_pool_2d, lce_quantize
from tinyq.graph.lower_names import step_names
from tinyq.graph.lower_pointwise import add, dequantize, mul, quantize, relu, relu6, softmax
from tinyq.graph.lower_transpose import transpose_conv
from tinyq.graph.lower_weights import conv_2d, depthwise_conv_2d, fully_connected
from tinyq.graph.operators import KINDS

SPACE_AND_BATCH = ("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")
LOWERINGS: dict[str, Callable[[Call], Step]] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "FULLY_CONNECTED": fully_connected,
    "ADD": add,
    "SUB": add,
    "MUL": mul,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "MEAN": mean,
    "RESHAPE": reshape,
    "SQUEEZE": squeeze,
    "EXPAND_DIMS": expand_dims,
    "PAD": pad,
    "PADV2": pad,
    "SOFTMAX": softmax,
    "RELU": relu,
    "RELU6": relu6,
    "QUANTIZE": quantize,
    "DEQUANTIZE": dequantize,
    "CONCATENATION": concatenation,
    "TRANSPOSE_CONV": transpose_conv,
    "TqTransposeConv": transpose_conv,
    "LceBconv2d": lce_bconv_2d,
    "LceBMaxPool2d": lce_max_pool_2d,
    "LceDequantize": lce_dequantize,
    "LceQuantize": lce_quantize,
    "TqConv2D": conv_2d,
    "TqDepthwiseConv2D": depthwise_conv_2d,
    "TqFullyConnected": fully_connected,
    "TqQuantize": quantize_bits,
    "TqDequantize": dequantize_bits,
    "TqBitConv2D": conv_2d_bits,
    "TqBitDepthwiseConv2D": depthwise_conv_2d_bits,
    "TqBitFullyConnected": fully_connected_bits,
    "TqBitMaxPool2D": max_pool_2d_bits,
    "TqBitConcatenation": concatenation_bits,
}


def lower(graph: Graph) -> tuple[Step, ...]:
    """Kernel calls in execution order, one an operator.

    Raises:
        GraphError: naming all operators that cannot be lowered, each with the reason and a remedy; or a
            tensor that is used before it is computed, or computed twice.
    """
    steps: list[Step] = []
    errors: list[GraphError] = []
    for index, name in enumerate(step_names(graph)):
        call = Call.of(graph, index, name)
        try:
            steps.append(_lowering(call)(call))
        except GraphError as error:
            errors.append(error)
    if errors:
        raise _joined(graph, errors)
    _check_order(graph, steps)
    return tuple(steps)


def _lowering(call: Call) -> Callable[[Call], Step]:
    kind = call.operator.kind
    if kind in SPACE_AND_BATCH:
        allowed = "around a convolution of stride 1, of which tinyq convert makes a dilated one"
        raise call.error("no kernel moves space to batch", allowed, "run tinyq convert on it")
    if kind in KINDS and KINDS[kind].folded:
        raise call.error(
            "no kernel computes shapes", remedy="fold them into constants: run tinyq convert on it"
        )
    if kind in FLOAT_LOWERINGS and is_float32(call):
        return FLOAT_LOWERINGS[kind]
    if kind not in LOWERINGS:
        raise call.error(f"{kind} has no kernel", remedy=f"use only operators of {', '.join(LOWERINGS)}")
    return LOWERINGS[kind]


def _joined(graph: Graph, errors: Sequence[GraphError]) -> GraphError:
    """One error for all operators; a single one stays as it is."""
    if len(errors) == 1:
        return errors[0]
    lines = []
    for error in errors:
        allowed = f" (allowed: {error.allowed})" if error.allowed else ""
        lines.append(f"\n  {error.where}: {error.got}{allowed}")
    remedies = dict.fromkeys(error.remedy for error in errors if error.remedy)
    return GraphError(
        f"graph '{graph.name}'",
        f"{len(errors)} operators cannot be lowered:{''.join(lines)}",
        remedy="; ".join(remedies),
    )


def _check_order(graph: Graph, steps: Sequence[Step]) -> None:
    """Every activation is computed once, and before it is used."""
    ready = set(graph.inputs)
    for step in steps:
        where = f"operator {step.operator} {graph.operators[step.operator].kind} '{step.name}'"
        for index in step.inputs:
            if index not in ready and graph.tensors[index].data is None:
                got = f"input {title(graph.tensors[index])} is not computed before"
                raise GraphError(where, got, "operators in execution order", REMEDY_FILE)
        if step.output in ready:
            got = f"output {title(graph.tensors[step.output])} is written a second time"
            raise GraphError(where, got, "one operator a tensor", REMEDY_FILE)
        ready.add(step.output)
    for index in graph.outputs:
        if index not in ready:
            got = f"no operator computes output tensor {index}"
            raise GraphError(f"graph '{graph.name}'", got, "outputs that operators compute", REMEDY_FILE)
