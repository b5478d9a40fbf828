"""The kernels that a callback of one method works on."""

from __future__ import annotations

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import QuantizedKernel, quantized_kernels


def kernels_of_method(
    callback: tf.keras.callbacks.Callback, method: type, asked: str = ""
) -> list[QuantizedKernel]:
    """Kernels of the callback's model with a quantizer of class `method`.

    Args:
        callback: in a training.
        method: a quantizer's class.
        asked: what a kernel must have, in an error's words; else the class' name.

    Raises:
        TrainError: there is none.
    """
    found = [k for k in quantized_kernels(callback.model) if isinstance(k.quantizer, method)]
    if not found:
        name = method.__name__
        raise TrainError(
            f"{type(callback).__name__} of model {callback.model.name}",
            f"no kernel has {asked or name}",
            f"a model with {name} on at least one kernel",
            f"quantize it with {name}, or take the callback out",
        )
    return found
