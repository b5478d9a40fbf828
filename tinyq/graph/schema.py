"""The parts of the published .tflite schema (version 3) that tinyq reads, one line a table.

Written as the schema's own language writes it, `name:type`, in slot order; a test compares every line
with the classes of the `tflite` package. `unread` is a field whose target nobody follows. A union is
written `name:union`; the field before it, `name_type`, says which table it is.
"""

from __future__ import annotations

from dataclasses import dataclass

SCALAR_BYTES = {"bool": 1, "byte": 1, "ubyte": 1, "int": 4, "uint": 4, "float": 4, "long": 8, "ulong": 8}

IDENTIFIER = b"TFL3"
VERSION = 3


@dataclass(frozen=True)
class Field:
    """One field of a table.

    Args:
        name: the schema's name, snake case.
        type: a scalar's name, a table's name, "string", "union" or "unread".
        vector: whether the field is a vector of `type`.
    """

    name: str
    type: str
    vector: bool

    @property
    def accessor(self) -> str:
        """The generated classes' name of the field: stride_w -> StrideW."""
        return "".join(part[:1].upper() + part[1:] for part in self.name.split("_"))


def _fields(text: str) -> tuple[Field, ...]:
    pairs = [item.strip().split(":") for item in text.split(",") if item.strip()]
    return tuple(Field(name, kind.strip("[]"), kind.startswith("[")) for name, kind in pairs)


TABLES: dict[str, tuple[Field, ...]] = {
    name: _fields(text)
    for name, text in {
        "Model": "version:uint, operator_codes:[OperatorCode], subgraphs:[SubGraph], description:string,"
        "buffers:[Buffer], metadata_buffer:[int], metadata:[Metadata], signature_defs:[SignatureDef]",
        "OperatorCode": "deprecated_builtin_code:byte, custom_code:string, version:int, builtin_code:int",
        "SubGraph": "tensors:[Tensor], inputs:[int], outputs:[int], operators:[Operator], name:string,"
        "debug_metadata_index:int",
        "Tensor": "shape:[int], type:byte, buffer:uint, name:string, quantization:QuantizationParameters,"
        "is_variable:bool, sparsity:unread, shape_signature:[int], has_rank:bool, variant_tensors:unread",
        "Operator": "opcode_index:uint, inputs:[int], outputs:[int], builtin_options_type:ubyte,"
        "builtin_options:union, custom_options:[ubyte], custom_options_format:byte,"
        "mutating_variable_inputs:[bool], intermediates:[int], large_custom_options_offset:ulong,"
        "large_custom_options_size:ulong, builtin_options_2_type:ubyte, builtin_options_2:unread,"
        "debug_metadata_index:int",
        "Buffer": "data:[ubyte], offset:ulong, size:ulong",
        "QuantizationParameters": "min:[float], max:[float], scale:[float], zero_point:[long],"
        "details_type:ubyte, details:unread, quantized_dimension:int",
        "Metadata": "name:string, buffer:uint",
        "SignatureDef": "inputs:[TensorMap], outputs:[TensorMap], signature_key:string,"
        "deprecated_tag:unread, subgraph_index:uint",
        "TensorMap": "name:string, tensor_index:uint",
        "AddOptions": "fused_activation_function:byte, pot_scale_int16:bool",
        "BatchToSpaceNDOptions": "",
        "ConcatenationOptions": "axis:int, fused_activation_function:byte",
        "Conv2DOptions": "padding:byte, stride_w:int, stride_h:int, fused_activation_function:byte,"
        "dilation_w_factor:int, dilation_h_factor:int, quantized_bias_type:byte",
        "DepthwiseConv2DOptions": "padding:byte, stride_w:int, stride_h:int, depth_multiplier:int,"
        "fused_activation_function:byte, dilation_w_factor:int, dilation_h_factor:int",
        "DequantizeOptions": "",
        "ExpandDimsOptions": "",
        "FullyConnectedOptions": "fused_activation_function:byte, weights_format:byte, keep_num_dims:bool,"
        "asymmetric_quantize_inputs:bool, quantized_bias_type:byte",
        "MulOptions": "fused_activation_function:byte",
        "PackOptions": "values_count:int, axis:int",
        "PadOptions": "",
        "PadV2Options": "",
        "Pool2DOptions": "padding:byte, stride_w:int, stride_h:int, filter_width:int, filter_height:int,"
        "fused_activation_function:byte",
        "QuantizeOptions": "",
        "ReducerOptions": "keep_dims:bool",
        "ReshapeOptions": "new_shape:[int]",
        "ShapeOptions": "out_type:byte",
        "SoftmaxOptions": "beta:float",
        "SpaceToBatchNDOptions": "",
        "SqueezeOptions": "squeeze_dims:[int]",
        "StridedSliceOptions": "begin_mask:int, end_mask:int, ellipsis_mask:int, new_axis_mask:int,"
        "shrink_axis_mask:int, offset:bool",
        "SubOptions": "fused_activation_function:byte, pot_scale_int16:bool",
        "TransposeConvOptions": "padding:byte, stride_w:int, stride_h:int, fused_activation_function:byte,"
        "quantized_bias_type:byte",
    }.items()
}

# Our custom operators' options, FlexBuffer maps: every key must be there, and no other.
_WINDOW = (
    "padding:byte, stride_w:int, stride_h:int, dilation_w_factor:int, dilation_h_factor:int,"
    "filter_width:int, filter_height:int,"
)
_ALWAYS = "abi:int, scheme:string, fused_activation_function:byte,"
_BITS = (
    "abi:int, x_levels:int, w_levels:int, out_levels:int, channels_in:int, bias_shift:int,"
    "fused_activation_function:byte,"
)
FLEX_MAPS: dict[str, tuple[Field, ...]] = {
    # Larq Compute Engine's, which has no ABI number
    "LceBMaxPool2dOptions": _fields(
        "filter_height:int, filter_width:int, padding:byte, stride_height:int, stride_width:int"
    ),
    "LceBconv2dOptions": _fields(
        "channels_in:int, dilation_height_factor:int, dilation_width_factor:int,"
        "fused_activation_function:byte, pad_values:int, padding:byte, stride_height:int, stride_width:int"
    ),
    "TqConv2DOptions": _fields(_ALWAYS + _WINDOW + "channels_in:int"),
    "TqDepthwiseConv2DOptions": _fields(_ALWAYS + _WINDOW + "depth_multiplier:int"),
    "TqTransposeConvOptions": _fields(
        _ALWAYS + "padding:byte, stride_w:int, stride_h:int, filter_width:int, filter_height:int,"
        "channels_in:int"
    ),
    "TqFullyConnectedOptions": _fields(_ALWAYS + "channels_in:int, keep_num_dims:bool"),
    "TqQuantizeOptions": _fields("abi:int, x_levels:int, channels:int"),
    "TqDequantizeOptions": _fields("abi:int, x_levels:int, channels:int"),
    "TqBitConcatenationOptions": _fields("abi:int, x_levels:int"),
    "TqBitMaxPool2DOptions": _fields(
        "abi:int, x_levels:int, channels:int, padding:byte, stride_w:int, stride_h:int, filter_width:int,"
        "filter_height:int"
    ),
    "TqBitConv2DOptions": _fields(_BITS + _WINDOW + "pad_code:int, groups:int"),
    "TqBitDepthwiseConv2DOptions": _fields(_BITS + _WINDOW + "pad_code:int, depth_multiplier:int"),
    "TqBitFullyConnectedOptions": _fields(_BITS),
}
ABI = 1
