"""Make dilated convolutions of those that TensorFlow writes between a shuffle of the input and its inverse.

x ─▶ SPACE_TO_BATCH_ND ─▶ CONV_2D (VALID) ─▶ BATCH_TO_SPACE_ND ─▶ y    -->    x ─▶ CONV_2D (dilated) ─▶ y

(DEPTHWISE_CONV_2D alike; 1-D ones have shapes renamed around the convolution, then RESHAPE stays.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from tinyq.graph.ir import Graph, Operator, Quantization, Tensor

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_RENAMING = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")


@dataclass(frozen=True)
class _Chain:
    """Operators' numbers: shuffle, maybe renaming, convolution, maybe renaming, inverse."""

    first: int
    before: int | None
    convolution: int
    after: int | None
    last: int


def fold_space_to_batch(graph: Graph) -> Graph:
    """Replace every such chain whose borders are those of padding SAME or VALID; others are left alone."""
    tensors = list(graph.tensors)
    operators: list[Operator | None] = list(graph.operators)
    for first, operator in enumerate(graph.operators):
        chains = _chains(graph, first) if operator.kind == "SPACE_TO_BATCH_ND" else []
        options = [_options(graph, chain) for chain in chains]
        for chain, found in zip(chains, options, strict=True):
            if found is not None and None not in options:  # else who is left would miss the shuffle
                _replace(graph, chain, found, tensors, operators)
    return replace(graph, tensors=tuple(tensors), operators=tuple(o for o in operators if o is not None))


def _chains(graph: Graph, first: int) -> list[_Chain]:
    """The chains that begin at an operator, several where convolutions share it; [] if others read it."""
    paths: list[list[int]] = [[first]]
    done: list[list[int]] = []
    while paths:
        numbers = paths.pop()
        made = graph.operators[numbers[-1]].outputs[0]
        readers = [i for i, operator in enumerate(graph.operators) if made in operator.inputs]
        shared = all(graph.operators[i].kind not in _CONVOLUTIONS for i in numbers)
        if not readers or (len(readers) > 1 and not shared) or made in graph.outputs:
            return []
        for reader in readers:
            path = [*numbers, reader]
            ends = graph.operators[reader].kind == "BATCH_TO_SPACE_ND"
            if graph.operators[reader].inputs[0] != made or (len(path) == 5 and not ends):
                return []
            (done if ends else paths).append(path)
    chains = [_chain(graph, numbers) for numbers in done]
    return [chain for chain in chains if chain] if all(chains) else []


def _chain(graph: Graph, numbers: list[int]) -> _Chain | None:
    """Operators from a shuffle to its inverse as a chain; None if others than its kinds are between."""
    kinds = [graph.operators[i].kind for i in numbers]
    if len(kinds) == 3 and kinds[1] in _CONVOLUTIONS:
        return _Chain(numbers[0], None, numbers[1], None, numbers[2])
    renamed = len(kinds) == 5 and kinds[1] in _RENAMING and kinds[3] in _RENAMING
    return _Chain(*numbers) if renamed and kinds[2] in _CONVOLUTIONS else None


def _options(graph: Graph, chain: _Chain) -> dict[str, Any] | None:
    """Options of the dilated convolution; None if it would compute something else."""
    convolution = graph.operators[chain.convolution]
    old = convolution.options
    plain = {"padding": "VALID", "stride_h": 1, "stride_w": 1}
    undilated = {"dilation_h_factor": 1, "dilation_w_factor": 1}
    if any(old.get(name) != value for name, value in plain.items()):
        return None
    if any(old.get(name, 1) != value for name, value in undilated.items()):
        return None
    blocks, pads, crops = _constants(graph, chain)
    rank = 1 if chain.before is not None else 2
    source, made = (graph.tensors[graph.operators[i].inputs[0]] for i in (chain.first, chain.last))
    output = graph.tensors[graph.operators[chain.last].outputs[0]]
    if len(blocks) != rank or len(source.shape) != rank + 2 or len(output.shape) != rank + 2:
        return None
    shuffled = graph.tensors[graph.operators[chain.first].outputs[0]]
    if not (_same_scale(source, shuffled) and _same_scale(made, output)):
        return None
    taps = graph.tensors[convolution.inputs[1]].shape[1:3]
    if rank == 1 and taps[0] != 1:
        return None
    sizes = zip(taps[2 - rank :], blocks, pads, crops, source.shape[1:], output.shape[1:], strict=False)
    paddings = {_padding(*size) for size in sizes}
    if len(paddings) != 1 or None in paddings:
        return None
    dilations = [1] * (2 - rank) + blocks
    return {
        **old,
        "padding": paddings.pop(),
        "dilation_h_factor": dilations[0],
        "dilation_w_factor": dilations[1],
    }


def _constants(graph: Graph, chain: _Chain) -> tuple[list[int], list[list[int]], list[list[int]]]:
    """Block sizes (none, if those of both ends differ), paddings and crops."""
    ends = [graph.operators[i].inputs[1:] for i in (chain.first, chain.last)]
    data = [[graph.tensors[i].data for i in end] for end in ends]
    if any(values is None for end in data for values in end):
        return [], [], []
    (blocks, pads), (blocks_back, crops) = ([np.asarray(v).tolist() for v in end] for end in data)
    return (blocks, pads, crops) if blocks == blocks_back else ([], [], [])


def _padding(
    taps: int, block: int, pad: Sequence[int], crop: Sequence[int], size: int, output: int
) -> str | None:
    """The name of an axis' padding: rows that the shuffle adds in front, less those that are cut off."""
    extent = (taps - 1) * block
    if (size + sum(pad)) % block or size + sum(pad) - extent - sum(crop) != output:
        return None
    before = pad[0] - crop[0]
    if before == extent // 2 and output == size:
        return "SAME"
    return "VALID" if before == 0 and output == size - extent else None


def _same_scale(first: Tensor, second: Tensor) -> bool:
    a, b = first.quantization, second.quantization
    if a is None or b is None:
        return a is b and first.dtype == second.dtype
    return np.array_equal(a.scale, b.scale) and np.array_equal(a.zero_point, b.zero_point)


def _replace(
    graph: Graph,
    chain: _Chain,
    options: dict[str, Any],
    tensors: list[Tensor],
    operators: list[Operator | None],
) -> None:
    """Put the dilated convolution in the place of the chain's last operator."""
    convolution = graph.operators[chain.convolution]
    source, output = graph.operators[chain.first].inputs[0], graph.operators[chain.last].outputs[0]
    dilated = replace(convolution, options=MappingProxyType(options))
    for number in (chain.first, chain.before, chain.convolution, chain.after):
        if number is not None:
            operators[number] = None
    if chain.before is None or chain.after is None:
        operators[chain.last] = replace(dilated, inputs=(source, *convolution.inputs[1:]), outputs=(output,))
        return
    flat = convolution.outputs[0]
    image = graph.operators[chain.before].outputs[0]
    tensors[image] = _reshaped(tensors[image], tensors[source])
    tensors[flat] = _reshaped(tensors[flat], tensors[output])
    operators[chain.before] = _rename(source, image, tensors)
    operators[chain.convolution] = dilated
    operators[chain.last] = _rename(flat, output, tensors)


def _reshaped(tensor: Tensor, like: Tensor) -> Tensor:
    """An image of one row."""
    n, width, channels = like.shape
    quantization: Quantization | None = like.quantization
    return replace(tensor, shape=(n, 1, width, channels), quantization=quantization)


def _rename(source: int, output: int, tensors: list[Tensor]) -> Operator:
    shape = np.array(tensors[output].shape, np.int32)
    shape.flags.writeable = False
    tensors.append(Tensor(f"{tensors[output].name}/shape", shape.shape, "int32", None, shape))
    options = {"new_shape": tensors[output].shape}
    return Operator("RESHAPE", (source, len(tensors) - 1), (output,), MappingProxyType(options))
