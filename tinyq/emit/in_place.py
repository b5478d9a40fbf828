"""Which kernels may write their output over an input: a property of the order in which they read and write.

All variants of a kernel have to have it; tests/kernels/test_in_place.py runs each of them both ways.
"""

from __future__ import annotations

from collections.abc import Callable

from tinyq.core.kernels import Step


def in_place_inputs(step: Step) -> tuple[int, ...]:
    """Numbers of the inputs over which a step may write its output, both beginning at the same address.

    Example:
        >>> from tinyq.core.params import AddDims, CountDims, Dims
        >>> step = Step("relu", 0, "requantize_a8", None, CountDims(4), (0,), (), 1, 0)
        >>> in_place_inputs(step)
        (0,)
        >>> dims = AddDims(Dims(1, 1, 1, 4), Dims(1, 2, 2, 4), Dims(1, 2, 2, 4))
        >>> in_place_inputs(Step("add", 0, "add_a8", None, dims, (0, 1), (), 2, 0))
        (1,)
    """
    rule = IN_PLACE.get(step.kernel)
    return () if rule is None else rule(step)


def _first(step: Step) -> tuple[int, ...]:
    return (0,)


def _not_broadcast(step: Step) -> tuple[int, ...]:
    """Element i of the output needs element i of an input that has its shape."""
    dims = step.dims
    return tuple(i for i, size in enumerate((dims.input1, dims.input2)) if size == dims.output)


def _without_padding(step: Step) -> tuple[int, ...]:
    """Output o reads no element below o, as every window begins where its output lies, or behind that."""
    inside = step.params.pad_top <= 0 and step.params.pad_left <= 0
    return (0,) if inside else ()


# Kernel -> the inputs of a step. Not here: what reads around (convolutions, dense layers), what writes more
# bytes than it reads (dequantize), and float32 -> int16, whose accesses a compiler may take for independent.
IN_PLACE: dict[str, Callable[[Step], tuple[int, ...]]] = {
    **dict.fromkeys(("requantize_a8", "requantize_a16", "clamp_f32"), _first),
    # An element is written when all that is needed of its row is known, but for the element itself; not so in
    # softmax_a8, which writes before it reads.
    **dict.fromkeys(("softmax_a16", "softmax_f32"), _first),
    "quantize_f32_a8": _first,  # byte i is written when the four bytes from 4 i on have been read
    **dict.fromkeys(("add_a8", "sub_a8", "mul_a8", "add_a16", "add_f32", "mul_f32"), _not_broadcast),
    **{f"average_pool_2d_{kind}": _without_padding for kind in ("a8", "a16", "f32")},
    **{f"max_pool_2d_{kind}": _without_padding for kind in ("a8", "a16", "f32")},
    # The elements of a mean begin at, or behind, the place of its output.
    **dict.fromkeys(("mean_a8", "mean_a16", "mean_f32"), _first),
}
