"""Weight quantizers as Keras objects: what a layer computes with in training, and what is stored of it.

A quantizer answers four questions:

* `call(x)`: the quantized kernel, with a straight-through gradient; layers use it in training and inference;
* `spec()`: number of levels and the axes that have a scale of their own (`tinyq.core.spec.QuantSpec`);
* `integers(w)`: int8 codes and float32 scales with `codes * scale == call(w)`, bit for bit;
* `get_config()` / `from_config()`: the numbers it was made with.

`check_quantizer` runs any object through that contract. Names are loaded on first use, so that importing
this package loads no TensorFlow. The layers are larq's; they are re-exported because larq is imported by
one module of tinyq only (`larq_api`).

Example:
    >>> import numpy as np
    >>> from tinyq.quantizers import Ternary
    >>> kernel = np.array([[0.9], [-0.8], [0.3], [0.05], [-0.6], [0.1]])
    >>> codes, scale = Ternary(method="exact").integers(kernel)
    >>> codes[:, 0].tolist(), round(float(scale[0, 0]), 5)
    ([1, -1, 0, 0, -1, 0], 0.76667)
"""

from __future__ import annotations

from tinyq.core.lazy import lazy

_HOME = {
    "Binary": "tinyq.quantizers.binary",
    "BinaryRelax": "tinyq.quantizers.binary_relax",
    "RPR": "tinyq.quantizers.rpr",
    "RTN": "tinyq.quantizers.rtn",
    "RTNActivation": "tinyq.quantizers.rtn",
    "TGA": "tinyq.quantizers.tga",
    "TTQ": "tinyq.quantizers.ttq",
    "Ternary": "tinyq.quantizers.ternary",
    "learned_variables": "tinyq.quantizers.learned",
    "split_branches": "tinyq.quantizers.branches",
    "check_quantizer": "tinyq.quantizers.check",
    "EncodingActivation": "tinyq.quantizers.encoding",
    "EncodingDecomposition": "tinyq.quantizers.encoding",
    "make_activation": "tinyq.quantizers.make",
    "make_quantizer": "tinyq.quantizers.make",
    "QuantizedKernel": "tinyq.quantizers.models",
    "WeightQuantizer": "tinyq.quantizers.base",
    "frozen_copy": "tinyq.quantizers.models",
    "load_model": "tinyq.quantizers.models",
    "quantized_kernels": "tinyq.quantizers.models",
    **dict.fromkeys(
        (
            *("QuantConv1D", "QuantConv2D", "QuantConv3D", "QuantConv2DTranspose", "QuantConv3DTranspose"),
            *("QuantDense", "QuantDepthwiseConv2D", "QuantSeparableConv1D", "QuantSeparableConv2D"),
        ),
        "tinyq.quantizers.larq_api",
    ),
    "ActivationQuantizer": "tinyq.quantizers.base",
    "adapt": "tinyq.quantizers.models",
    "copy_weights": "tinyq.quantizers.models",
    "count_parameters": "tinyq.quantizers.models",
    "finish": "tinyq.quantizers.models",
    "DEPTHWISE": "tinyq.core.spec",
    "PER_CHANNEL": "tinyq.core.spec",
    "PER_TENSOR": "tinyq.core.spec",
    "TRANSPOSED": "tinyq.core.spec",
}
__all__ = list(_HOME)
__getattr__, __dir__ = lazy(__name__, _HOME)
