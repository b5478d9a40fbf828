"""A network with low-bit layers -> the int8 part by the stock converter, and all that is joined with it.

The stock converter cannot run low-bit operators, so it never sees them: its model has the cuts as inputs and
outputs, and is calibrated with what the trained network computes there for the user's data.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.bits_graph import bits_graph
from tinyq.convert.export_stock import Job, Progress, convert_float, convert_int8
from tinyq.convert.nodes import Network, Node, Ref
from tinyq.convert.split import CHAIN, Split, split
from tinyq.convert.stitch import Parts
from tinyq.quantizers.larq_api import tf

Float32Array = npt.NDArray[np.float32]

_BATCH = 32


def export_parts(
    network: Network,
    holder: Any,
    source: tuple[str, Sequence[str]],
    samples: Float32Array,
    progress: Progress | None,
) -> tuple[bytes, Parts]:
    """Cut a network and convert its int8 part.

    Args:
        network: all nodes.
        holder: the model, which keeps the variables.
        source: the model's file, and its layers that may be what cannot be converted; for errors.
        samples: float32 [n, ...], for calibration.
        progress: called with (samples done, n).

    Returns:
        the int8 part's .tflite, b"" if there is none; and the rest.

    Raises:
        ConvertError: TensorFlow cannot convert the int8 part.
    """
    cut = split(network)
    parts = parts_of(network, cut, holder.input_names, samples)
    if not cut.host:
        return b"", parts
    inputs = tuple(parts.host_inputs)

    def each() -> Iterator[Mapping[str, Float32Array]]:
        for values in _observed(network, inputs, samples):
            for i in range(len(values[inputs[0]])):
                yield {parts.names[ref]: values[ref][i : i + 1] for ref in inputs}

    function = _function(cut.host, inputs, tuple(parts.host_outputs), parts.names)
    return convert_int8(Job(function, holder, each, len(samples), *source), progress), parts


def export_float_parts(
    network: Network, holder: Any, source: tuple[str, Sequence[str]]
) -> tuple[bytes, Parts]:
    """`export_parts` with a float32 part instead of an int8 one."""
    cut = split(network)
    parts = parts_of(network, cut, holder.input_names)
    if not cut.host:
        return b"", parts
    function = _function(cut.host, tuple(parts.host_inputs), tuple(parts.host_outputs), parts.names)
    return convert_float(Job(function, holder, lambda: iter(()), 0, *source)), parts


def parts_of(
    network: Network, cut: Split, input_names: Sequence[str], samples: Float32Array | None = None
) -> Parts:
    """All that is joined with the int8 part of a network; with a float32 part no ranges are observed."""
    inputs, outputs = cut.host_inputs, cut.host_outputs(network.outputs)
    ends = (*network.inputs, *inputs, *outputs, *network.outputs, *cut.cut_out, *cut.cut_in)
    names = _names(network, input_names, tuple(dict.fromkeys(ends)))
    known = {*inputs, *outputs}
    own = tuple(dict.fromkeys(ref for ref in ends if ref not in known))
    return Parts(
        bits=bits_graph(cut, rounds=samples is None),
        cut_out=cut.cut_out,
        cut_in=cut.cut_in,
        host_inputs={ref: names[ref] for ref in inputs},
        host_outputs={ref: names[ref] for ref in outputs},
        inputs=network.inputs,
        outputs=network.outputs,
        ranges={} if samples is None else _ranges(network, own, samples),
        names=names,
        layers=tuple(node.data for node in cut.bits if node.kind == "low"),
        refusals=network.refusals,
    )


def _names(network: Network, inputs: Sequence[str], refs: Sequence[Ref]) -> dict[Ref, str]:
    """A name for each tensor, of the layer that gives it: the one with the kernel, where others follow it."""
    producers = network.producers()
    names: dict[Ref, str] = {}
    given = dict(zip(network.inputs, inputs, strict=True))
    for ref in refs:
        stem = re.sub(r"\W+", "_", given[ref] if ref in given else _layer(producers, ref), flags=re.ASCII)
        stem = stem if stem[:1].isalpha() else f"tensor_{stem}"
        again = sum(re.fullmatch(rf"{stem}(_\d+)?", other) is not None for other in names.values())
        names[ref] = f"{stem}_{again + 1}" if again else stem
    return names


def _layer(producers: Mapping[Ref, Node], ref: Ref) -> str:
    """The layer with a kernel that batch norm and activation follow; else the one that gives the tensor."""
    found = node = producers[ref]
    while node.kind in CHAIN and node.inputs[0] in producers:
        node = producers[node.inputs[0]]
        if node.foldable or node.kind == "low":
            return node.name
    return found.name


def _function(
    nodes: Sequence[Node], inputs: Sequence[Ref], outputs: Sequence[Ref], names: Mapping[Ref, str]
) -> Any:
    """The int8 part as a concrete function of batch 1 with named inputs and outputs."""

    def run(**given: Any) -> dict[str, Any]:
        values = _run(nodes, {ref: given[names[ref]] for ref in inputs})
        return {names[ref]: values[ref] for ref in outputs}

    specs = {names[ref]: tf.TensorSpec((1, *ref.shape), tf.float32, name=names[ref]) for ref in inputs}
    return tf.function(run).get_concrete_function(**specs)


def _run(nodes: Sequence[Node], values: dict[Ref, Any]) -> dict[Ref, Any]:
    """Compute all nodes."""
    for node in nodes:
        found = tf.nest.flatten(node.run(*(values[ref] for ref in node.inputs)))
        values.update(zip(node.outputs, found, strict=True))
    return values


def _observed(
    network: Network, watched: Sequence[Ref], samples: Float32Array
) -> Iterator[Mapping[Ref, Float32Array]]:
    """The values of some tensors for all samples, a batch at a time."""
    (entry,) = network.inputs

    def run(x: Any) -> list[Any]:
        values = _run(network.nodes, {entry: x})
        return [values[ref] for ref in watched]

    traced = tf.function(run, input_signature=[tf.TensorSpec((None, *entry.shape), tf.float32)])
    for first in range(0, len(samples), _BATCH):
        found = traced(tf.constant(samples[first : first + _BATCH]))
        yield {ref: np.asarray(value) for ref, value in zip(watched, found, strict=True)}


def _ranges(network: Network, refs: Sequence[Ref], samples: Float32Array) -> dict[Ref, tuple[float, float]]:
    """The least and the largest value of tensors that the stock converter does not calibrate."""
    ranges: dict[Ref, tuple[float, float]] = {}
    for values in _observed(network, refs, samples) if refs else ():
        for ref, value in values.items():
            least, most = ranges.get(ref, (np.inf, -np.inf))
            ranges[ref] = (min(least, float(value.min())), max(most, float(value.max())))
    return ranges
