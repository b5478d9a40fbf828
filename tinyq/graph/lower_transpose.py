"""Lowering of transposed convolutions, int8 and packed."""

from __future__ import annotations

from tinyq.core.kernels import Step
from tinyq.core.params import ConvDims, Dims
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.lower_common import Axis, Call, title
from tinyq.graph.lower_packed import FEWEST_INPUTS, MOST_INPUTS, packed_shape
from tinyq.graph.lower_weights import conv_params, weights_of

_MOST_POSITIONS = 2**24  # C computes positions in int32; nothing real comes near


def transpose_conv(call: Call) -> Step:
    """TRANSPOSE_CONV and TqTransposeConv."""
    packed = call.operator.kind.startswith("Tq")
    call.count(*((FEWEST_INPUTS, MOST_INPUTS) if packed else (3, 4)))
    place = 0 if packed else 2
    source, output = call.input(place, ("int8",)), call.output()
    if len(source.shape) != 4:
        raise call.error(f"input {title(source)} has shape {list(source.shape)}", "four axes, NHWC")
    axes = ("c_out", "filter_height", "filter_width", "channels_in")
    shape = packed_shape(call, axes) if packed else None
    weights = weights_of(call, shape, 4, channel_axis=0, bias_at=2 if packed else 3)
    dims = ConvDims(Dims(*source.shape), Dims(*(shape or weights.stored.shape)), call.dims4(output.shape))
    if not packed:
        call.shape_is(output, call.integers(0, "output shape"))
    if dims.filter.c != dims.input.c:
        raise call.error(
            f"{dims.input.c} input channels, filter {list(dims.filter.shape)}",
            "as many in the filter's last axis",
        )
    call.shape_is(output, (dims.input.n, dims.output.h, dims.output.w, dims.filter.n))
    along = (
        _axis(call, "h", dims.input.h, dims.filter.h, dims.output.h),
        _axis(call, "w", dims.input.w, dims.filter.w, dims.output.w),
    )
    return call.step(
        f"transpose_conv_{weights.scheme}",
        conv_params(call, along, weights, call.affine(source), call.affine(output)),
        dims,
        (place,),
        (weights.stored, weights.bias),
        dims.input.n * dims.input.h * dims.input.w * dims.filter.size,
    )


def _axis(call: Call, axis: str, size: int, taps: int, output: int) -> Axis:
    """Stride and padding: those of the convolution from the output back to the input."""
    padding = call.choice("padding", ("SAME", "VALID"))
    stride = call.integer(f"stride_{axis}", 1, INT32_MAX)
    if stride * size + taps + output > _MOST_POSITIONS:
        raise call.error(
            f"the {axis} axis: input {size}, stride {stride}, filter {taps}, output {output}", "2**24 in all"
        )
    back = -(-output // stride) if padding == "SAME" else (output + stride - taps) // stride
    before = max((back - 1) * stride + taps - output, 0) // 2
    if size != back:
        raise call.error(
            f"input {size}, output {output} along {axis}, padding {padding}",
            f"an input of {back} for this output, as the convolution back to it has",
        )
    return Axis(stride, 1, before, output)
