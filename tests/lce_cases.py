"""Random operators of Larq Compute Engine as .tflite graphs, and LCE's own interpreter to run them."""

from __future__ import annotations

from typing import Any

import numpy as np
from tools_required import need

from tinyq.core.packed_activations import pack_codes, words_of
from tinyq.graph import Graph, Operator, Quantization, Tensor, serialize
from tinyq.graph.ir import ABSENT

CHANNELS = (1, 2, 3, 8, 31, 32, 33, 63, 64, 65, 96, 127, 128, 130, 256, 257)
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


def lce_interpreter(graph: Graph, **kernel: bool) -> Any:
    """LCE's interpreter, one thread: its default kernel, or use_reference_bconv, or use_indirect_bgemm."""
    need("python:larq_compute_engine")
    from larq_compute_engine.tflite.python.interpreter_wrapper_lite import LiteInterpreter

    flags = [kernel.get(name, False) for name in ("use_reference_bconv", "use_indirect_bgemm")]
    return LiteInterpreter(serialize(graph), 1, *flags, False)


def run_lce(graph: Graph, inputs: list[np.ndarray], **kernel: bool) -> list[np.ndarray]:
    """Its outputs."""
    interpreter = lce_interpreter(graph, **kernel)
    return [np.asarray(y) for y in interpreter.predict([np.ascontiguousarray(x) for x in inputs])]


def single(kind: str, tensors: list[Tensor], inputs: tuple[int, ...], options: dict[str, Any]) -> Graph:
    """A graph of one operator: its input is tensor 0, its output the last tensor."""
    last = len(tensors) - 1
    return Graph(tuple(tensors), (Operator(kind, inputs, (last,), options),), inputs=(0,), outputs=(last,))


def signs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Packed random signs; `shape` in channels."""
    if rng.random() < 0.1:
        return pack_codes(np.full(shape, rng.choice([-1, 1])), 2)
    return pack_codes(rng.choice([-1, 1], shape), 2)


def affine(scale: float, zero_point: int) -> Quantization:
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))


def axis(rng: np.random.Generator, same: bool, large: bool = False) -> tuple[int, int, int, int, int]:
    """(size, taps, stride, dilation, output size) of one axis, as TFLite's; `large`: size >= extent."""
    taps, stride, dilation = (int(rng.integers(1, high)) for high in (5, 4, 4))
    extent = (taps - 1) * dilation + 1
    size = int(rng.integers(1, 9)) if same and not large else extent + int(rng.integers(0, 5))
    return size, taps, stride, dilation, -(-size // stride) if same else (size - extent) // stride + 1


def grouping(rng: np.random.Generator) -> tuple[int, int, int]:
    """(channels in, channels out, groups)."""
    c_out = int(rng.choice(CHANNELS)) if rng.random() < 0.5 else int(rng.integers(1, 70))
    if rng.random() < 0.3:
        groups = int(rng.integers(2, 5))
        return 32 * int(rng.integers(1, 3)) * groups, groups * int(rng.integers(1, 40)), groups
    c_in = int(rng.choice(CHANNELS)) if rng.random() < 0.5 else int(rng.integers(1, 258))
    return c_in, c_out, 1


def bconv_2d(rng: np.random.Generator) -> Graph:
    """One LceBconv2d, of any kind that one of LCE's kernels runs."""
    c_in, c_out, groups = grouping(rng)
    dtype = str(rng.choice(["float32", "int8", "int32"]))
    activation = str(rng.choice(ACTIVATIONS)) if rng.random() < 0.5 else "NONE"
    same, pad_values = bool(rng.random() < 0.7), int(rng.integers(0, 2))
    if same and not pad_values and c_in % 2:  # what LCE has for an odd number of channels
        dtype, activation = "float32", "NONE"
    # Its fast kernels are wrong where a filter reaches beside both ends of an axis.
    large = same and not pad_values and (dtype, activation) == ("float32", "NONE")
    (h, fh, sh, dh, out_h), (w, fw, sw, dw, out_w) = axis(rng, same, large), axis(rng, same, large)
    n, products = int(rng.integers(1, 3)), fh * fw * c_in // groups
    return single(
        "LceBconv2d",
        [
            Tensor("x", (n, h, w, words_of(c_in)), "int32"),
            _constant("filter", signs(rng, c_out, fh, fw, c_in // groups)),
            *_transform(rng, c_out, products),
            Tensor(
                "y",
                (n, out_h, out_w, words_of(c_out) if dtype == "int32" else c_out),
                dtype,
                affine(float(rng.uniform(0.01, 2)), int(rng.integers(-128, 128)))
                if dtype == "int8"
                else None,
            ),
        ],
        # LCE's reference kernel reads the multiplier of packed outputs, too, when it pads with zeros.
        (0, 1, 2, 3, 4) if dtype == "int32" else (0, 1, 2, 3, ABSENT),
        {
            "channels_in": c_in,
            "dilation_height_factor": dh,
            "dilation_width_factor": dw,
            "fused_activation_function": activation,
            "pad_values": pad_values,
            "padding": "SAME" if same else "VALID",
            "stride_height": sh,
            "stride_width": sw,
        },
    )


def _transform(rng: np.random.Generator, c_out: int, products: int) -> list[Tensor]:
    """Multiplier, bias, thresholds."""
    around = products // 2 + rng.integers(-3, 4, c_out) * int(products**0.5)
    ends = rng.choice([-(2**31), 2**31 - 1], c_out)
    spread = products**-0.5 * float(rng.choice([1.0, 30.0]))
    return [
        _constant("multiplier", rng.normal(0, spread, c_out).astype(np.float32)),
        _constant("bias", rng.normal(0, 1, c_out).astype(np.float32)),
        _constant("thresholds", np.where(rng.random(c_out) < 0.1, ends, around).astype(np.int32)),
    ]


def _constant(name: str, data: np.ndarray) -> Tensor:
    return Tensor(name, data.shape, data.dtype.name, None, data)


def packed_input(rng: np.random.Generator, graph: Graph) -> np.ndarray:
    """An input of a graph of `bconv_2d`."""
    n, h, w, _ = graph.tensors[0].shape
    return signs(rng, n, h, w, graph.operators[0].options["channels_in"])
