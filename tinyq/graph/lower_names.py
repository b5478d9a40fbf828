"""Short, unique names of lowered operators, from the names that Keras gave its layers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tinyq.graph.ir import Graph, Operator

KERNEL_KINDS = frozenset(
    {
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "LceBconv2d",
        "TqBitConv2D",
        "TqBitDepthwiseConv2D",
        "TqBitFullyConnected",
        "TqConv2D",
        "TqDepthwiseConv2D",
        "TqFullyConnected",
    }
)

# TensorFlow operators that stand between a layer's name and the end of a tensor's name.
_OPERATION = re.compile(
    r"((?:Quant)?Conv[12]D|MatMul|Tensordot|BiasAdd|ReadVariableOp|resource|FusedBatchNormV3|ExpandDims|Squeeze"
    r"|BatchToSpaceND|SpaceToBatchND|Reshape|Const)_?\d*"
)
_OWNS_KERNEL = re.compile(r"((?:Quant)?Conv[12]D|depthwise|separable_conv[12]d|MatMul|Tensordot)_?\d*")
_SEPARABLE = re.compile(r"separable_conv[12]d")
_NO_LAYER = re.compile(r"output_\d+/output")  # what TensorFlow calls outputs that have no name
_LONGEST = 40
_BEHIND_SIGNS = ("LceBconv2d", "LceQuantize", "LceBMaxPool2d")
_SIGN = re.compile(r"Sign(_\d+)?")


def step_names(graph: Graph) -> tuple[str, ...]:
    """A name for each operator: letters, digits and underscores, at most 40 and a suffix, all different.

    A tensor that the converter fused carries several paths, as in "model/re_lu/Relu;model/stem/Conv2D";
    the layer that owns the kernel gives the name ("stem").
    """
    taken: set[str] = set()
    names = [""] * len(graph.operators)
    # Layers with weights choose first: "conv1d" is the convolution, not the reshape in front of it.
    order = sorted(range(len(names)), key=lambda i: graph.operators[i].kind not in KERNEL_KINDS)
    for index in order:
        operator = graph.operators[index]
        kind = _snake(operator.kind)
        layer = _layer(graph, operator)
        tries = [layer, f"{layer}_{kind}"] if layer else [f"{kind}_{index}"]
        tries += [f"{tries[-1]}_{i}" for i in range(2, len(names) + 2)]
        names[index] = next(name for name in tries if name not in taken)
        taken.add(names[index])
    return tuple(names)


def _layer(graph: Graph, operator: Operator) -> str:
    """The layer's name, or "" where the tensors do not tell."""
    if operator.kind in _BEHIND_SIGNS and (layer := _signs_for(graph, operator)):
        return layer
    known = [graph.tensors[i].name for i in operator.outputs[:1] if 0 <= i < len(graph.tensors)]
    if operator.kind in KERNEL_KINDS:
        known += [graph.tensors[i].name for i in operator.inputs[1:2] if 0 <= i < len(graph.tensors)]
    # The last tensor is "StatefulPartitionedCall:0", but Keras names the signature's outputs after layers.
    ends = [outputs for _, outputs in graph.signatures.values()]
    known += [f"{name}/output" for end in ends for name, i in end.items() if i in operator.outputs]
    known = [name for name in known if not _NO_LAYER.fullmatch(name)]
    for name in known:
        paths = [path.split("/") for path in name.split(";")]
        candidates = [(parts, layer) for parts in paths if (layer := _owner(parts))]
        if candidates:
            parts, layer = _kernel_path(candidates) if operator.kind in KERNEL_KINDS else candidates[-1]
            return _clean(layer + _half_of_separable(operator.kind, parts))
    return ""


def _signs_for(graph: Graph, operator: Operator) -> str:
    """The layer whose input quantizer made an operator's packed input, or its output; "" if none is named.

    Larq Compute Engine names a binary convolution after the batch norm that follows it, or the next layer's
    quantizer; but its input, "model/quant_conv2d/ste_sign/Sign", after the layer itself.
    """
    tensors = operator.inputs[:1] if operator.kind == "LceBconv2d" else operator.outputs[:1]
    for index in tensors:
        if 0 <= index < len(graph.tensors):
            parts = graph.tensors[index].name.split(";")[0].split("/")
            if len(parts) > 2 and _SIGN.fullmatch(parts[-1]):
                return _clean(parts[-3])
    return ""


def _owner(parts: list[str]) -> str:
    """Of "model/dense/Tensordot/MatMul" the layer "dense"; "" where no layer is named."""
    layers = parts[:-1]
    if parts[-1] == "depthwise" and layers and _SEPARABLE.fullmatch(layers[-1]):
        layers.pop()  # the operation's scope, inside the layer's
    while layers and _OPERATION.fullmatch(layers[-1]):
        layers.pop()
    return layers[-1] if layers else ""


def _kernel_path(candidates: list[tuple[list[str], str]]) -> tuple[list[str], str]:
    """The path of the layer with the weights. Constants that the converter merged bring in other layers'
    Conv2D, but the bias is always the layer's own; without one the last kernel named is."""
    biased = [c for c in candidates if "BiasAdd" in c[0]]
    kernels = [c for c in candidates if _OWNS_KERNEL.fullmatch(c[0][-1])]
    return (biased or kernels[::-1] or candidates)[0]


def _half_of_separable(kind: str, parts: Iterable[str]) -> str:
    if not any(_SEPARABLE.fullmatch(part) for part in list(parts)[1:]):
        return ""
    return "_depthwise" if "DEPTHWISE" in kind.upper() else "_pointwise"


def _snake(kind: str) -> str:
    """TqConv2D -> conv_2d, MAX_POOL_2D -> max_pool_2d."""
    if kind.isupper():
        return _clean(kind.lower())
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", kind.removeprefix("Tq"))
    return _clean(words.lower())


def _clean(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:_LONGEST] or "layer"
