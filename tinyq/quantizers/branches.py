"""Residual expansion for export: a layer with several ternary branches -> parallel layers and a sum."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinyq.quantizers.larq_api import QUANTIZER_OF, latent_variable, tf
from tinyq.quantizers.models import named_layers, rebuilt, refuse_unfinished
from tinyq.quantizers.tga import TGA


def split_branches(model: tf.keras.Model) -> tf.keras.Model:
    """A copy of a trained model in which every ternary branch is a layer of its own.

    A layer "conv" with TGA(branches=2) becomes the layers "conv_branch_1" and "conv_branch_2" on the same
    input, and a sum "conv" of their outputs (with an activation: "conv_sum", and "conv" is the activation).
    Each has the whole latent kernel and the threshold of its branch, so its codes and scale are those of
    `TGA.branches_of`, bit for bit; the bias is in the first. Outputs are the same but for the order of
    summation. A separable layer gets a branch for each pair of a depthwise and a pointwise one. A batch norm
    behind the sum is taken into the branches, the first with its mean and shift, so that the converter folds
    it: do not train the copy. Converted to int8, every branch's output is rounded by itself.

    Args:
        model: Sequential or functional, nested models included.

    Returns:
        A functional model without TGA(branches > 1); its other layers, weights and quantizers' variables are
        copies.

    Raises:
        QuantizerError: a layer that cannot be made from its configuration.

    Example:
        >>> from tinyq.quantizers import QuantDense, quantized_kernels
        >>> dense = QuantDense(2, kernel_quantizer=TGA(branches=2), name="out")
        >>> net = tf.keras.Sequential([tf.keras.Input((8,)), dense])
        >>> [kernel.layer for kernel in quantized_kernels(split_branches(net))]
        ['out_branch_1', 'out_branch_2']
    """
    graph = tf.keras.Model(model.inputs, model.outputs, name=model.name)  # only a graph can branch
    copy = rebuilt(graph, lambda _: _split_config(graph))
    originals = dict(named_layers(model))
    layers = dict(named_layers(copy))
    for path, original in originals.items():
        if _is_split(original):
            _fill(layers, path, original)
        elif f"{path}_branch_1" in layers:
            _fill_norms(layers, path, original)
        else:
            layers[path].set_weights(original.get_weights())
    return copy


def exportable(model: tf.keras.Model, file: str) -> tf.keras.Model:
    """`model`, or if a kernel of it has several ternary branches, `split_branches(model)`.

    Args:
        file: its name, for the error.

    Raises:
        QuantizerError: a quantizer is not at the end of its schedule; a layer cannot be copied.
    """
    refuse_unfinished(model, file)
    return split_branches(model) if any(_is_split(layer) for _, layer in named_layers(model)) else model


def _split_config(model: tf.keras.Model) -> dict[str, Any]:
    """The configuration of a functional model with more layers; the last of each keeps the old one's name."""
    config = tf.keras.Model(model.inputs, model.outputs, name=model.name).get_config()
    entries: list[dict[str, Any]] = []
    for entry in config["layers"]:
        layer = model.get_layer(entry["name"]) if entry["class_name"] != "InputLayer" else None
        if isinstance(layer, tf.keras.Model):
            entry = {**entry, "class_name": "Functional", "config": _split_config(layer)}
            entry.pop("registered_name", None)
        entries += _parallel(layer, entry) if layer is not None and _is_split(layer) else [entry]
    return {**config, "layers": _norms_to_branches(entries, config["output_layers"])}


def _norms_to_branches(entries: list[dict[str, Any]], outputs: list[Any]) -> list[dict[str, Any]]:
    """Batch norms that follow a sum of branches and nothing else does, go before the sum.

    There the converter folds them into each branch; behind a sum it would leave a multiplication.
    """
    by_name = {entry["name"]: entry for entry in entries}
    text = repr([outputs, [entry["inbound_nodes"] for entry in entries]])
    for norm in [entry for entry in entries if entry["class_name"] == "BatchNormalization"]:
        source = norm["inbound_nodes"][0][0][0]
        total = by_name[source]
        branches = [entry["name"] for entry in entries if entry["name"].startswith(f"{source}_branch_")]
        if not branches or total["class_name"] != "Add" or text.count(repr(source)) > 1:
            continue
        copies = []
        for number, branch in enumerate(branches, 1):
            name = f"{norm['name']}_branch_{number}"
            nodes = [[[branch, 0, 0, {}]]]
            config = {**norm["config"], "name": name}
            copies.append({**norm, "name": name, "config": config, "inbound_nodes": nodes})
        nodes = [[[copy["name"], 0, 0, {}] for copy in copies]]
        config = {**total["config"], "name": norm["name"]}
        moved = {**total, "name": norm["name"], "config": config, "inbound_nodes": nodes}
        place = entries.index(norm)
        entries = [e for e in [*entries[:place], *copies, moved, *entries[place + 1 :]] if e is not total]
    return entries


def _quantizers(layer: tf.keras.layers.Layer) -> dict[str, TGA]:
    """Weight -> its quantizer, for those with several branches."""
    found = {weight: getattr(layer, attribute, None) for weight, attribute in QUANTIZER_OF.items()}
    return {weight: q for weight, q in found.items() if isinstance(q, TGA) and q.branches > 1}


def _is_split(layer: tf.keras.layers.Layer) -> bool:
    return bool(_quantizers(layer))


def _choices(layer: tf.keras.layers.Layer) -> list[dict[str, int]]:
    """Weight -> branch, for each new layer."""
    quantizers = _quantizers(layer)
    numbers = itertools.product(*(range(q.branches) for q in quantizers.values()))
    return [dict(zip(quantizers, chosen, strict=True)) for chosen in numbers]


def _parallel(layer: tf.keras.layers.Layer, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries of the branches on the inputs of `layer`, of their sum, and of the activation."""
    name, inputs = layer.name, entry["inbound_nodes"]
    linear = layer.activation is tf.keras.activations.linear
    entries = []
    for number, chosen in enumerate(_choices(layer), 1):
        config = {**layer.get_config(), "name": f"{name}_branch_{number}", "activation": "linear"}
        config["use_bias"] = layer.use_bias and number == 1
        for weight in chosen:
            quantizer = getattr(layer, QUANTIZER_OF[weight])
            single = TGA.from_config({**quantizer.get_config(), "branches": 1})
            config[QUANTIZER_OF[weight]] = tf.keras.layers.serialize(single)
        entries.append({**entry, "name": config["name"], "config": config})
    branches = [branch["name"] for branch in entries]
    total = name if linear else f"{name}_sum"
    entries.append(_entry(tf.keras.layers.Add(name=total, dtype=layer.dtype_policy), branches, len(inputs)))
    if not linear:
        activation = tf.keras.layers.Activation(layer.activation, name=name, dtype=layer.dtype_policy)
        entries.append(_entry(activation, [total], len(inputs)))
    return entries


def _entry(layer: tf.keras.layers.Layer, sources: list[str], calls: int) -> dict[str, Any]:
    """A layer of a functional configuration that is called as often as its sources, on their outputs."""
    nodes = [[[source, call, 0, {}] for source in sources] for call in range(calls)]
    return {**tf.keras.layers.serialize(layer), "name": layer.name, "inbound_nodes": nodes}


def _fill(layers: dict[str, Any], path: str, original: tf.keras.layers.Layer) -> None:
    """Give the branches of one layer its weights, and each the threshold that its branch has now."""
    for number, chosen in enumerate(_choices(original), 1):
        branch = layers[f"{path}_branch_{number}"]
        if branch.use_bias:
            branch.bias.assign(original.bias)
        if isinstance(original.input_quantizer, tf.keras.layers.Layer):
            branch.input_quantizer.set_weights(original.input_quantizer.get_weights())
        for weight in (w for w in QUANTIZER_OF if hasattr(original, w)):
            latent_variable(branch, weight).assign(latent_variable(original, weight))
            _fill_quantizer(branch, original, weight, chosen.get(weight))


def _fill_quantizer(
    branch: tf.keras.layers.Layer, original: tf.keras.layers.Layer, weight: str, number: int | None
) -> None:
    new, old = (getattr(layer, QUANTIZER_OF[weight], None) for layer in (branch, original))
    if number is not None:
        new.threshold.assign(np.asarray(old.threshold)[number : number + 1])
        new.phase.assign(old.phase)
    elif isinstance(old, tf.keras.layers.Layer):
        new.set_weights(old.get_weights())


def _fill_norms(layers: dict[str, Any], path: str, original: tf.keras.layers.Layer) -> None:
    """All branches get the batch norm's factor, the first one its mean and shift too."""
    number = 1
    while norm := layers.get(f"{path}_branch_{number}"):
        norm.set_weights(original.get_weights())
        if number > 1:
            norm.moving_mean.assign(tf.zeros_like(norm.moving_mean))
            if norm.center:
                norm.beta.assign(tf.zeros_like(norm.beta))
        number += 1
