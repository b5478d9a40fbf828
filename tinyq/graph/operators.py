"""Operators that tinyq knows: one line each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What a file may say about an operator. Every one has exactly one output.

    Args:
        options: table in `schema.TABLES`, or map in `schema.FLEX_MAPS`; "" if there are none.
        fewest, most: how many inputs.
        absent: inputs that may be ABSENT.
        custom: whether it is a custom operator of tinyq.
        folded: whether it is arithmetic on shapes, for which no kernel exists: `tinyq convert` folds it.
    """

    options: str
    fewest: int
    most: int
    absent: tuple[int, ...] = ()
    custom: bool = False
    folded: bool = False


KINDS: dict[str, Kind] = {
    "ADD": Kind("AddOptions", 2, 2),
    "AVERAGE_POOL_2D": Kind("Pool2DOptions", 1, 1),
    "BATCH_TO_SPACE_ND": Kind("BatchToSpaceNDOptions", 3, 3, folded=True),
    "CONCATENATION": Kind("ConcatenationOptions", 1, 256),
    "CONV_2D": Kind("Conv2DOptions", 2, 3, absent=(2,)),
    "DEPTHWISE_CONV_2D": Kind("DepthwiseConv2DOptions", 2, 3, absent=(2,)),
    "DEQUANTIZE": Kind("DequantizeOptions", 1, 1),
    "EXPAND_DIMS": Kind("ExpandDimsOptions", 2, 2),
    "FULLY_CONNECTED": Kind("FullyConnectedOptions", 2, 3, absent=(2,)),
    "LceBMaxPool2d": Kind("LceBMaxPool2dOptions", 1, 1, custom=True),
    "LceBconv2d": Kind("LceBconv2dOptions", 5, 5, absent=(2, 3, 4), custom=True),
    "LceDequantize": Kind("", 1, 1, custom=True),
    "LceQuantize": Kind("", 1, 1, custom=True),
    "MAX_POOL_2D": Kind("Pool2DOptions", 1, 1),
    "MEAN": Kind("ReducerOptions", 2, 2),
    "MUL": Kind("MulOptions", 2, 2),
    "PACK": Kind("PackOptions", 1, 256, folded=True),
    "PAD": Kind("PadOptions", 2, 2),
    "PADV2": Kind("PadV2Options", 3, 3),
    "QUANTIZE": Kind("QuantizeOptions", 1, 1),
    "RELU": Kind("", 1, 1),
    "RELU6": Kind("", 1, 1),
    "RESHAPE": Kind("ReshapeOptions", 1, 2),
    "SHAPE": Kind("ShapeOptions", 1, 1, folded=True),
    "SOFTMAX": Kind("SoftmaxOptions", 1, 1),
    "SPACE_TO_BATCH_ND": Kind("SpaceToBatchNDOptions", 3, 3, folded=True),
    "SQUEEZE": Kind("SqueezeOptions", 1, 1),
    "STRIDED_SLICE": Kind("StridedSliceOptions", 4, 4, folded=True),
    "TqBitConcatenation": Kind("TqBitConcatenationOptions", 2, 257, custom=True),
    "TqBitConv2D": Kind("TqBitConv2DOptions", 3, 4, absent=(2, 3), custom=True),
    "TqBitDepthwiseConv2D": Kind("TqBitDepthwiseConv2DOptions", 3, 4, absent=(2, 3), custom=True),
    "TqBitFullyConnected": Kind("TqBitFullyConnectedOptions", 3, 4, absent=(2, 3), custom=True),
    "TqBitMaxPool2D": Kind("TqBitMaxPool2DOptions", 1, 1, custom=True),
    "SUB": Kind("SubOptions", 2, 2),
    "TRANSPOSE_CONV": Kind("TransposeConvOptions", 3, 4, absent=(3,)),
    "TqTransposeConv": Kind("TqTransposeConvOptions", 5, 6, absent=(2,), custom=True),
    "TqConv2D": Kind("TqConv2DOptions", 5, 6, absent=(2,), custom=True),
    "TqDepthwiseConv2D": Kind("TqDepthwiseConv2DOptions", 5, 6, absent=(2,), custom=True),
    "TqDequantize": Kind("TqDequantizeOptions", 1, 1, custom=True),
    "TqFullyConnected": Kind("TqFullyConnectedOptions", 5, 6, absent=(2,), custom=True),
    "TqQuantize": Kind("TqQuantizeOptions", 2, 3, absent=(2,), custom=True),
}
