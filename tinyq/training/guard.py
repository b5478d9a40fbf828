"""Which layer went wrong, when a training's numbers are not finite any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import named_layers, unwrapped
from tinyq.training.losses import StageLoss
from tinyq.training.precision import with_precision
from tinyq.training.recipes import Stage

Weights = list[Any]
_NAMED = 3  # layers in a message


def finite_weights(model: tf.keras.Model) -> Callable[[], tf.Tensor]:
    """A compiled test: whether all weights that are trained are finite; one number leaves the device."""

    @tf.function
    def test() -> tf.Tensor:
        finite = [tf.reduce_all(tf.math.is_finite(w)) for w in model.trainable_variables]
        return tf.reduce_all(tf.stack(finite))

    return test


class NotFinite(Exception):
    """Raised within `fit`, where a strategy's scope is, to be explained outside of it by `diverged`."""

    def __init__(self, epoch: int, loss: float) -> None:
        super().__init__()
        self.epoch, self.loss = epoch, loss


def diverged(
    model: tf.keras.Model, stage: Stage, found: NotFinite, before: Weights, batch: tuple[Any, Any]
) -> TrainError:
    """The error for a loss, gradients or weights that are not finite.

    Args:
        before: the last weights that were known to be good, for a step that shows where it begins.
        batch: samples and targets of that step.
    """
    place = ""
    if not stage.method.qat:  # whose model cannot be copied
        copy = with_precision(model, stage.precision)
        copy.set_weights(before)
        place = _bad_output(copy, batch[0]) or _bad_gradient(copy, *batch)
    place = place or bad_weights(model)
    return TrainError(
        f"training of [{stage.weights}], epoch {found.epoch + 1} of {stage.epochs}",
        f"the loss is {found.loss}{'; ' + place if place else ''}",
        "finite losses, gradients and weights",
        f"lower learning_rate, now {stage.learning_rate:g}, or raise warmup, now {stage.warmup:g}"
        + ("; or precision = 'mixed_bfloat16'" if stage.precision == "mixed_float16" else ""),
    )


def _bad_output(model: tf.keras.Model, x: Any) -> str:
    """The first layer whose outputs for x are not finite."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    outputs = [node for layer in layers for node in tf.nest.flatten(layer.get_output_at(0))]
    owners = [layer for layer in layers for _ in tf.nest.flatten(layer.get_output_at(0))]
    values = tf.nest.flatten(tf.keras.Model(model.inputs, outputs)(x, training=True))
    for layer, value in zip(owners, values, strict=True):
        if value.dtype.is_floating and not _finite(value):
            return f"outputs of layer {layer.name} are not finite"
    return ""


def _bad_gradient(model: tf.keras.Model, x: Any, y: Any) -> str:
    """The kernels whose gradients are not finite, those of the loss's side first."""
    classes = model.output_shape[-1]
    with tf.GradientTape() as tape:
        loss = StageLoss(classes)(y[:, :classes], model(x, training=True))
    owners = [(path, weight) for path, layer in named_layers(model) for weight in layer.trainable_weights]
    gradients = tape.gradient(loss, [weight for _, weight in owners])
    pairs = [(path, w, g) for (path, w), g in zip(owners, gradients, strict=True) if g is not None]
    bad = [_named(path, weight) for path, weight, gradient in reversed(pairs) if not _finite(gradient)]
    return f"the gradient of {_some(bad)} is not finite" if bad else ""


def bad_weights(model: tf.keras.Model) -> str:
    """The first variables that are trained and not finite; "" if all are."""
    owners = [(path, weight) for path, layer in named_layers(model) for weight in layer.trainable_weights]
    # A layer that int8 training has wrapped does not list its kernel, the wrapper does.
    wrappers = [layer for layer in model.layers if unwrapped(layer) is not layer]
    owners += [
        (unwrapped(wrapper).name, weight) for wrapper in wrappers for weight in wrapper.trainable_weights
    ]
    bad = dict.fromkeys(_named(path, weight) for path, weight in owners if not _finite(weight))
    return f"not finite: {_some(list(bad))}" if bad else ""


def _finite(value: Any) -> bool:
    return bool(np.isfinite(np.asarray(value, np.float32)).all())


def _named(path: str, weight: tf.Variable) -> str:
    return f"{path}/{weight.name.split('/')[-1].split(':')[0]}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
