"""larq's activation quantizers with the same values and gradients, in fewer passes over the activations.

Their gradients, zero beyond the limits of saturation, take five passes; here it is one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tinyq.quantizers.larq_api import COMPUTE, larq, tf
from tinyq.quantizers.saturating import inside_limits

Layer = tf.keras.layers.Layer
Call = Callable[[tf.Tensor], tf.Tensor]


def fast_larq(layer: Layer) -> tuple[tuple[Layer, str], Call] | None:
    """The input quantizer of `layer` and its attribute that `Call` replaces; None where nothing is known."""
    quantizer: Any = getattr(layer, "input_quantizer", None)
    if not isinstance(quantizer, larq.quantizers.Quantizer) or getattr(quantizer, "_custom_metrics", None):
        return None
    call = _in_one_pass(quantizer)
    # tinyq's layers have a `call` of their own on it, which keeps the dtype and calls this
    return call and ((quantizer, COMPUTE if "call" in vars(quantizer) else "call"), call)


def _in_one_pass(quantizer: Any) -> Call | None:
    # Classes that anybody derived may compute something else.
    if type(quantizer) is larq.quantizers.DoReFa and quantizer.mode == "activations":
        return partial(_dorefa, 2**quantizer.precision - 1)
    if type(quantizer) is larq.quantizers.SteSign and quantizer.clip_value == 1:
        return _sign
    fixed = type(quantizer) is larq.quantizers.SteTern and not quantizer.ternary_weight_networks
    if fixed and quantizer.clip_value == 1 and quantizer.threshold_value > 1e-6:  # no denormal differences
        return partial(_ternary, quantizer.threshold_value)
    return None


def _sign(inputs: tf.Tensor) -> tf.Tensor:
    return inside_limits(inputs, larq.math.sign(inputs), -1.0)


def _ternary(threshold: float, inputs: tf.Tensor) -> tf.Tensor:
    number = inputs.dtype.as_numpy_dtype
    below = np.nextafter(number(threshold), number(0))  # the threshold itself gives a code
    return inside_limits(inputs, tf.sign(inputs - tf.clip_by_value(inputs, -below, below)), -1.0)


def _dorefa(steps: int, inputs: tf.Tensor) -> tf.Tensor:
    limited = tf.clip_by_value(inputs, 0.0, 1.0)
    return inside_limits(inputs, tf.round(limited * steps) / steps, 0.0)
