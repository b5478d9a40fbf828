"""A Keras model as a flat list of calls of its layers, nested models included.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tinyq.convert.nodes import Ref
from tinyq.quantizers.larq_api import tf


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer.

    Args:
        path: name of the layer, after the names of the nested models that it is in.
        layer: itself.
        arguments: of the call, positional and by name, with a `Ref` for every tensor.
        inputs: the tensors among the arguments, in order.
        outputs: what it gives, flat.
    """

    path: str
    layer: tf.keras.layers.Layer
    arguments: tuple[Any, dict[str, Any]]
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]

    def run(self, *tensors: Any) -> Any:
        """Call the layer, as in inference, on tensors in the place of `inputs`."""
        given = {ref.number: tensor for ref, tensor in zip(self.inputs, tensors, strict=True)}
        positional, named = _mapped(
            self.arguments, lambda leaf: given[leaf.number] if isinstance(leaf, Ref) else leaf
        )
        if "training" in inspect.signature(self.layer.call).parameters:
            named = {**named, "training": False}
        return self.layer(*positional, **named)


def calls_of(model: tf.keras.Model) -> tuple[tuple[Ref, ...], tuple[Ref, ...], list[Call]]:
    """Inputs, outputs and calls of a Sequential or functional model, in an order in which they can run."""
    walk = _Walk()
    inputs = tuple(walk.ref(tensor) for tensor in model.inputs)
    outputs = walk.through(model, inputs, "")
    return inputs, outputs, walk.calls


class _Walk:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._count = 0

    def ref(self, tensor: Any) -> Ref:
        """A new number for a symbolic tensor."""
        self._count += 1
        return Ref(self._count - 1, tuple(tensor.shape[1:]))

    def through(self, model: tf.keras.Model, inputs: Sequence[Ref], prefix: str) -> tuple[Ref, ...]:
        """Walk one model on the given inputs; returns its outputs."""
        known = {id(tensor): ref for tensor, ref in zip(model.inputs, inputs, strict=True)}
        for node in _nodes(model):
            arguments = _mapped((node.call_args, node.call_kwargs), lambda leaf: known.get(id(leaf), leaf))
            used = tuple(leaf for leaf in _leaves(arguments) if isinstance(leaf, Ref))
            path, symbols = f"{prefix}{node.layer.name}", tf.nest.flatten(node.outputs)
            if isinstance(node.layer, tf.keras.Model):
                found = self.through(node.layer, used, f"{path}/")
            else:
                found = tuple(self.ref(symbol) for symbol in symbols)
                self.calls.append(Call(path, node.layer, arguments, used, found))
            known.update({id(symbol): ref for symbol, ref in zip(symbols, found, strict=True)})
        return tuple(known[id(tensor)] for tensor in tf.nest.flatten(model.outputs))


def _nodes(model: tf.keras.Model) -> Iterator[Any]:
    """The calls in a functional model, in an order in which they can run; Keras keeps them private."""
    by_depth = model._nodes_by_depth
    for depth in sorted(by_depth, reverse=True):
        yield from (node for node in by_depth[depth] if not node.is_input)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        made = [_mapped(item, change) for item in value]
        return tuple(made) if isinstance(value, tuple) else made
    return change(value)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
