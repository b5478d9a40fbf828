"""What quantizers with learned scales and thresholds share: slower updates, start values, no weight decay."""

from __future__ import annotations

from typing import Any

from tinyq.core.errors import QuantizerError
from tinyq.quantizers.larq_api import QUANTIZER_OF, LarqQuantizer, tf
from tinyq.quantizers.models import named_layers


def slowly(variable: tf.Tensor, rate: float) -> tf.Tensor:
    """rate * variable, with the gradient of the product handed to the variable unchanged.

    One step of any optimizer then moves the product by `rate` times what it would move a variable of its
    own: SGD, because the gradient lacks the factor that the step has; Adam, because its steps do not depend
    on the size of gradients. A multiplier on the gradient alone would do nothing to Adam.

    Example:
        >>> scale = tf.Variable(20.0)
        >>> with tf.GradientTape() as tape:
        ...     loss = 3.0 * slowly(scale, 0.1)
        >>> float(loss), float(tape.gradient(loss, scale))
        (6.0, 3.0)
    """

    @tf.custom_gradient
    def product(value: tf.Tensor) -> Any:
        return rate * value, lambda upstream: upstream

    result: tf.Tensor = product(tf.convert_to_tensor(variable))
    return result


def leads_back(value: tf.Tensor, low: Any, high: Any, gradient: tf.Tensor) -> tf.Tensor:
    """The gradient of clip(value, low, high), but where `value` has left the range it may come back.

    Outside, what would drive it further is 0, and what drives it back passes: with the gradient of a plain
    clip a threshold that an optimizer's momentum carried over the edge would stay there for good.
    """
    outward = ((value > high) & (gradient < 0)) | ((value < low) & (gradient > 0))
    return tf.where(outward, tf.zeros_like(gradient), gradient)


def scale_shape(kernel_shape: Any, axis: tuple[int, ...]) -> tuple[int, ...]:
    """The kernel's shape with 1 on every axis that is not in `axis`.

    Example:
        >>> scale_shape((3, 3, 4, 8), (-1,))
        (1, 1, 1, 8)
    """
    rank = len(kernel_shape)
    return tuple(int(n) if a - rank in axis else 1 for a, n in enumerate(kernel_shape))


def check_rate(where: str, rate: float) -> None:
    """Refuse a `rate` that is not above 0 and at most 1."""
    if not 0 < rate <= 1:
        raise QuantizerError(f"{where}(rate=...)", str(rate), "above 0, at most 1", "0.1 is usual")


class Learns:
    """A weight quantizer whose variables start from the kernel: by itself it adapts to the first one it gets.

    In a Quant layer it is built and adapted by the layer.
    """

    def __call__(self, x: Any, *arguments: Any, **keywords: Any) -> Any:
        """As any Keras layer.

        Raises:
            QuantizerError: neither built nor called eagerly, so that its start values cannot be set.
        """
        if not self.built:  # type: ignore[has-type]  # of the Keras layer
            x = tf.convert_to_tensor(x)
            if not tf.executing_eagerly():
                raise QuantizerError(
                    type(self).__name__,
                    "is called in a graph before it has met its kernel",
                    "a quantizer that is built and adapted",
                    "use the Quant layers of tinyq.quantizers, or build(w.shape) and adapt(w) it first",
                )
            self.build(x.shape)  # type: ignore[attr-defined]
            self.built = True
            self.adapt(x)  # type: ignore[attr-defined]
        return super().__call__(x, *arguments, **keywords)  # type: ignore[misc]


def learned_variables(model: tf.keras.Model) -> list[tf.Variable]:
    """The trainable variables of all quantizers of `model`: thresholds, scales and shifts.

    Weight decay must not reach them. Before the optimizer has seen the model:

        optimizer.exclude_from_weight_decay(var_list=learned_variables(model))
    """
    found: list[tf.Variable] = []
    for _, layer in named_layers(model):
        quantizers = [
            layer,
            *(getattr(layer, name, None) for name in (*QUANTIZER_OF.values(), "input_quantizer")),
        ]
        for quantizer in quantizers:
            if isinstance(quantizer, LarqQuantizer):
                found += [v for v in quantizer.trainable_variables if all(v is not other for other in found)]
    return found
