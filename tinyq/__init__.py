"""tinyq: binary, ternary and few-bit Keras networks, packed into TFLite and run on microcontrollers.

Training uses Keras nouns (`tinyq.Ternary`, `tinyq.QuantConv2D`), which load TensorFlow on first use;
deployment uses verbs, a package each (`tinyq.convert`, `tinyq.emit`, `tinyq.run`). `tinyq --help` lists
the commands.
"""

from __future__ import annotations

from tinyq.core.lazy import lazy

__version__ = "0.1.0"

_TRAINING = (
    *("Binary", "BinaryRelax", "RPR", "Ternary", "check_quantizer"),
    *("EncodingActivation", "EncodingDecomposition"),
    *("RTN", "RTNActivation", "TGA", "TTQ", "learned_variables", "load_model", "split_branches"),
    *("QuantConv1D", "QuantConv2D", "QuantDense", "QuantDepthwiseConv2D", "QuantSeparableConv2D"),
)
__all__ = ["__version__", "quantize_model", *_TRAINING]

__getattr__, __dir__ = lazy(
    __name__, {**dict.fromkeys(_TRAINING, "tinyq.quantizers"), "quantize_model": "tinyq.training.quantize"}
)
