"""What the quantizers of a Keras model ask for, verified against what its layers compute with.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.asks import Ask
from tinyq.convert.filters import filter_order, rows_of, several_magnitudes
from tinyq.convert.weight_levels import weight_levels
from tinyq.core.errors import ConvertError
from tinyq.core.spec import TABLE_BITS, QuantSpec
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import QuantizedKernel, named_layers, quantized_kernels

Float32Array = npt.NDArray[np.float32]

_FAINT = 5e-7 / 254  # the converter's ranges reach to 5e-7 at least: int8 holds zeros for what is below
_WIDEST = 127  # code that int8 weights can be
_MOST_VALUES, _TWO_BITS = 16, 4  # of a channel
_TRANSPOSED = (tf.keras.layers.Conv2DTranspose,)


def asks_of(model: tf.keras.Model, where: str) -> tuple[Ask, ...]:
    """One ask for each kernel with a quantizer, in layer order.

    Raises:
        ConvertError: a quantizer's integers are not what its layer computes with.
    """
    asks, broken = [], []
    transposed = {path for path, layer in named_layers(model) if isinstance(layer, _TRANSPOSED)}
    for kernel in quantized_kernels(model):
        turned = kernel.layer in transposed
        computed = kernel.quantizer(tf.constant(kernel.latent)).numpy()
        if hasattr(kernel.quantizer, "integers") and hasattr(kernel.quantizer, "spec"):
            codes, scale = kernel.quantizer.integers(kernel.latent)
            different = int(np.count_nonzero(codes * scale != computed))
            if different:
                broken.append(
                    f"\n  {kernel.layer}.{kernel.weight}: codes * scale of {type(kernel.quantizer).__name__} "
                    f"differs from the kernel in {different} of {computed.size} weights"
                )
            asks.append(_ask(kernel, computed, codes, turned, kernel.quantizer.spec().scheme))
        else:
            asks.append(_ask_by_values(kernel, computed, turned))
    if broken:
        raise ConvertError(
            where,
            f"quantizers break their contract:{''.join(broken)}",
            "integers(w) gives codes and scale with codes * scale == call(w)",
            "run tinyq.quantizers.check_quantizer on them",
        )
    return tuple(asks)


def _ask(
    kernel: QuantizedKernel,
    computed: Float32Array,
    codes: npt.NDArray[Any],
    transposed: bool,
    scheme: Any,
    refusal: str = "",
) -> Ask:
    depthwise = kernel.weight == "depthwise_kernel"
    name = type(kernel.quantizer).__name__
    values = filter_order(computed, depthwise, transposed)
    rows = rows_of(values, depthwise)
    if (widest := int(np.abs(codes).max(initial=0))) > _WIDEST:  # odd integers of 8 bits
        scheme, refusal = None, f"codes of {name} reach {widest}, int8 weights {_WIDEST}: they are rounded"
    elif scheme in ("a8wt", "a8w1") and several_magnitudes(rows) and _most_values(rows) <= _TWO_BITS:
        scheme = "a8w2"  # a channel has two scales
    ordered = filter_order(np.clip(codes, -_WIDEST, _WIDEST).astype(np.int8), depthwise, transposed)
    return Ask(
        kernel.layer,
        kernel.weight,
        name,
        scheme,
        ordered,
        depthwise,
        refusal,
        np.abs(rows).max(axis=1) < _FAINT,
        values if scheme in TABLE_BITS else None,
        filter_order(codes.astype(np.int64), depthwise, transposed),
    )


def _most_values(rows: npt.NDArray[Any]) -> int:
    """How many different values an output channel has at most."""
    return max(int(np.unique(row).size) for row in rows)


def _ask_by_values(kernel: QuantizedKernel, computed: Float32Array, transposed: bool) -> Ask:
    """A quantizer of someone else, which says nothing of integers: its values tell what it is."""
    depthwise = kernel.weight == "depthwise_kernel"
    rows = rows_of(filter_order(computed, depthwise, transposed), depthwise)
    reason = several_magnitudes(rows)
    if not reason:
        return _ask(kernel, computed, np.sign(computed), transposed, "a8w1" if computed.all() else "a8wt")
    all_values = np.unique(rows).size
    count = all_values if all_values <= _MOST_VALUES else _most_values(rows)
    if count > _MOST_VALUES:
        name = type(kernel.quantizer).__name__
        refusal = f"{name} gives more than {_MOST_VALUES} values a channel: {reason}"
        return _ask(kernel, computed, np.sign(computed), transposed, None, refusal)
    scheme = f"a8w{max(QuantSpec(count).bits, 2)}"
    ask = _ask(kernel, computed, np.sign(computed), transposed, scheme)
    found = weight_levels(filter_order(computed, depthwise, transposed), depthwise, None)
    return ask if isinstance(found, str) else replace(ask, integers=found.codes)
