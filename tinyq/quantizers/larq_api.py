"""All contact with larq and with what Keras keeps private: the day larq goes, this file changes.

Importing it loads TensorFlow with Keras 2 (`tf-keras`), the only Keras that larq knows; the rest of tinyq
takes `tf` from here, so that it cannot be loaded with another.
"""

from __future__ import annotations

import importlib
import os
import weakref
from typing import Any

# Both are read when TensorFlow is imported, so they come first.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from tinyq.core.errors import QuantizerError, TinyqError
from tinyq.core.spec import DEPTHWISE, PER_CHANNEL, TRANSPOSED

if not tf.keras.layers.Layer.__module__.startswith("tf_keras."):
    raise TinyqError(
        "TensorFlow",
        f"uses the Keras of {tf.keras.layers.Layer.__module__}",
        "Keras 2 (tf-keras), because larq needs it",
        "set TF_USE_LEGACY_KERAS=1 before TensorFlow is imported, or import tinyq.quantizers first",
    )

import larq

__all__ = [
    "COMPUTE",
    "LAYERS",
    "NOT_PACKED",
    "QUANTIZER_OF",
    "LarqQuantizer",
    "latent_variable",
    "larq",
    "optimizer_slots",
    "register",
    "tf",
]

LarqQuantizer = larq.quantizers.Quantizer

# One line a weight that a layer may quantize: variable -> attribute of the layer that holds its quantizer.
QUANTIZER_OF = {
    "kernel": "kernel_quantizer",
    "depthwise_kernel": "depthwise_quantizer",
    "pointwise_kernel": "pointwise_quantizer",
}

# Set on one of larq's own quantizers in tinyq's layers: what it computes instead, in float32.
COMPUTE = "_tinyq_compute"

# Saved in a .keras file as "tinyq>Ternary"; a fresh process finds the class again by its module.
register = tf.keras.utils.register_keras_serializable(package="tinyq")


def latent_variable(layer: tf.keras.layers.Layer, weight: str) -> tf.Variable:
    """The variable that training updates, not what the quantizer makes of it."""
    with larq.context.quantized_scope(False):
        variable = getattr(layer, weight)
        return getattr(variable, "latent_variable", variable)


def optimizer_slots(optimizer: tf.keras.optimizers.Optimizer, variable: tf.Variable) -> list[tf.Variable]:
    """What `optimizer` remembers of `variable`, a latent one: momentums, averages; [] before it is built."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of a LossScaleOptimizer
    places = getattr(optimizer, "_index_dict", {})
    place = places.get(optimizer._var_key(variable)) if places else None
    if place is None:
        return []
    other = ("_variables", "_model_variables_moving_average")  # not by place; a copy of the weights
    lists = [v for name, v in vars(optimizer).items() if isinstance(v, list) and name not in other]
    found = [v[place] for v in lists if len(v) == len(places)]
    return [v for v in found if hasattr(v, "assign") and v.shape == variable.shape]


def _claim(quantizer: Any, layer: tf.keras.layers.Layer, attribute: str) -> None:
    """Refuse a quantizer with state that another kernel or input has already.

    Its variables can be those of one kernel only; and a .keras file, which holds a quantizer for each layer,
    would give the second one back as it was before training.
    """
    if not isinstance(quantizer, LarqQuantizer):
        return
    makes_state = type(quantizer).build is not tf.keras.layers.Layer.build
    owner, of, who = getattr(quantizer, "_owner", (lambda: None, "", 0))
    owner = owner() if who == id(quantizer) else None  # a deep copy brings what is the other's
    if owner is not None and makes_state and (owner is not layer or of != attribute):
        kind = type(quantizer).__name__
        raise QuantizerError(
            f"layer {layer.name}, {attribute}",
            f"the same {kind} object is the {of} of layer {owner.name}",
            f"a {kind} object for each kernel or input: it has variables of its own",
            f"make one for each, as {attribute}={kind}(...)",
        )
    # Not by Keras' way, which would track it as state.
    object.__setattr__(quantizer, "_owner", (weakref.ref(layer), attribute, id(quantizer)))


def _keep_dtype(quantizer: Any) -> None:
    """Let one of larq's own compute in float32 and answer in the dtype of its input, as tinyq's do.

    Under mixed precision Keras would hand its float32 output to a convolution in 16 bits.
    """
    if not (isinstance(quantizer, LarqQuantizer) and quantizer._autocast):
        return
    compute = quantizer.call

    def call(inputs: Any) -> Any:
        inputs = tf.convert_to_tensor(inputs)
        now = vars(quantizer).get(COMPUTE, compute)
        return tf.cast(now(tf.cast(inputs, tf.float32)), inputs.dtype)

    quantizer._autocast = False
    quantizer.call = call


class _Adapts:
    """A larq layer that builds its weight quantizers with itself, and adapts them to its initial weights.

    larq builds them in the first call, when the kernel's values cannot be read any more.
    """

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """As Keras', with every quantizer class registered: else it would leave the quantizers strings."""
        importlib.import_module("tinyq.quantizers.make")
        return super().from_config(config)  # type: ignore[misc]

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)  # type: ignore[misc]  # of the larq layer
        if hasattr(self.input_quantizer, "check_layer"):  # type: ignore[attr-defined]
            self.input_quantizer.check_layer(self)  # type: ignore[attr-defined]
        for attribute in (*QUANTIZER_OF.values(), "input_quantizer"):
            _claim(getattr(self, attribute, None), self, attribute)
            _keep_dtype(getattr(self, attribute, None))
        with tf.init_scope():
            for weight, attribute in QUANTIZER_OF.items():
                quantizer = getattr(self, attribute, None)
                if hasattr(quantizer, "adapt") and not quantizer.built:
                    variable = latent_variable(self, weight)
                    quantizer.build(variable.shape)
                    quantizer.built = True
                    # A layer is built in its first call: there, mixed precision reads variables in 16 bits.
                    quantizer.adapt(tf.convert_to_tensor(getattr(variable, "_variable", variable)))

    def call(self, inputs: Any) -> Any:
        """Pad before the input quantizer where it asks for that: the border then holds its code of 0.

        Keras and larq pad what was quantized, with 0 or a constant; that is no code of a learned shift.
        """
        padding = getattr(self, "padding", "valid")
        own = hasattr(self, "_get_padding_same")  # transposed and dense layers pad nothing
        if not (own and padding != "valid" and getattr(self.input_quantizer, "pads_before", False)):  # type: ignore[attr-defined]
            return super().call(inputs)  # type: ignore[misc]
        causal = padding == "causal"
        border = self._compute_causal_padding(inputs) if causal else self._get_padding_same(inputs)  # type: ignore[attr-defined]
        patch = larq.utils.patch_object
        with patch(self, "padding", "valid"), patch(self, "_is_causal", False):
            return super().call(tf.pad(inputs, border))  # type: ignore[misc]


# One line a layer class that can be quantized: Keras class -> axes with a scale of their own, by weight.
LAYERS: dict[str, dict[str, tuple[int, ...]]] = {
    "Dense": {"kernel": PER_CHANNEL},
    "Conv1D": {"kernel": PER_CHANNEL},
    "Conv2D": {"kernel": PER_CHANNEL},
    "Conv3D": {"kernel": PER_CHANNEL},
    "DepthwiseConv2D": {"depthwise_kernel": DEPTHWISE},
    "SeparableConv1D": {"depthwise_kernel": DEPTHWISE, "pointwise_kernel": PER_CHANNEL},
    "SeparableConv2D": {"depthwise_kernel": DEPTHWISE, "pointwise_kernel": PER_CHANNEL},
    "Conv2DTranspose": {"kernel": TRANSPOSED},
    "Conv3DTranspose": {"kernel": TRANSPOSED},
}
# What of them can be trained, and has no packed operator.
NOT_PACKED: dict[str, tuple[str, ...]] = {
    "Conv3D": ("weights", "activations"),
    "Conv2DTranspose": ("activations",),
    "Conv3DTranspose": ("weights", "activations"),
}


def _layer_class(name: str) -> type[tf.keras.layers.Layer]:
    base = getattr(larq.layers, f"Quant{name}")
    doc = f"larq's Quant{name}, whose quantizers are built and adapted with it."
    made: type[tf.keras.layers.Layer] = register(
        type(f"Quant{name}", (_Adapts, base), {"__doc__": doc, "__module__": __name__})
    )
    return made


QuantDense = _layer_class("Dense")
QuantConv1D = _layer_class("Conv1D")
QuantConv2D = _layer_class("Conv2D")
QuantConv3D = _layer_class("Conv3D")
QuantDepthwiseConv2D = _layer_class("DepthwiseConv2D")
QuantSeparableConv1D = _layer_class("SeparableConv1D")
QuantSeparableConv2D = _layer_class("SeparableConv2D")
QuantConv2DTranspose = _layer_class("Conv2DTranspose")
QuantConv3DTranspose = _layer_class("Conv3DTranspose")
